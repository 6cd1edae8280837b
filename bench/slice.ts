/** One slice: some requests to one contender, signed just before, and what they took. */
import { setTimeout as delay } from 'node:timers/promises'
import { drive, quantile } from './client.ts'
import type { Running } from './contender.ts'
import type { Call } from './keys.ts'
import { cpuNanoseconds } from './machine.ts'

/** What is sent in a slice. */
export interface Load {
  /** Names it in errors and results. */
  readonly name: string
  readonly running: Running
  readonly connections: number
  readonly call: Call
  /** The request of this number, signed now. */
  make(index: number): Promise<Buffer>
  /** What has to happen before each slice, which is not measured. */
  prepare?(): Promise<void>
}

export interface Slice {
  readonly seconds: number
  readonly perSecond: number
  /** Of the contender's processes, per request, in microseconds. */
  readonly cpuMicroseconds: number
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  /** The share of their core that client and origin used. */
  readonly clientShare: number
}

/** So that the closing of one slice's connections is not in the next one's time, in milliseconds. */
const PAUSE_MS = 10

/** @throws when any answer is not the expected one: a refusal is faster than what was to be measured. */
export async function measure(load: Load, count: number, originPid: number): Promise<Slice> {
  await load.prepare?.()
  const requests = await signed(load, count)
  await delay(PAUSE_MS)
  const others = [process.pid, originPid]
  const before = { contender: cpuNanoseconds(load.running.pids), others: cpuNanoseconds(others) }
  const { seconds, latenciesMs, statuses } = await drive(
    load.running.port,
    load.connections,
    requests,
  )
  // First of all: a process that has ended has no time on a core either.
  expectOnly(load, statuses)
  const contender = cpuNanoseconds(load.running.pids) - before.contender
  const clientShare = (cpuNanoseconds(others) - before.others) / 1e9 / seconds
  return {
    seconds,
    perSecond: count / seconds,
    cpuMicroseconds: contender / count / 1_000,
    p50Ms: quantile(latenciesMs, 0.5),
    p90Ms: quantile(latenciesMs, 0.9),
    p99Ms: quantile(latenciesMs, 0.99),
    clientShare,
  }
}

/** The first requests of a load, signed now. */
export function signed(load: Pick<Load, 'make'>, count: number): Promise<Buffer[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => load.make(i)))
}

/** @throws unless every answer was what the call is answered when all is well. */
export function expectOnly(
  { name, call }: Pick<Load, 'name' | 'call'>,
  statuses: ReadonlyMap<number, number>,
): void {
  const expected = call === 'read' ? 200 : 201
  if ([...statuses.keys()].every((status) => status === expected)) return
  const found = [...statuses].map(([status, times]) => `${times} times ${status}`).join(', ')
  throw new Error(`Cannot measure ${name}: expected ${expected} always, was answered ${found}`)
}
