/** What the gateway answers a key about itself. */
import type { Admitted } from './stages.ts'

/** `GET /gw/v1/keys/self`: what this key may do, what is left of its limits, when it was last used. */
export function describeSelf({ grant, credential, verdict }: Admitted) {
  return {
    keyId: grant.keyId,
    credential: credential.id,
    account: grant.account,
    tier: grant.tier,
    permissions: grant.permissions,
    limits: verdict.limits.map(({ name, limit, windowSeconds, remaining }) => ({
      name,
      limit,
      windowSeconds,
      remaining,
    })),
    level: 'open',
    lastUsed: grant.lastUsedMs === undefined ? null : new Date(grant.lastUsedMs).toISOString(),
  }
}
