/**
 * What the log knows of one key beyond its records: enough to tell an object that goes on from an older state, to take
 * a shipment once, and to tell a restored object what it has lost. Pure: the shard supplies the state and stores it.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import * as v from 'valibot'
import { toBase64Url, utf8 } from '../lib/bytes.ts'
import { NUMBERS_BLOCK } from '../guard/lease.ts'
import type { Known, ShippedAdmission, ShippedChange, Shipment } from './shipment.ts'

/** How many records are told from others of the same number by what they say. Of older ones it is not known any more. */
const MOST_DIGESTS = 2_500
/** Shipments whose units are kept apart, so that only what a restored object lost is counted again. */
const MOST_SPENT = 400
const DAY_MS = 86_400_000

const Whole = v.pipe(v.number(), v.safeInteger())
const Change = v.object({
  version: Whole,
  atMs: Whole,
  key: v.string(),
  detail: v.optional(v.string()),
})

const StateSchema = v.object({
  highest: Whole,
  version: Whole,
  lastChange: v.optional(Change),
  revoked: v.boolean(),
  movedTo: v.optional(v.string()),
  /** In which block of numbers its object was when it was told that it is behind. */
  told: v.optional(Whole),
  /** The last number of a shipment, when it came, and the units of one kind in it. */
  spent: v.array(v.tuple([Whole, Whole, v.string(), Whole])),
  /** Of each record by `<kind>:<number>`. */
  digests: v.array(v.tuple([v.string(), v.string()])),
  forks: v.array(v.string()),
})
export type KeyLineState = v.InferOutput<typeof StateSchema>

export interface Fork {
  readonly of: 'admission' | 'change'
  readonly number: number
  readonly body: string
}

/** What of a shipment is new. */
export interface Fresh {
  readonly admissions: readonly ShippedAdmission[]
  readonly changes: readonly ShippedChange[]
  readonly gaps: Shipment['gaps']
  readonly forks: readonly Fork[]
}

/** `behind`: the sender went on from an older state than what is here; nothing was taken. */
export type Taken = 'taken' | 'behind'

export const NEW_LINE: KeyLineState = {
  highest: 0,
  version: 0,
  revoked: false,
  spent: [],
  digests: [],
  forks: [],
}

/** @throws when the text is no state. */
export function readLine(stored: string): KeyLineState {
  return v.parse(v.pipe(v.string(), v.parseJson(), StateSchema), stored)
}

/**
 * Takes a shipment, as a whole or not at all; what was taken before is not new. A sender that is behind must seal itself
 * first; what it then ships under numbers that are taken is kept beside, as a fork.
 */
export function take(
  state: KeyLineState,
  shipment: Shipment,
  nowMs: number,
): { readonly state: KeyLineState; readonly taken: Taken; readonly fresh: Fresh } {
  const known = new Map(state.digests)
  const claims = [
    ...shipment.admissions.map(claimOfAdmission),
    ...shipment.changes.map(claimOfChange),
  ]
  const forks = claims.filter(({ id, digest }) => {
    const before = known.get(id)
    return before !== undefined && before !== digest && !state.forks.includes(`${id}:${digest}`)
  })
  const isOlder = state.version > shipment.version || state.highest > shipment.sequence
  const block = Math.floor(shipment.sequence / NUMBERS_BLOCK)
  const settled = state.told !== undefined && block > state.told
  if (isOlder || (forks.length > 0 && !settled)) {
    const told = isOlder ? state.told : block
    return { state: { ...state, told }, taken: 'behind', fresh: NOTHING }
  }
  const isNew = (id: string) => !known.has(id)
  const admissions = shipment.admissions.filter((one) => isNew(claimOfAdmission(one).id))
  const changes = shipment.changes.filter((one) => isNew(claimOfChange(one).id))
  const fresh = { admissions, changes, gaps: shipment.gaps, forks }
  return { state: advance(state, shipment, fresh, nowMs), taken: 'taken', fresh }
}

const NOTHING: Fresh = { admissions: [], changes: [], gaps: [], forks: [] }

interface Claim extends Fork {
  readonly id: string
  readonly digest: string
}

function claimOfAdmission({ sequence, record }: ShippedAdmission): Claim {
  return { of: 'admission', number: sequence, body: record, ...idOf('a', sequence, record) }
}

