/** What the gateway answers a key about itself. */
import type { LimitState } from '../guard/key.ts'
import type { Admitted } from './stages.ts'

/** `GET /gw/v1/keys/self`: what this key may do, what is left of its limits, when it was last used. */
export function describeSelf({ grant, credential, verdict }: Admitted) {
  return {
    keyId: grant.keyId,
    credential: credential.id,
    account: grant.account,
    tier: grant.tier,
    permissions: grant.permissions,
    limits: byName(verdict.limits),
    level: 'open',
    lastUsed: grant.lastUsedMs === undefined ? null : new Date(grant.lastUsedMs).toISOString(),
  }
}

/** One line for each limit; where its kinds are counted apart, the one with the least left stands for it. */
export function byName(limits: readonly LimitState[]) {
  return [...Map.groupBy(limits, ({ name }) => name)].map(([name, counts]) => {
    const scarcest = counts.reduce((least, count) =>
      count.remaining / count.limit < least.remaining / least.limit ? count : least,
    )
    const { limit, windowSeconds, remaining } = scarcest
    const budgets = counts.map((count) => ({ kinds: count.kinds, remaining: count.remaining }))
    return { name, limit, windowSeconds, remaining, budgets }
  })
}
