/** A key's own limits: anyone who may reach it tightens them; to raise one takes two people, a ticket and an end. */
import * as v from 'valibot'
import policy from '../../gateway.config.ts'
import { limitProblemsAlone } from '../access/policy-problems.ts'
import { WIDENS, type Role } from '../access/role.ts'
import { raises } from '../guard/edit.ts'
import type { Key } from '../guard/key.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { Answered, Call } from './call.ts'
import { eachOnce, Id, Instant, Line, msOf } from './fields.ts'
import { carryOut, editOf, invalid, reachedKey } from './key-edit.ts'

/** The limits themselves, as a body brings them. */
export const Limits = v.pipe(
  v.array(
    v.strictObject({
      name: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9._-]{0,31}$/, 'must be a limit name')),
      limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000_000)),
      windowSeconds: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(86_400)),
    }),
  ),
  v.maxLength(20),
  v.check((limits) => eachOnce(limits.map(({ name }) => name)), 'must name each limit once'),
)

/** Where a limit of the key's own could never be kept, as a refusal. */
export function judgeLimits(limits: v.InferOutput<typeof Limits>): Result<void, Refusal> {
  for (const [index, one] of limits.entries()) {
    const [problem] = limitProblemsAlone(one, policy.operations)
    if (problem !== undefined) return invalid(`/limits/${index}`, problem)
  }
  return ok(undefined)
}

export const LimitsBody = v.strictObject({
  limits: Limits,
  reason: Line,
  approver: v.optional(Id),
  ticket: v.optional(Line),
  expiresAt: v.optional(Instant),
})

/** What more is needed to let somebody do more: a second person, a ticket, an end. */
async function approvedRaise(
  call: Call,
  { user }: Key,
  { approver, ticket, expiresAt }: v.InferOutput<typeof LimitsBody>,
): Promise<Result<void, Refusal>> {
  const { actor, ports } = call
  if (!actor.roles.includes(WIDENS.limits)) return missingRole([WIDENS.limits])
  if (actor.roles.includes('owner')) {
    return refuse('role_missing', { detail: 'Nobody who is also an owner raises a limit alone.' })
  }
  if (actor.grant.user === user) {
    return refuse('role_missing', { detail: 'Nobody raises a limit of their own key.' })
  }
  if (approver === undefined) return invalid('/approver', 'is needed to raise a limit')
  if (ticket === undefined) return invalid('/ticket', 'is needed to raise a limit')
  if (expiresAt === undefined) return invalid('/expiresAt', 'is needed to raise a limit')
  if (approver === actor.grant.user) return invalid('/approver', 'must be somebody else')
  if (approver === user) return invalid('/approver', 'must not be whose key it is')
  const known = await ports.directory.has('user', approver)
  const person = known ? await ports.user(approver).describe() : undefined
  return person?.roles.includes(WIDENS.limits) === true
    ? ok(undefined)
    : invalid('/approver', 'must be a person in the role risk')
}

function missingRole(required: readonly Role[]) {
  return refuse('role_missing', { members: { required } })
}

export async function limitKey(call: Call, body: v.InferOutput<typeof LimitsBody>): Answered {
  const { ports } = call
  const view = await reachedKey(call, call.params['keyId'] ?? '')
  if (!view.ok) return view
  // What is judged below is this revision: no other may be changed by it.
  if (call.ifRevision !== (view.value.key.revision ?? 0)) return refuse('precondition_failed')
  const nowMs = ports.nowMs()
  const untilMs = body.expiresAt === undefined ? undefined : msOf(body.expiresAt)
  if (untilMs !== undefined && untilMs <= nowMs) return invalid('/expiresAt', 'has passed')
  const limits = body.limits.map((one) => ({
    ...one,
    ...(untilMs === undefined ? {} : { untilMs }),
  }))
  const usable = judgeLimits(limits)
  if (!usable.ok) return usable
  const tierLimits = policy.tiers.get(view.value.key.tier)?.limits ?? []
  if (raises(view.value.key, limits, tierLimits, nowMs)) {
    const approved = await approvedRaise(call, view.value.key, body)
    if (!approved.ok) return approved
  }
  const { approver, ticket } = body
  const more = { ...(approver && { approver }), ...(ticket && { ticket }) }
  return carryOut(call, editOf(call, { type: 'limits', limits }, body.reason, WIDENS.limits, more))
}
