/**
 * One object per API key: its status, permissions, replay state and limits, decided on in one synchronous
 * step. The rules live in `src/guard/`; this class loads, decides and stores.
 */
import { DurableObject } from 'cloudflare:workers'
import policy from '../gateway.config.ts'
import { isUnsafe } from '../src/access/kind.ts'
import { admissionRecord } from '../src/audit/record.ts'
import { limitState, type NamedWindow } from '../src/guard/budget.ts'
import { decide } from '../src/guard/decide.ts'
import {
  GATEWAY_LIMIT,
  type Admission,
  type Key,
  type KeyStatus,
  type Verdict,
} from '../src/guard/key.ts'
import { SeenReads } from '../src/guard/seen.ts'
import { SHORT_WINDOW_MS, SlidingWindow } from '../src/guard/window.ts'
import type { Limit } from '../src/access/policy.ts'
import { KeyGuardStore } from './key-guard-store.ts'

interface Loaded {
  key: Key
  readonly reads: SeenReads
  readonly tier: readonly NamedWindow[]
  readonly gateway: NamedWindow
  sequence: number
  lastUsedMs: number | undefined
  lastSpentMs: number
}

export class KeyGuard extends DurableObject<Env> {
  readonly #store: KeyGuardStore
  #loaded: Loaded | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new KeyGuardStore(ctx.storage)
  }

  /** Creates the key, or changes what may change of it. In force for every request judged from now on. */
  put(key: Key): void {
    if (!policy.tiers.has(key.tier))
      throw new Error(`Cannot store the key: the policy has no tier "${key.tier}"`)
    this.#store.transaction(() => this.#store.writeKey(key))
    // What was seen and spent stays as it is, unless other limits now apply.
    if (this.#loaded?.key.tier === key.tier) this.#loaded.key = key
    else this.#loaded = undefined
  }

  /** Suspends, resumes or revokes the key. A revoked key stays revoked. Answers whether the status now holds. */
  setStatus(status: KeyStatus): boolean {
    const key = this.#store.readKey()
    if (key === undefined || (key.status === 'revoked' && status !== 'revoked')) return false
    this.put({ ...key, status })
    return true
  }

  /** Judges one signed request, or answers `undefined` when this object holds no key: fail closed. */
  admit(ask: Admission): Verdict | undefined {
    const loaded = (this.#loaded ??= this.#load())
    if (loaded === undefined) return undefined
    try {
      // A host whose clock is behind the last decision's must not reopen a window.
      const nowMs = Math.max(Date.now(), loaded.lastUsedMs ?? 0)
      return this.#store.transaction(() => this.#judge(loaded, ask, nowMs))
    } catch (error) {
      // Memory may now be ahead of storage: begin again from what is stored.
      this.#loaded = undefined
      throw error
    }
  }

  #judge(loaded: Loaded, ask: Admission, nowMs: number): Verdict {
    const { key, reads, lastUsedMs } = loaded
    const windows = ask.budget === 'tier' ? loaded.tier : [loaded.gateway]
    const judged = decide(
      { key, reads, windows, admitted: (id) => this.#store.admitted(id) },
      ask,
      nowMs,
    )
    const repeated = judged.ok ? judged.value.repeated : undefined
    const sequence = repeated ?? loaded.sequence + 1

    if (repeated === undefined) {
      if (judged.ok) this.#spend(loaded, windows, ask, sequence, nowMs)
      // A read that was refused was signed all the same: where it could pass for a write it must not.
      else if (ask.fenced && !isUnsafe(ask.kind)) {
        // Under no attempt's name: asked again it is judged again.
        remember(loaded, { ...ask, attempt: '' }, sequence, nowMs)
      }
      loaded.sequence = sequence
      loaded.lastUsedMs = nowMs
      const { lastSpentMs } = loaded
      this.#store.writeProgress({
        sequence,
        lastUsedMs: nowMs,
        lastSpentMs,
        readMarkMs: reads.highestMs,
      })
    }
    const { keyId, account, user, tier, permissions } = key
    return {
      sequence,
      decidedAtMs: nowMs,
      decision: judged.ok
        ? { ok: true, value: { keyId, account, user, tier, permissions, lastUsedMs } }
        : judged,
      limits: loaded.tier.map((limit) => limitState(limit, nowMs)),
      gatewayLimit: limitState(loaded.gateway, nowMs),
    }
  }

  #spend(
    loaded: Loaded,
    windows: readonly NamedWindow[],
    ask: Admission,
    sequence: number,
    nowMs: number,
  ): void {
    loaded.lastSpentMs = nowMs
    for (const { name, window } of windows) {
      const slot = window.spend(nowMs, ask.weight)
      if (window.windowMs > SHORT_WINDOW_MS)
        this.#store.writeSlot(name, slot, nowMs - window.windowMs)
    }
    if (isUnsafe(ask.kind)) {
      this.#store.writeAdmission(ask, admissionRecord(loaded.key, ask, sequence, nowMs))
    } else {
      remember(loaded, ask, sequence, nowMs)
    }
  }

  #load(): Loaded | undefined {
    const key = this.#store.readKey()
    const limits = key === undefined ? undefined : policy.tiers.get(key.tier)?.limits
    if (key === undefined || limits === undefined) return undefined
    const { sequence, lastUsedMs, lastSpentMs, readMarkMs } = this.#store.readProgress()
    // Short windows live in memory alone: whatever was admitted until they were last spent may fill them.
    const windowOf = (limit: Limit): NamedWindow => {
      const windowMs = limit.windowSeconds * 1000
      const window =
        windowMs > SHORT_WINDOW_MS
          ? new SlidingWindow(limit.limit, windowMs, this.#store.readSlots(limit.name))
          : new SlidingWindow(limit.limit, windowMs, [], lastSpentMs + windowMs)
      return { ...limit, window }
    }
    return {
      key,
      sequence,
      lastUsedMs,
      lastSpentMs,
      reads: new SeenReads(readMarkMs),
      tier: limits.map(windowOf),
      gateway: windowOf(GATEWAY_LIMIT),
    }
  }
}

/** Keeps a read in mind for as long as its signed time can be accepted. */
function remember({ reads }: Loaded, ask: Admission, sequence: number, nowMs: number): void {
  const { attempt, requestHash, signedAtMs, freshUntilMs: forgetAtMs, replayId } = ask
  reads.add(replayId, { attempt, requestHash, sequence, signedAtMs, forgetAtMs }, nowMs)
}
