/**
 * One object per source of failed authentication: `net:<network>`, `id:<fingerprint>` or `asn:<number>`. It counts
 * what isolates report, so that a lock found by one is known to all. The rules are in `src/guard/source.ts`.
 */
import { DurableObject } from 'cloudflare:workers'
import policy from '../gateway.config.ts'
import {
  OWN,
  Source,
  type SourceKind,
  type SourceReply,
  type SourceReport,
} from '../src/guard/source.ts'
import type { SignalRuleId } from '../src/control/signal.ts'
import { SIGNAL_RULES } from '../src/control/signal.ts'
import { lockedForMs, lockRules, NO_STRIKES } from '../src/guard/lockout.ts'
import { SourceGuardStore } from './source-guard-store.ts'

/** How many members of one source are kept. */
const MEMBERS = 256
const LOCKS = lockRules(policy.lockout)

interface Loaded {
  readonly source: Source
  /** When each rule was last told, in milliseconds since 1970. */
  readonly told: Map<string, number>
}

export class SourceGuard extends DurableObject<Env> {
  readonly #store: SourceGuardStore
  #loaded: Loaded | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new SourceGuardStore(ctx.storage)
  }

  /** Counts what one isolate saw, and says what is known of this source and of the members it named. */
  report({ kind, ageMs, failures }: SourceReport): SourceReply {
    const nowMs = Date.now()
    const { source, told } = (this.#loaded ??= this.#load(kind))
    const isNew = source.strikes() === NO_STRIKES
    try {
      return this.#store.transaction(() => {
        const lockedBefore = lockedForMs(source.strikes(), nowMs) > 0
        for (const { member, count, cleared } of failures) {
          if (cleared && source.clear(member)) this.#store.forget(member)
          if (count === 0) continue
          const gone = source.fail(member, count, nowMs - ageMs)
          if (gone !== undefined) this.#store.forget(gone)
          if (member !== OWN) this.#store.write(member, source.strikes(member))
        }
        this.#store.write(OWN, source.strikes())
        // With the first rows and as durable as they are: from then on one alarm sets the next.
        if (isNew) void this.ctx.storage.setAlarm(source.forgettableMs())
        const sightings = source
          .sightings(lockedBefore, nowMs)
          .filter(({ rule }) => this.#tellOnce(told, rule, nowMs))
        return {
          own: source.tell(OWN, nowMs),
          members: failures
            .filter(({ member }) => member !== OWN)
            .map(({ member }) => ({ member, ...source.tell(member, nowMs) })),
          sightings,
          quietForMs: source.quietForMs(told, nowMs),
        }
      })
    } catch (error) {
      // Memory may now be ahead of storage: begin again from what is stored.
      this.#loaded = undefined
      throw error
    }
  }

  /** Forgets the source when nothing of it matters any more. */
  override async alarm(): Promise<void> {
    // The same for every kind: an alarm does not know which this is.
    const forgettableMs = (this.#loaded ?? this.#load('net')).source.forgettableMs()
    if (forgettableMs > Date.now()) {
      await this.ctx.storage.setAlarm(forgettableMs)
      return
    }
    this.#loaded = undefined
    await this.ctx.storage.deleteAll()
  }

  #tellOnce(told: Map<string, number>, rule: SignalRuleId, nowMs: number): boolean {
    if (nowMs < (told.get(rule) ?? 0) + SIGNAL_RULES[rule].periodMs) return false
    told.set(rule, nowMs)
    this.#store.writeTold(rule, nowMs)
    return true
  }

  #load(kind: SourceKind): Loaded {
    this.#store.open()
    return {
      source: new Source(kind, MEMBERS, LOCKS, this.#store.readStrikes()),
      told: this.#store.readTold(),
    }
  }
}
