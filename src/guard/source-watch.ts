/**
 * What one isolate knows of failed authentication: locks it has heard of, failures it has counted, and what it has
 * yet to report. Plain values of bounded size. Under a flood it answers alone: a locked source is not reported, and
 * what is reported is bounded per source and in all.
 */
import type { LockRules } from './lockout.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import {
  OWN,
  Source,
  type Lock,
  type Sighting,
  type SourceKind,
  type SourceReply,
  type SourceReport,
} from './source.ts'

/** One source, by the name of its object. */
export interface SourceName {
  readonly kind: SourceKind
  /** A network, a fingerprint, or the number of an autonomous system. */
  readonly name: string
}

/** A failure that is reported soon waits until then; one that is nobody's to report waits for nothing. */
export type ReportTime = { readonly inMs: number } | undefined

// An isolate has 128 MB for everything. All of this filled to the last tally takes 14 MB (measured on V8, pointers not
// compressed): 1,000 octets for a source, 350 for a member's count, 8 for a tally, 150 for what is pending of a member.
/** How many sources of each kind an isolate keeps; the one unused for longest goes first. */
const CAPACITY: Readonly<Record<SourceKind, number>> = { net: 1_536, id: 256, asn: 64 }
/** How many members of one source an isolate keeps: its object keeps more. */
const MEMBERS = 8
/** How many members one report names: of a system, enough to be noticed by one. */
const REPORTED: Readonly<Record<SourceKind, number>> = { net: 16, id: 16, asn: 64 }
/** At most one report about one source in this time, in milliseconds. */
const REPORT_MS = 1_000
/** Reports in any second: about networks, and about what is only watched. Neither takes the other's. */
const LOCKING_PER_SECOND = 15
const NOTICING_PER_SECOND = 5

interface Pending {
  count: number
  cleared: boolean
}

interface Watched {
  readonly source: Source
  /** What has not been reported, by member. */
  readonly pending: Map<string, Pending>
  lastFailureMs: number
  /** From when on it may be reported again. */
  nextReportMs: number
  /** Some request will report it by then: the flag ends by itself, should that request be cut off. */
  underWayUntilMs: number
}

export interface Held {
  readonly sources: number
  /** The sources' own counts among them. */
  readonly members: number
  readonly tallies: number
  readonly pending: number
}

