/** What a key or session asks of itself: what it may do, another credential, tighter limits. */
import * as v from 'valibot'
import policy from '../../gateway.config.ts'
import { KINDS } from '../access/kind.ts'
import type { LimitState } from '../guard/key.ts'
import { ok } from '../lib/result.ts'
import { own, ownWithBody, type Answered, type Call, type Own } from './call.ts'
import { isoOf, Text, Time, Whole } from './fields.ts'
import { editOf, reachedKey } from './key-edit.ts'
import { judgeLimits, Limits } from './key-limits.ts'
import { rotateKey, Rotation } from './key-material.ts'
import { CredentialShape, LimitShape } from './key-shape.ts'

const DAY_MS = 86_400_000

const LeftShape = v.object({
  ...LimitShape.entries,
  remaining: Whole,
  budgets: v.array(v.object({ kinds: v.array(v.picklist(KINDS)), remaining: Whole })),
})

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

/** What its owner should know before it is too late. */
export function warningsOf(endsAtMs: number | undefined, nowMs: number): readonly string[] {
  if (endsAtMs === undefined || endsAtMs - nowMs > policy.keys.warnDays * DAY_MS) return []
  return [`This credential ends at ${isoOf(endsAtMs)}. Rotate the key before.`]
}

async function describe(call: Call): Answered {
  const { grant, verdict, credentialId, session } = call.actor
  const { credentialEndsAtMs, lastUsedMs } = grant
  return ok({
    body: {
      keyId: grant.keyId,
      credential: credentialId,
      account: grant.account,
      user: grant.user,
      tier: grant.tier,
      permissions: grant.permissions,
      limits: byName(verdict.limits),
      level: grant.force?.level ?? 'open',
      lastUsed: isoOf(lastUsedMs),
      endsAt: isoOf(credentialEndsAtMs),
      warnings: warningsOf(credentialEndsAtMs, call.ports.nowMs()),
      ...(session === undefined ? {} : { session: session.sid }),
    },
  })
}

async function rotate(call: Call, body: v.InferOutput<typeof Rotation>): Answered {
  const view = await reachedKey(call, call.actor.grant.keyId)
  return view.ok ? rotateKey(call, view.value, body, call.actor.credentialId) : view
}

export const SELF: readonly Own[] = [
  own(
    {
      id: 'gateway.keys.self',
      route: 'GET /gw/v1/keys/self',
      summary: 'What the calling key may do and what is left of its limits',
      by: 'either',
      gives: v.object({
        keyId: Text,
        credential: Text,
        account: Text,
        user: Text,
        tier: Text,
        permissions: v.array(Text),
        limits: v.array(LeftShape),
        level: Text,
        lastUsed: v.nullable(Time),
        endsAt: v.nullable(Time),
        warnings: v.array(Text),
        session: v.optional(Text),
      }),
    },
    describe,
  ),
  ownWithBody(
    {
      id: 'gateway.keys.self.rotate',
      route: 'POST /gw/v1/keys/self/rotate',
      summary: 'A new credential for the calling key, beside the old one for a while',
      by: 'either',
      // What comes of it can trade, and goes on when the session has ended.
      fresh: true,
      headers: ['Idempotency-Key'],
      revised: true,
      takes: Rotation,
      gives: v.object({ credential: CredentialShape, previousEndsAt: Time }),
    },
    rotate,
  ),
  ownWithBody(
    {
      id: 'gateway.keys.self.caps',
      route: 'PUT /gw/v1/keys/self/caps',
      summary: 'Tighter limits for the calling key; they are not loosened here again',
      by: 'either',
      takes: v.strictObject({ limits: Limits }),
      gives: v.object({ keyId: Text, limits: v.array(LimitShape) }),
    },
    async (call, { limits }) => {
      const { keyId } = call.actor.grant
      const usable = judgeLimits(limits)
      if (!usable.ok) return usable
      const edit = {
        ...editOf(call, { type: 'limits', limits }, 'capped', 'risk'),
        mayWiden: false,
      }
      const capped = await call.ports.editKey(keyId, edit)
      if (!capped.ok) return capped
      const inForce = capped.value.limits.map(({ name, limit, windowSeconds }) => ({
        name,
        limit,
        windowSeconds,
      }))
      return ok({ body: { keyId, limits: inForce } })
    },
  ),
]
