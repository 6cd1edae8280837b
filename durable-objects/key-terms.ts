/** What a key's object takes from the policy, and what it takes over from the audit log when it was restored. */
import policy from '../gateway.config.ts'
import { countedLimits } from '../src/access/limit.ts'
import { limitProblemsAlone } from '../src/access/policy-problems.ts'
import type { Known } from '../src/audit/shipment.ts'
import type { Key } from '../src/guard/key.ts'
import type { Terms } from '../src/guard/lease.ts'
import { restoredKey, seal } from '../src/guard/seal.ts'
import type { KeyGuardStore } from './key-guard-store.ts'

/** What was taken over is shipped after this, in milliseconds. */
const SOON_MS = 5_000

/** The limits of a tier; `undefined` for one that the policy does not have. */
export function tierLimits(tier: string) {
  return policy.tiers.get(tier)?.limits
}

export const TERMS: Terms = { tierLimits, feedPerSecond: policy.risk.feed.perSecond }

/** @throws when the policy has no such tier, or a limit of the key's own could never be kept. */
export function refuseUnusable(key: Key): void {
  if (!policy.tiers.has(key.tier))
    throw new Error(`Cannot store the key: the policy has no tier "${key.tier}"`)
  const problems = key.limits.flatMap((limit, index) =>
    limitProblemsAlone(limit, policy.operations).map((problem) => `limits[${index}].${problem}`),
  )
  if (problems.length > 0) throw new Error(`Cannot store the key: ${problems.join('; ')}`)
}

/** Begins again from what the audit log knows. To be run in one transaction. */
export function takeOver(
  store: KeyGuardStore,
  known: Known,
  { epoch, name }: { readonly epoch: number; readonly name: string | undefined },
): void {
  const nowMs = Date.now()
  const { movedTo } = known
  if (movedTo !== undefined && movedTo !== name) {
    store.writeMove({ name: movedTo, region: '', handOver: '', done: true })
    return
  }
  const stored = store.readKey()
  if (stored === undefined) return
  const { key, version } = restoredKey(stored, store.readVersion(), known)
  store.writeKey(key, version)
  store.writeChange(version, nowMs, key)
  const limits = countedLimits(tierLimits(key.tier) ?? [], key.limits, nowMs)
  const sealed = seal(store.readLease(), known, limits, epoch, nowMs)
  store.writeLease(sealed.lease)
  store.writeGap(sealed.gap)
  store.setAlarm(nowMs + SOON_MS)
}
