/** What a question is answered with. */

/** What a row of an answer may hold. */
export type Cell = string | number | boolean | null

export interface Answer {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  /** Whether there are more rows than were asked for. */
  readonly more: boolean
}
