/** One call of the gateway's own API, and what a refusal of it says to a person. */
import * as v from 'valibot'
import { WrongUse } from './wrong-use.ts'

export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
  /** The body as it was signed. */
  readonly text?: string
  /** What it means to be taken for a stranger here: the gateway itself does not say. */
  readonly ifUnauthorized?: string
}

export interface Answer {
  readonly status: number
  readonly etag: string | undefined
  readonly json: unknown
}

const Problem = v.looseObject({
  code: v.string(),
  status: v.number(),
  title: v.string(),
  detail: v.exactOptional(v.string()),
  requestId: v.exactOptional(v.string()),
  max_age: v.exactOptional(v.number()),
  required: v.exactOptional(v.union([v.string(), v.array(v.string())])),
  errors: v.exactOptional(v.array(v.object({ pointer: v.string(), reason: v.string() }))),
})

export type Problem = v.InferOutput<typeof Problem>

/** The gateway said no. */
export class Refused extends Error {
  readonly problem: Problem
  /** When it may be tried again, where the gateway says so. */
  readonly retryAfterSeconds: number | undefined

  constructor(problem: Problem, retryAfter: string | null, ifUnauthorized: string) {
    const next = problem.code === 'unauthorized' ? ifUnauthorized : NEXT[problem.code]
    super(sentences(problem, next, retryAfter))
    this.problem = problem
    this.retryAfterSeconds = retryAfter === null ? undefined : Number(retryAfter)
  }
}

/** What to do next, where the refusal's own words do not say. */
const NEXT: Readonly<Record<string, string>> = {
  precondition_failed: 'Look at it as it is now, then repeat the command if you still mean it.',
  not_found: 'Look at what there is: portcullis keys list, portcullis users list',
}

function sentences(problem: Problem, next: string | undefined, retryAfter: string | null): string {
  const { code, status, title, detail, required, errors = [], max_age, requestId } = problem
  const tooOld = max_age === undefined ? undefined : 'Show it by a new session: portcullis login'
  const wait = retryAfter === null ? undefined : `Try again in ${retryAfter} s.`
  const roles = [required ?? []].flat().join(', ')
  const needed = roles === '' || detail?.includes(roles) ? undefined : `Required: ${roles}.`
  return [
    `Refused: ${title} (${status} ${code}).`,
    ...[detail, needed].filter((line) => line !== undefined && line !== title),
    ...errors.map(({ pointer, reason }) => `  ${pointer || 'the body'}: ${reason}`),
    ...[tooOld, next, wait].filter((line) => line !== undefined && line !== ''),
    ...(requestId === undefined ? [] : [`Request ${requestId}`]),
  ].join('\n')
}

const TIMEOUT_MS = 30_000

/** Sends a request. @throws {Refused} when the gateway says no. */
export async function send(
  gateway: string,
  { method, path, headers = {}, body, text, ifUnauthorized = '' }: Sent,
): Promise<Answer> {
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body))
  const type = sent === undefined ? {} : { 'content-type': 'application/json' }
  const response = await fetch(gateway + path, {
    method,
    headers: { ...type, ...headers },
    // Where a credential goes, nobody else decides.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(sent === undefined ? {} : { body: sent }),
  }).catch((error: unknown) => {
    throw new Error(
      `Cannot reach ${gateway} (${causeOf(error)}). Is it up, and is the address right?`,
    )
  })
  const json = parsed(await response.text())
  if (response.ok)
    return { status: response.status, etag: response.headers.get('etag') ?? undefined, json }
  const problem = v.safeParse(Problem, json)
  if (problem.success)
    throw new Refused(problem.output, response.headers.get('retry-after'), ifUnauthorized)
  throw new Error(`${gateway} answered ${response.status} and is no Portcullis: is it the gateway?`)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : undefined
  if (cause instanceof Error && 'code' in cause) return String(cause.code)
  return cause instanceof Error ? cause.name : 'no answer'
}

const OWN_MACHINE = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Where the gateway is. Secrets are sent to it, so only over TLS, or within this machine. */
export function gatewayUrl(text: string): string {
  const url = URL.parse(text)
  const safe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && OWN_MACHINE.has(url.hostname))
  if (url === null || !safe)
    throw new WrongUse('The gateway must be an https URL; http is for this machine alone')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '')
    throw new WrongUse('The gateway must be a URL of a host, without path, query or name')
  return url.origin
}

/** What an answer has to hold for the command to go on. */
export function expectAnswer<S extends v.GenericSchema>(
  schema: S,
  { json }: Answer,
): v.InferOutput<S> {
  const read = v.safeParse(schema, json)
  if (!read.success)
    throw new Error(
      'The gateway answered in a way this command does not know: are both of one release?',
    )
  return read.output
}
