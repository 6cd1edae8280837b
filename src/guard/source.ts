/**
 * The state of one source of failed authentication, held by its own object and, as far as it has seen it, by each
 * isolate. A source is a network (its members are the ids that were claimed from there), a claimed id (its members
 * are networks) or an autonomous system (ids again). Only networks lock; the other two exist to be noticed.
 */
import { SIGNAL_RULES, type SignalFeatures, type SignalRuleId } from '../control/signal.ts'
import {
  adopt,
  forgettableMs,
  levelAt,
  lockedForMs,
  NO_STRIKES,
  strike,
  type HeardLock,
  type LockRule,
  type LockRules,
  type Strikes,
} from './lockout.ts'

export type SourceKind = 'net' | 'id' | 'asn'

/** What failed at one source since the last report, told by an isolate. Plain data: it crosses RPC. */
export interface SourceReport {
  readonly kind: SourceKind
  /** How long ago the last of them was, in milliseconds: clocks of two hosts differ. */
  readonly ageMs: number
  readonly failures: readonly SourceFailures[]
}

export interface SourceFailures {
  /** A fingerprint, a network, or '' where no member was named. */
  readonly member: string
  readonly count: number
  /** Somebody proved to be this member before these failures: what was held against it goes. */
  readonly cleared: boolean
}

export interface SourceReply {
  readonly own: HeardLock
  readonly members: readonly (HeardLock & { readonly member: string })[]
  readonly sightings: readonly Sighting[]
  /** For so long there is nothing more to learn from reports about this source, in milliseconds. */
  readonly quietForMs: number
}

/** Something that was noticed, once per period. */
export interface Sighting {
  readonly rule: SignalRuleId
  readonly features: SignalFeatures
}

/** Why a failure is answered with `source_locked`, and until when. */
export interface Lock {
  readonly limit: 'network' | 'credential'
  readonly forMs: number
}

/** Members seen within this time are counted together, in milliseconds. */
const PERIOD_MS = 600_000

/** From how many different members on a source is noticed. */
const NOTICED: Readonly<
  Record<SourceKind, { readonly rule: SignalRuleId; readonly from: number }>
> = {
  net: { rule: 'many_ids_one_network', from: 10 },
  id: { rule: 'one_id_many_networks', from: 10 },
  asn: { rule: 'many_ids_one_asn', from: 50 },
}

/** Its own strikes are kept under the name that no member has. */
export const OWN = ''

export class Source {
  readonly #kind: SourceKind
  readonly #capacity: number
  readonly #rules: LockRules
  readonly #strikes: Map<string, Strikes>

  /** @param capacity how many members are kept: the one that failed longest ago goes first. */
  constructor(
    kind: SourceKind,
    capacity: number,
    rules: LockRules,
    stored: Iterable<readonly [string, Strikes]> = [],
  ) {
    this.#kind = kind
    this.#capacity = capacity
    this.#rules = rules
    this.#strikes = new Map(stored)
  }

  /** How many members it keeps. */
  get members(): number {
    return this.#strikes.size - (this.#strikes.has(OWN) ? 1 : 0)
  }

