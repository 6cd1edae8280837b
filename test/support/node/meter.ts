/** What the demo's counters say of some traffic: read before it and after it, never in the middle. */
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { priceOf, type Times } from '../../../bench/prices.ts'
import type { Count, Counters } from '../../../demo/metered/counters.ts'
import type { Demo } from './demo.ts'

/** What was counted, divided by the requests that were made. */
export interface Cost {
  readonly requests: number
  readonly seconds: number
  /** Calls of objects before the origin was asked, and after it or in the background. */
  readonly callsBefore: number
  readonly callsAfter: number
  /** Of the kill switch's copy: an isolate's, whatever many requests it has. */
  readonly controlCalls: number
  readonly alarmsRun: number
  readonly kvReads: number
  /** Alarms set, deletes and index rows among them. */
  readonly rowsWritten: number
  readonly lines: number
  /** Of all lines since the start. */
  readonly largestLineBytes: number
}

/** Counters that were read after now. */
export async function counted(demo: Demo): Promise<Counters> {
  const nowMs = Date.now()
  const read = (): Counters => JSON.parse(fs.readFileSync(demo.file.counters, 'utf8'))
  await demo.until(() => Date.parse(read().at) > nowMs)
  return read()
}

/** @param settleMs for how long what the traffic caused is counted after it. */
export async function measured(
  demo: Demo,
  traffic: () => Promise<unknown>,
  settleMs = 0,
): Promise<Cost> {
  const before = await counted(demo)
  const startedMs = Date.now()
  await traffic()
  const seconds = (Date.now() - startedMs) / 1_000
  await sleep(settleMs)
  const after = await counted(demo)
  if (before.since !== after.since) throw new Error('The runtime was started again meanwhile')
  return costOf(before, after, seconds)
}

const CONTROL: readonly string[] = ['CONTROL', 'CONTROL_VIEW']

function costOf(before: Counters, after: Counters, seconds: number): Cost {
  const requests = sum(after.requests) - sum(before.requests)
  const each = (of: (read: Counters) => number) => (of(after) - of(before)) / requests
  const all = Object.keys(after.objects)
  const namespaces = all.filter((name) => !CONTROL.includes(name))
  const calls = (group: Record<string, Count>, names: readonly string[] = namespaces) =>
    names.reduce((total, name) => total + sum(group[name] ?? {}), 0)
  const callsAfter = each(({ afterOrigin }) => calls(afterOrigin))
  return {
    requests,
    seconds,
    callsBefore: each(({ bindings }) => calls(bindings)) - callsAfter,
    callsAfter,
    controlCalls: each(({ bindings }) => calls(bindings, CONTROL)),
    alarmsRun: each(({ alarms }) => Object.values(alarms).reduce((n, { run }) => n + run, 0)),
    kvReads: each(({ methods }) => methods['CREDENTIALS']?.['get'] ?? 0),
    rowsWritten: each(({ rowsWritten }) => sum(rowsWritten)),
    lines: each(({ consoleLines }) => consoleLines),
    largestLineBytes: after.consoleLargestBytes,
  }
}

/** Calls of a binding between two readings, whosever request made them: a stranger's failures are cleared in an owner's. */
export function called(binding: string, before: Counters, after: Counters): number {
  const of = ({ bindings }: Counters) => sum(bindings[binding] ?? {})
  return of(after) - of(before)
}

/** In dollars per million such requests. */
export function priceOfCost(
  { callsBefore, callsAfter, controlCalls, ...rest }: Cost,
  times?: Times,
): number {
  return priceOf({ ...rest, objectCalls: callsBefore + callsAfter + controlCalls }, times)
}

function sum(count: Count): number {
  return Object.values(count).reduce((total, n) => total + n, 0)
}

/** Sends at an even pace, whatever the answers take. */
export async function paced<T>(
  perSecond: number,
  seconds: number,
  send: (index: number) => Promise<T>,
): Promise<T[]> {
  const startMs = Date.now()
  const sent: Promise<PromiseSettledResult<T>>[] = []
  for (let i = 0; i < perSecond * seconds; i += 1) {
    await sleep(Math.max(0, startMs + (i * 1_000) / perSecond - Date.now()))
    sent.push(settled(send(i)))
  }
  return answersOf(await Promise.all(sent))
}

/** Sends all at once. */
export async function atOnce<T>(count: number, send: (index: number) => Promise<T>): Promise<T[]> {
  return answersOf(await Promise.allSettled(Array.from({ length: count }, (_, i) => send(i))))
}

/** Handled from the start: one that fails while others are still to be sent must not end the run. */
async function settled<T>(sent: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.allSettled([sent])
  return result
}

/** @throws the first failure, once nothing is under way any more. */
function answersOf<T>(results: readonly PromiseSettledResult<T>[]): T[] {
  const failures = results.filter((result) => result.status === 'rejected')
  const [first] = failures
  if (first !== undefined)
    throw new Error(`${failures.length} of ${results.length} failed`, { cause: first.reason })
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}
