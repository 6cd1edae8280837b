/** The counts themselves. Worker and objects share one isolate here, so that a module can hold them. */
import { REQUEST_CLASSES, type Count, type Counters, type RequestClass } from './counters.ts'

/** The binding behind which the origin is, as wrangler.toml names it. */
const ORIGIN = 'ORIGIN'
/** How many requests may wait for their other half: the answer for the record, or the record for the answer. */
const MEETING_CAPACITY = 10_000

/** Who is told of each call on a binding. */
export interface CallCounter {
  count(binding: string, method: string): void
}

interface Called {
  readonly binding: string
  readonly afterOrigin: boolean
}

let since: string | undefined
let consoleLines = 0
let consoleBytes = 0
let consoleLargestBytes = 0
const objects: Record<string, string> = {}
const requests: Count = Object.fromEntries(REQUEST_CLASSES.map((name) => [name, 0]))
const bindings: Record<string, Count> = {}
const afterOrigin: Record<string, Count> = {}
const methods: Record<string, Count> = {}
const rowsWritten: Count = {}
const alarms: Record<string, { set: number; deleted: number; run: number }> = {}

/** Everything up to now. */
export function counters(): Counters {
  return {
    since: begin(),
    at: new Date().toISOString(),
    objects,
    requests,
    bindings,
    afterOrigin,
    methods,
    rowsWritten,
    alarms,
    consoleLines,
    consoleBytes,
    consoleLargestBytes,
  }
}

/** The first event of the isolate is when counting began: a module's own code has no clock. */
export function begin(): string {
  return (since ??= new Date().toISOString())
}

/** Shows these bindings from the start, although nothing has been counted of them. */
export function announce(names: readonly string[]): void {
  for (const name of names) for (const group of [bindings, afterOrigin, methods]) group[name] ??= {}
}

/** Shows the classes of objects likewise, and behind which binding each is. */
export function announceObjects(namespaces: Readonly<Record<string, string>>): void {
  Object.assign(objects, namespaces)
  for (const className of Object.values(namespaces)) {
    rowsWritten[className] ??= 0
    alarms[className] ??= { set: 0, deleted: 0, run: 0 }
  }
}

export function countRows(className: string, rows: number): void {
  rowsWritten[className] = (rowsWritten[className] ?? 0) + rows
}

export function countAlarm(className: string, what: 'set' | 'deleted' | 'run'): void {
  const of = (alarms[className] ??= { set: 0, deleted: 0, run: 0 })
  of[what] += 1
}

export function countLine(bytes: number): void {
  consoleLines += 1
  consoleBytes += bytes
  consoleLargestBytes = Math.max(consoleLargestBytes, bytes)
}

/** Calls that no request makes. */
export const BACKGROUND: CallCounter = {
  count(binding, method) {
    countMethod(binding, method)
    countCall({ binding, afterOrigin: true }, 'background')
  },
}

/** One request's calls: held until its record says of which class it is, counted at once from then on. */
export class RequestTally implements CallCounter {
  #class: RequestClass | undefined
  #held: Called[] = []
  #originAsked = false

  count(binding: string, method: string): void {
    countMethod(binding, method)
    const call = { binding, afterOrigin: this.#originAsked }
    if (binding === ORIGIN) this.#originAsked = true
    if (this.#class === undefined) this.#held.push(call)
    else countCall(call, this.#class)
  }

  settle(requestClass: RequestClass): void {
    this.#class = requestClass
    add(requests, requestClass)
    for (const call of this.#held) countCall(call, requestClass)
    this.#held = []
  }
}

/** Halves that wait for the other: a record knows the class, an answer knows the tally; the request id is in both. */
const meeting = new Map<string, RequestTally | RequestClass>()

export function recorded(requestId: string, requestClass: RequestClass): void {
  const waiting = meeting.get(requestId)
  if (!(waiting instanceof RequestTally)) return wait(requestId, requestClass)
  meeting.delete(requestId)
  waiting.settle(requestClass)
}

export function answered(requestId: string | null, tally: RequestTally): void {
  if (requestId === null) return tally.settle('unknown')
  const waiting = meeting.get(requestId)
  if (waiting === undefined || waiting instanceof RequestTally) return wait(requestId, tally)
  meeting.delete(requestId)
  tally.settle(waiting)
}

function wait(requestId: string, half: RequestTally | RequestClass): void {
  meeting.set(requestId, half)
  if (meeting.size <= MEETING_CAPACITY) return
  const [oldest] = meeting
  if (oldest === undefined) return
  const [id, other] = oldest
  meeting.delete(id)
  if (other instanceof RequestTally) other.settle('unknown')
}

function countCall(call: Called, requestClass: RequestClass): void {
  add((bindings[call.binding] ??= {}), requestClass)
  if (call.afterOrigin) add((afterOrigin[call.binding] ??= {}), requestClass)
}

function countMethod(binding: string, method: string): void {
  add((methods[binding] ??= {}), method)
}

function add(count: Count, name: string): void {
  count[name] = (count[name] ?? 0) + 1
}
