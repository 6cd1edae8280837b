/** What the meter shows: the shape of the counters file, and which class a request is of. */
import { KINDS, type Kind } from '../../src/access/kind.ts'

/**
 * Who made a call. A kind of operation: its caller proved who it is. `own`: a call of the gateway's own API.
 * `public`: what the policy opens to anyone. `stranger`: nobody proved who they are. `background`: an alarm, or one
 * object to another. `unknown`: a request that ended without an answer or a record.
 */
export const REQUEST_CLASSES = [
  ...KINDS,
  'own',
  'public',
  'stranger',
  'background',
  'unknown',
] as const
export type RequestClass = (typeof REQUEST_CLASSES)[number]

/** How many, by name; a name that is missing has none. */
export type Count = Record<string, number>

/** Everything since the runtime started; nothing of it outlives the runtime. */
export interface Counters {
  /** When counting began, and when this was read: ISO 8601. */
  readonly since: string
  readonly at: string
  /** The class of objects behind each binding that leads to one. */
  readonly objects: Readonly<Record<string, string>>
  /** Requests that have their answer and their record, by class. */
  readonly requests: Count
  /** Calls of each binding, by class: method calls on stubs of objects, on KV, on the limiter, on the origin. */
  readonly bindings: Record<string, Count>
  /** Those of them that were made after their request had asked the origin, or in the background. */
  readonly afterOrigin: Record<string, Count>
  /** The same calls by method. */
  readonly methods: Record<string, Count>
  /** What is billed as rows written, by class of object: deletes, index rows and alarms set are among them. */
  readonly rowsWritten: Count
  readonly alarms: Record<string, { set: number; deleted: number; run: number }>
  readonly consoleLines: number
  /** In UTF-8, without line ends. */
  readonly consoleBytes: number
  readonly consoleLargestBytes: number
}

/** Refusals whose caller proved who it is, though the key's object gave no verdict. */
const PROVED_WITHOUT_VERDICT: readonly unknown[] = ['timestamp_skew', 'guard_unavailable']

/** The class of the request that a call's record is about. */
export function classOf(
  record: Readonly<Record<string, unknown>>,
  isPublic: (operation: string) => boolean,
): RequestClass {
  const { sequence, code, route, operation, decision } = record
  if (sequence !== undefined || PROVED_WITHOUT_VERDICT.includes(code)) {
    return String(route).includes(' /gw/') ? 'own' : (kindOf(record) ?? 'unknown')
  }
  if (typeof operation === 'string' && isPublic(operation)) return 'public'
  return decision === 'answered' ? 'own' : 'stranger'
}

function kindOf({ kind }: Readonly<Record<string, unknown>>): Kind | undefined {
  return KINDS.find((known) => known === kind)
}