export class SourceWatch {
  readonly #rules: LockRules
  readonly #watched: Readonly<Record<SourceKind, BoundedMap<Watched>>> = {
    net: new BoundedMap(CAPACITY.net),
    id: new BoundedMap(CAPACITY.id),
    asn: new BoundedMap(CAPACITY.asn),
  }
  readonly #locking = new Pace(LOCKING_PER_SECOND)
  readonly #noticing = new Pace(NOTICING_PER_SECOND)

  constructor(rules: LockRules) {
    this.#rules = rules
  }

  /** How much it holds, for whoever bounds its memory. */
  get held(): Held {
    const watched = Object.values(this.#watched).flatMap((map) => [...map.values()])
    const sum = (of: (one: Watched) => number) => watched.reduce((all, one) => all + of(one), 0)
    return {
      sources: watched.length,
      members: sum(({ source }) => source.members + 1),
      tallies: sum(({ source }) => source.tallies),
      pending: sum(({ pending }) => pending.size),
    }
  }

  /** The lock that a failure meets, as far as this isolate knows. */
  lock(network: string, member: string, nowMs: number): Lock | undefined {
    return this.#watched.net.get(network)?.source.lock(member, nowMs)
  }

  /** Counts one failure, here and for the next report. */
  fail({ kind, name }: SourceName, member: string, nowMs: number): void {
    const watched = this.#watched[kind].get(name) ?? this.#begin(kind, name)
    watched.lastFailureMs = nowMs
    watched.source.fail(member, 1, nowMs)
    // Too many members for one report: the network's count stays right, the others have nothing else to count.
    const full = watched.pending.size >= REPORTED[kind] && !watched.pending.has(member)
    if (full && kind !== 'net') return
    const pending = pendingOf(watched, full ? OWN : member)
    pending.count += 1
  }

  /** Whether anything is held against anyone of this network: only then is there something to clear. */
  suspects(network: string): boolean {
    const watched = this.#watched.net.get(network)
    return watched !== undefined && watched.source.members > 0
  }

  /** Somebody proved to be this member: answers whether that is worth a report. */
  clear(network: string, member: string): boolean {
    const watched = this.#watched.net.get(network)
    if (watched?.source.clear(member) !== true) return false
    const pending = pendingOf(watched, member)
    // What was not told yet is still the network's.
    if (pending.count > 0) pendingOf(watched, OWN).count += pending.count
    pending.cleared = true
    pending.count = 0
    return true
  }

  /**
   * In how long this request is to report what is pending, or `undefined` when there is nothing, another request
   * does it, or nobody wants to know. Whoever is told a time has taken it on.
   */
  reportTime({ kind, name }: SourceName, nowMs: number): ReportTime {
    const watched = this.#watched[kind].get(name)
    if (watched === undefined || watched.pending.size === 0 || nowMs < watched.underWayUntilMs) {
      return undefined
    }
    const inMs = Math.max(0, watched.nextReportMs - nowMs)
    if (inMs > REPORT_MS) return undefined
    watched.underWayUntilMs = nowMs + inMs + REPORT_MS
    return { inMs }
  }

  /** Hands out what is pending, or `undefined` when this second's reports are used up: it then stays pending. */
  take({ kind, name }: SourceName, nowMs: number): SourceReport | undefined {
    const watched = this.#watched[kind].get(name)
    if (watched === undefined) return undefined
    watched.underWayUntilMs = 0
    const pace = kind === 'net' ? this.#locking : this.#noticing
    if (watched.pending.size === 0 || !pace.take(nowMs)) return undefined
    const failures = [...watched.pending].map(([member, pending]) => ({ member, ...pending }))
    watched.pending.clear()
    watched.nextReportMs = nowMs + REPORT_MS
    return { kind, ageMs: Math.max(0, nowMs - watched.lastFailureMs), failures }
  }

  /** What there is to notice by this isolate's own counts: for when nobody else can be asked. */
  sightings({ kind, name }: SourceName, nowMs: number): readonly Sighting[] {
    return this.#watched[kind].get(name)?.source.sightings(false, nowMs) ?? []
  }

  /** Takes over what the source's object answered. */
  learn({ kind, name }: SourceName, reply: SourceReply, nowMs: number): void {
    const watched = this.#watched[kind].get(name)
    if (watched === undefined) return
    watched.source.hear(OWN, reply.own, nowMs)
    for (const { member, ...heard } of reply.members) watched.source.hear(member, heard, nowMs)
    watched.nextReportMs = Math.max(watched.nextReportMs, nowMs + reply.quietForMs)
  }

  #begin(kind: SourceKind, name: string): Watched {
    const watched = {
      source: new Source(kind, MEMBERS, this.#rules),
      pending: new Map<string, Pending>(),
      lastFailureMs: 0,
      nextReportMs: 0,
      underWayUntilMs: 0,
    }
    this.#watched[kind].set(name, watched)
    return watched
  }
}

function pendingOf({ pending }: Watched, member: string): Pending {
  const known = pending.get(member)
  if (known !== undefined) return known
  const fresh = { count: 0, cleared: false }
  pending.set(member, fresh)
  return fresh
}

/** So many in any second, exactly. */
class Pace {
  readonly #perSecond: number
  readonly #takenMs: number[] = []

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  take(nowMs: number): boolean {
    const oldestMs = this.#takenMs.at(-this.#perSecond)
    if (oldestMs !== undefined && nowMs - oldestMs < 1_000) return false
    this.#takenMs.push(nowMs)
    if (this.#takenMs.length > this.#perSecond) this.#takenMs.shift()
    return true
  }
}
