/** A shard of the audit log as its tests speak to it: real, in workerd, with its bucket and the sequencer behind it. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, vi } from 'vitest'
import { readRecord, type OutcomeRecord } from '../../src/audit/record.ts'
import { START } from './support.ts'

/** When the first test begins; each next one later than all before it, for the log's clock never goes back. */
let start = START

/** Sets the clock for each test of a file. */
export function clocked(): { readonly start: number } {
  beforeEach(() => {
    start += 10 * 365 * 86_400_000
    vi.useFakeTimers({ toFake: ['Date'], now: start })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  return {
    get start() {
      return start
    },
  }
}

let count = 0

export function outcome(
  keyId: string,
  sequence: number,
  change: Partial<OutcomeRecord> = {},
): OutcomeRecord {
  count += 1
  return {
    v: 1,
    type: 'outcome',
    uid: `r${count}:outcome`,
    atMs: Date.now(),
    requestId: `r${count}`,
    sequence,
    keyId,
    user: 'ann',
    kind: 'read',
    decision: 'forwarded',
    status: 200,
    durationMs: 1,
    ...change,
  }
}

export const at = (name: string) => env.AUDIT_LOG.getByName(name)
export const flush = () => crypto.randomUUID()

/** Hands on what waits. Rounds of the log are five seconds apart. */
export function sweep(name: string) {
  vi.setSystemTime(Date.now() + 5_000)
  return at(name).sweep()
}

/** Everything that is in the log of a shard, read as those read it who may. */
export async function logged(name: string) {
  const records = []
  for (let after = 0; ;) {
    const page = await at(name).read(after)
    // Of one whose key was destroyed, its place is left.
    const readable = page.records.filter((text) => text !== '')
    records.push(...readable.map((text) => readRecord(JSON.parse(text))))
    after = page.next
    if (!page.more) return records
  }
}

/** Of one key, the numbers of each type. */
export async function numbers(
  name: string,
  keyId: string,
  type: string,
): Promise<readonly number[]> {
  const own = (await logged(name)).filter(
    (record) => record?.type === type && Reflect.get(record, 'keyId') === keyId,
  )
  return own.map((record) =>
    Number(Reflect.get(record ?? {}, 'sequence') ?? Reflect.get(record ?? {}, 'first')),
  )
}