  /** How many tallies it keeps, its own among them. */
  get tallies(): number {
    return [...this.#strikes.values()].reduce((sum, { recent }) => sum + recent.length, 0)
  }

  /** The strikes of a member, or of the source itself. */
  strikes(member: string = OWN): Strikes {
    return this.#strikes.get(member) ?? NO_STRIKES
  }

  /**
   * Counts failures of one member against it and against the source. A full sketch forgets a member, never the
   * source's own count.
   *
   * @returns the member that had to go.
   */
  fail(member: string, count: number, atMs: number): string | undefined {
    const locked = lockedForMs(this.strikes(), atMs) > 0
    this.#strikes.set(OWN, this.#next(this.strikes(), this.#rules.network, count, atMs))
    if (member === OWN) return undefined
    const before = this.strikes(member)
    const rule = this.#rules.credential
    this.#strikes.delete(member)
    if (!locked) return this.#keep(member, this.#next(before, rule, count, atMs))
    // One lock at a time: while the network is locked its members' counts stand still, and what quiet took stays taken.
    const lastMs = Math.max(before.lastMs, atMs)
    return this.#keep(member, { ...before, level: levelAt(before, rule, atMs), lastMs })
  }

  /** Forgets what was held against a member. Answers whether there was anything. */
  clear(member: string): boolean {
    return member !== OWN && this.#strikes.delete(member)
  }

  /** The lock that a failure of this member meets now; of two, the one that ends last. */
  lock(member: string, nowMs: number): Lock | undefined {
    const network = lockedForMs(this.strikes(), nowMs)
    const credential = member === OWN ? 0 : lockedForMs(this.strikes(member), nowMs)
    if (network === 0 && credential === 0) return undefined
    return network >= credential
      ? { limit: 'network', forMs: network }
      : { limit: 'credential', forMs: credential }
  }

  /** What is told of a member, or of the source itself, to another holder. */
  tell(member: string, nowMs: number): HeardLock {
    const strikes = this.strikes(member)
    const level = levelAt(strikes, this.#ruleFor(member), nowMs)
    return { level, lockedForMs: lockedForMs(strikes, nowMs) }
  }

  /** Takes over what another holder told. */
  hear(member: string, heard: HeardLock, nowMs: number): void {
    if (heard.level === 0 && heard.lockedForMs === 0) return
    this.#keep(member, adopt(this.strikes(member), this.#ruleFor(member), heard, nowMs))
  }

  /** What is there to be noticed now, told or not. */
  sightings(lockedBefore: boolean, nowMs: number): readonly Sighting[] {
    const { rule, from } = NOTICED[this.#kind]
    const { failures, level } = this.strikes()
    const seen = this.#seenWithin(nowMs)
    const counted = this.#kind === 'id' ? { networks: seen } : { ids: seen }
    const lockedMs = lockedForMs(this.strikes(), nowMs)
    const many: Sighting[] =
      seen < from
        ? []
        : [{ rule, features: { ...counted, windowSeconds: PERIOD_MS / 1000, failures } }]
    const locked: Sighting[] =
      lockedBefore || lockedMs === 0
        ? []
        : [
            {
              rule: 'network_locked',
              features: { level, lockedSeconds: Math.ceil(lockedMs / 1000), failures },
            },
          ]
    return [...many, ...locked]
  }

  /** For how long nothing new can be noticed after `toldMs`: networks go on, for their locks. In milliseconds. */
  quietForMs(told: ReadonlyMap<string, number>, nowMs: number): number {
    if (this.#kind === 'net') return 0
    const { rule } = NOTICED[this.#kind]
    const toldMs = told.get(rule)
    return toldMs === undefined ? 0 : Math.max(0, toldMs + SIGNAL_RULES[rule].periodMs - nowMs)
  }

  /** When nothing of it matters any more, in milliseconds since 1970. */
  forgettableMs(): number {
    const ends = [...this.#strikes].map(([member, strikes]) =>
      Math.max(forgettableMs(strikes, this.#ruleFor(member)), strikes.lastMs + PERIOD_MS),
    )
    return Math.max(0, ...ends)
  }

  /** @returns the member that had to go. */
  #keep(member: string, strikes: Strikes): string | undefined {
    this.#strikes.set(member, strikes)
    if (this.members <= this.#capacity) return undefined
    for (const oldest of this.#strikes.keys()) {
      if (oldest === OWN) continue
      this.#strikes.delete(oldest)
      return oldest
    }
    return undefined
  }

  #next(strikes: Strikes, rule: LockRule, count: number, atMs: number): Strikes {
    if (this.#kind === 'net') return strike(strikes, rule, count, atMs)
    return { ...strikes, lastMs: atMs, failures: strikes.failures + count }
  }

  #seenWithin(nowMs: number): number {
    let seen = 0
    for (const [member, { lastMs }] of this.#strikes) {
      if (member !== OWN && lastMs > nowMs - PERIOD_MS) seen += 1
    }
    return seen
  }

  #ruleFor(member: string): LockRule {
    return member === OWN ? this.#rules.network : this.#rules.credential
  }
}