function claimOfChange({ version, key }: ShippedChange): Claim {
  return { of: 'change', number: version, body: key, ...idOf('c', version, key) }
}

function idOf(kind: string, number: number, body: string) {
  return { id: `${kind}:${number}`, digest: toBase64Url(sha256(utf8(body)).subarray(0, 9)) }
}

function advance(
  state: KeyLineState,
  shipment: Shipment,
  { admissions, changes, forks }: Fresh,
  nowMs: number,
): KeyLineState {
  const claims = [...admissions.map(claimOfAdmission), ...changes.map(claimOfChange)]
  const numbers = [
    ...shipment.admissions.map(({ sequence }) => sequence),
    ...shipment.gaps.map(({ last }) => last),
  ]
  const latest = changes.reduce<ShippedChange | undefined>(
    (last, one) => (one.version > (last?.version ?? 0) ? one : last),
    state.lastChange,
  )
  const kept = forks.map((fork) => {
    const { id, digest } = idOf(fork.of === 'admission' ? 'a' : 'c', fork.number, fork.body)
    return `${id}:${digest}`
  })
  return {
    ...state,
    highest: Math.max(state.highest, ...numbers),
    version: Math.max(state.version, latest?.version ?? 0),
    ...(latest === undefined ? {} : { lastChange: latest }),
    revoked: state.revoked || changes.some(({ key }) => statusOf(key) === 'revoked'),
    told: undefined,
    spent: spentAfter(state.spent, admissions, nowMs),
    digests: [
      ...state.digests,
      ...claims.map(({ id, digest }): [string, string] => [id, digest]),
    ].slice(-MOST_DIGESTS),
    forks: [...state.forks, ...kept].slice(-MOST_DIGESTS),
  }
}

const Spending = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ kind: v.string(), weight: v.number(), atMs: v.number() }),
)

function spentAfter(
  spent: KeyLineState['spent'],
  admissions: readonly ShippedAdmission[],
  nowMs: number,
): KeyLineState['spent'] {
  const byKind = new Map<string, [number, number, string, number]>()
  for (const { record, sequence } of admissions) {
    const read = v.safeParse(Spending, record)
    if (!read.success) continue
    const { kind, weight, atMs } = read.output
    const [last, lastMs, , units] = byKind.get(kind) ?? [0, 0, kind, 0]
    byKind.set(kind, [Math.max(last, sequence), Math.max(lastMs, atMs), kind, units + weight])
  }
  const recent = spent.filter(([, atMs]) => atMs > nowMs - DAY_MS)
  return compacted([...recent, ...byKind.values()])
}

/** Neighbours of one kind become one: what is counted twice after a restore is at most one of these too many. */
function compacted(spent: KeyLineState['spent']): KeyLineState['spent'] {
  if (spent.length <= MOST_SPENT) return spent
  const older = spent.slice(0, MOST_SPENT / 2)
  const joined: KeyLineState['spent'] = []
  const waiting = new Map<string, [number, number, string, number]>()
  for (const [last, atMs, kind, units] of older) {
    const before = waiting.get(kind)
    if (before === undefined) waiting.set(kind, [last, atMs, kind, units])
    else {
      waiting.delete(kind)
      joined.push([Math.max(before[0], last), Math.max(before[1], atMs), kind, before[3] + units])
    }
  }
  return [...joined, ...waiting.values(), ...spent.slice(MOST_SPENT / 2)]
}

function statusOf(key: string): unknown {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), v.object({ status: v.string() })), key)
  return read.success ? read.output.status : undefined
}

/** What is known of a key beyond a number: its last change, and what was spent since a time. */
export function knownOf(
  { highest, lastChange, revoked, movedTo, spent }: KeyLineState,
  afterSequence: number,
  sinceMs: number,
): Known {
  const units = new Map<string, number>()
  for (const [last, atMs, kind, n] of spent)
    if (last > afterSequence && atMs > sinceMs) units.set(kind, (units.get(kind) ?? 0) + n)
  return {
    highestSequence: highest,
    spent: [...units].map(([kind, sum]) => ({ kind, units: sum })),
    lastChange,
    revoked,
    movedTo,
  }
}
