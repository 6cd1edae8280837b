/**
 * What holds for orders of an account and of everybody. Only the risk desk sets limits; a raise takes somebody who approved
 * it, a ticket and an end (SEC Rule 15c3-5(d) and FAQ 18, RTS 6 Art 20). What customers set for themselves may only
 * tighten, or wait.
 */
import * as v from 'valibot'
import type { Provenance } from '../audit/provenance.ts'
import { asProduct, readDecimal } from '../lib/decimal.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { AccountEdit } from '../risk/account-edit.ts'
import type { AccountView } from '../risk/account-view.ts'
import { AccountLimitsSchema } from '../risk/limits.ts'
import { own, ownWithBody, provenanceOf, type Answered, type Call, type Own } from './call.ts'
import { Id, Instant, isoOf, Line, msOf, Text } from './fields.ts'
import { judgeAccountNames, knownAccount } from './risk-names.ts'
import { ViewShape } from './risk-shape.ts'
import { invalid } from './key-edit.ts'

/** Why, and what a raise takes beside that. */
export const WHY = {
  reason: Line,
  approver: v.optional(Id),
  ticket: v.optional(Line),
  expiresAt: v.optional(Instant),
}
type Why = { readonly [name in keyof typeof WHY]?: string | undefined } & {
  readonly reason: string
}

export function shown(view: AccountView) {
  const { revision, untilMs, restored, nextCaps, history, orders, ...rest } = view
  return {
    ...rest,
    revision,
    expiresAt: isoOf(untilMs),
    restored: restored && { since: isoOf(restored.sinceMs), missing: restored.missing },
    nextCaps: nextCaps && { limits: nextCaps.limits, from: isoOf(nextCaps.fromMs) },
    orders: orders.map(({ atMs, ...order }) => ({ ...order, at: isoOf(atMs) })),
    history: history.map(({ version, by }) => ({
      revision: version.revision,
      at: isoOf(version.atMs),
      expiresAt: isoOf(version.untilMs),
      limits: version.limits,
      by: provenanceText(by),
    })),
  }
}

const Stored = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()))

export function provenanceText(by: string): unknown {
  return v.parse(Stored, by)
}

/** Whose word it is, if whoever is named as approver may approve. */
export async function approved(
  call: Call,
  { reason, approver, ticket }: Why,
): Promise<Result<Provenance, Refusal>> {
  const { actor, ports } = call
  const by = provenanceOf(call, reason, {
    ...(approver === undefined ? {} : { approver }),
    ...(ticket === undefined ? {} : { ticket }),
  })
  if (approver === undefined) return ok(by)
  if (actor.roles.includes('owner'))
    return refuse('role_missing', { detail: 'Nobody who is also an owner raises a limit alone.' })
  if (approver === actor.grant.user) return invalid('/approver', 'must be somebody else')
  const known = await ports.directory.has('user', approver)
  const person = known ? await ports.user(approver).describe() : undefined
  return person?.roles.includes('risk') === true
    ? ok(by)
    : invalid('/approver', 'must be a person in the role risk')
}

/** When it ends, if that is to come. */
export function endOf(
  call: Call,
  expiresAt: string | undefined,
): Result<number | undefined, Refusal> {
  if (expiresAt === undefined) return ok(undefined)
  const untilMs = msOf(expiresAt)
  return untilMs > call.ports.nowMs() ? ok(untilMs) : invalid('/expiresAt', 'has passed')
}

async function carryOut(call: Call, account: string, edit: AccountEdit, by: Provenance): Answered {
  const known = await knownAccount(call, account)
  if (!known.ok) return known
  const edited = await call.ports.risk.edit(account, edit, by)
  if (!edited.ok) return edited
  return ok({ body: shown(edited.value), revision: edited.value.revision })
}

async function setLimits(
  call: Call,
  body: { readonly limits: v.InferOutput<typeof AccountLimitsSchema> } & Why,
): Answered {
  const account = accountOf(call)
  const named = await judgeAccountNames(call, account, body.limits)
  if (!named.ok) return named
  const by = await approved(call, body)
  if (!by.ok) return by
  const untilMs = endOf(call, body.expiresAt)
  if (!untilMs.ok) return untilMs
  const ifRevision = call.ifRevision ?? 0
  const edit = { type: 'limits', limits: body.limits, untilMs: untilMs.value, ifRevision } as const
  return carryOut(call, account, edit, by.value)
}

function accountOf(call: Call): string {
  return call.params['id'] ?? ''
}

