/** A row of the control matrix: something that somebody asks for, and what there is to show for it. */

/**
 * `built`: the gateway does it, and a test shows it. `not built yet`: it will. `with the broker`: nothing in a gateway can
 * do it; it is listed so that nobody takes its silence for an answer.
 */
export type State = 'built' | 'not built yet' | 'with the broker'

export interface Clause {
  /** As tests are tagged with it: no spaces. */
  readonly id: string
  /** As its own document calls it. */
  readonly name: string
  /** What it asks for, in our words. */
  readonly asks: string
  readonly state: State
  /** Where in the code: files or folders. Of what is built. */
  readonly code?: readonly string[]
  /** What shows that it was at work: a command over an export of the audit log, or over the running gateway. */
  readonly evidence?: string
  /** What the broker has to do all the same. */
  readonly broker: string
}

export interface Chapter {
  readonly title: string
  readonly about: string
  readonly clauses: readonly Clause[]
}

/** A question in SQL over the records of an export. */
export function ask(sql: string): string {
  return `portcullis audit query EXPORT --sql "${sql}"`
}

/** The same by options. */
export function find(options: string): string {
  return `portcullis audit query EXPORT ${options}`
}

export const VERIFY = 'portcullis audit verify EXPORT --key VKEY'