export const ACCOUNT_RISK: readonly Own[] = [
  own(
    {
      id: 'gateway.accounts.risk',
      route: 'GET /gw/v1/admin/accounts/{id}/risk',
      summary:
        'Limits of an account with their history, what its orders come to, what is open or unknown',
      by: 'session',
      right: 'risk.read',
      revised: true,
      gives: ViewShape,
    },
    async (call) => {
      const known = await knownAccount(call, accountOf(call))
      if (!known.ok) return known
      const view = await call.ports.risk.describe(accountOf(call))
      return ok({ body: shown(view), revision: view.revision })
    },
  ),
  ownWithBody(
    {
      id: 'gateway.accounts.risk.set',
      route: 'PUT /gw/v1/admin/accounts/{id}/risk',
      summary: 'The limits of an account; a raise takes approver, ticket and expiresAt',
      by: 'session',
      right: 'risk.write',
      conditional: true,
      revised: true,
      takes: v.strictObject({ limits: AccountLimitsSchema, ...WHY }),
      gives: ViewShape,
    },
    setLimits,
  ),
  ownWithBody(
    {
      id: 'gateway.accounts.risk.override',
      route: 'POST /gw/v1/admin/accounts/{id}/risk/overrides',
      summary: 'Asks that one refused order may pass once; somebody else has to approve it',
      by: 'session',
      right: 'risk.write',
      status: 201,
      takes: v.strictObject({
        orderHash: v.pipe(Text, v.regex(/^[0-9a-f]{64}$/, 'must be the orderHash of a refusal')),
        expiresAt: Instant,
        reason: Line,
        ticket: Line,
      }),
      gives: ViewShape,
    },
    async (call, { orderHash, expiresAt, reason, ticket }) => {
      const edit = { type: 'override.ask', orderHash, untilMs: msOf(expiresAt) } as const
      return carryOut(call, accountOf(call), edit, provenanceOf(call, reason, { ticket }))
    },
  ),
  ownWithBody(
    {
      id: 'gateway.accounts.risk.override.approve',
      route: 'POST /gw/v1/admin/accounts/{id}/risk/overrides/{override}/approve',
      summary: 'Approves what somebody else asked for',
      by: 'session',
      right: 'risk.write',
      takes: v.strictObject({ reason: Line }),
      gives: ViewShape,
    },
    async (call, { reason }) => {
      const edit = { type: 'override.approve', id: call.params['override'] ?? '' } as const
      return carryOut(call, accountOf(call), edit, provenanceOf(call, reason))
    },
  ),
  ownWithBody(
    {
      id: 'gateway.accounts.risk.release',
      route: 'POST /gw/v1/admin/accounts/{id}/risk/latches/{latch}/release',
      summary: 'Lets a key go on with what it was stopped for',
      by: 'session',
      right: 'risk.write',
      takes: v.strictObject({ reason: Line }),
      gives: ViewShape,
    },
    async (call, { reason }) => {
      const edit = { type: 'latch.release', id: call.params['latch'] ?? '' } as const
      return carryOut(call, accountOf(call), edit, provenanceOf(call, reason))
    },
  ),
  ownWithBody(
    {
      id: 'gateway.accounts.risk.reconcile',
      route: 'POST /gw/v1/admin/accounts/{id}/risk/reconcile',
      summary: 'Says what became of an order of which nobody knew, as the broker’s books have it',
      by: 'session',
      right: 'risk.write',
      takes: v.strictObject({
        requestId: Id,
        outcome: v.picklist(['never', 'over']),
        reason: Line,
      }),
      gives: ViewShape,
    },
    async (call, { requestId, outcome, reason }) => {
      const edit = { type: 'reconcile', requestId, outcome } as const
      return carryOut(call, accountOf(call), edit, provenanceOf(call, reason))
    },
  ),
  ownWithBody(
    {
      id: 'gateway.accounts.risk.confirm',
      route: 'POST /gw/v1/admin/accounts/{id}/risk/restored/confirm',
      summary:
        'Lets orders pass again after the account’s object was restored, and says what came to the day since',
      by: 'session',
      right: 'risk.write',
      takes: v.strictObject({
        dailyValue: v.pipe(
          Text,
          v.check((text) => (readDecimal(text) ?? -1n) >= 0n, 'must be a decimal of at least 0'),
        ),
        dailyOrders: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000_000)),
        reason: Line,
      }),
      gives: ViewShape,
    },
    async (call, { dailyValue, dailyOrders, reason }) => {
      const value = asProduct(readDecimal(dailyValue) ?? 0n)
      const edit = { type: 'restore.confirm', dailyValue: value, dailyOrders } as const
      return carryOut(call, accountOf(call), edit, provenanceOf(call, reason))
    },
  ),
]
