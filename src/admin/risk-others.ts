/** What holds for orders of everybody, and what customers set for their own account. */
import * as v from 'valibot'
import type { GatewayPolicy } from '../access/policy.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { FirmView } from '../risk/firm-edit.ts'
import { FirmLimitsSchema, LimitsSchema } from '../risk/limits.ts'
import { own, ownWithBody, provenanceOf, type Call, type Own } from './call.ts'
import { Text, Time, Whole } from './fields.ts'
import { judgeCaps, judgeFirmNames } from './risk-names.ts'
import { historyShape, OwnViewShape } from './risk-shape.ts'
import { approved, endOf, provenanceText, shown, WHY } from './risk.ts'

/** How old a second factor may be that loosens a customer's own caps, in milliseconds. */
const FRESH_MS = 300_000

const FirmShape = v.object({
  revision: Whole,
  limits: FirmLimitsSchema,
  expiresAt: v.optional(Time),
  granted: v.array(v.object({ account: Text, open: Text, daily: Text })),
  prices: v.array(v.object({ symbol: Text, price: Text, ageMs: Whole })),
  history: historyShape(FirmLimitsSchema),
})

function shownFirm({ history, ...view }: FirmView) {
  return {
    ...view,
    history: history.map((one) => ({
      ...one,
      at: one.at ?? null,
      expiresAt: one.expiresAt ?? null,
      by: provenanceText(one.by),
    })),
  }
}

export const FIRM_RISK: readonly Own[] = [
  own(
    {
      id: 'gateway.firm.risk',
      route: 'GET /gw/v1/admin/firm/risk',
      summary: 'What holds for everybody, what accounts hold of the totals, and current prices',
      by: 'session',
      right: 'risk.read',
      revised: true,
      gives: FirmShape,
    },
    async (call) => {
      const view = await call.ports.risk.describeFirm()
      return ok({ body: shownFirm(view), revision: view.revision })
    },
  ),
  ownWithBody(
    {
      id: 'gateway.firm.risk.set',
      route: 'PUT /gw/v1/admin/firm/risk',
      summary:
        'Limits, halts and restricted symbols for everybody; a raise takes approver, ticket and expiresAt',
      by: 'session',
      right: 'risk.write',
      conditional: true,
      revised: true,
      takes: v.strictObject({ limits: FirmLimitsSchema, ...WHY }),
      gives: FirmShape,
    },
    async (call, body) => {
      const named = judgeFirmNames(call, body.limits)
      if (!named.ok) return named
      const by = await approved(call, body)
      if (!by.ok) return by
      const untilMs = endOf(call, body.expiresAt)
      if (!untilMs.ok) return untilMs
      const ifRevision = call.ifRevision ?? 0
      const edit = { limits: body.limits, untilMs: untilMs.value, ifRevision }
      const edited = await call.ports.risk.editFirm(edit, by.value)
      return edited.ok
        ? ok({ body: shownFirm(edited.value), revision: edited.value.revision })
        : edited
    },
  ),
]

/**
 * Caps hold for every key of the account, and zero stops all of them: who may not trade must not stop who does.
 */
function trading({ actor, ports }: Call): Result<void, Refusal> {
  const required = orderPermissions(ports.policy)
  if (required.some((permission) => actor.grant.permissions.includes(permission)))
    return ok(undefined)
  return refuse('permission_missing', {
    detail:
      'Caps are set for the account as a whole, so it takes a key that may place orders: one of these permissions.',
    members: { required },
  })
}

function orderPermissions({ operations }: GatewayPolicy): readonly string[] {
  const orders = [...operations.values()].filter(({ kind }) => kind === 'order')
  return [...new Set(orders.map(({ permission }) => permission))]
}

export const OWN_RISK: readonly Own[] = [
  own(
    {
      id: 'gateway.accounts.self.risk',
      route: 'GET /gw/v1/accounts/self/risk',
      summary: 'The limits of the calling key’s account and what its orders come to',
      by: 'either',
      gives: OwnViewShape,
    },
    async (call) => {
      const {
        history: _staffs,
        overrides: _too,
        ...view
      } = shown(await call.ports.risk.describe(call.actor.grant.account))
      return ok({ body: view })
    },
  ),
  ownWithBody(
    {
      id: 'gateway.accounts.self.caps',
      route: 'PUT /gw/v1/accounts/self/risk',
      summary:
        'A customer’s own caps: tighter at once; looser after a wait, with a fresh second factor',
      by: 'either',
      takes: v.strictObject({ limits: LimitsSchema }),
      gives: v.pick(OwnViewShape, ['account', 'caps', 'nextCaps']),
    },
    async (call, { limits }) => {
      const may = trading(call)
      if (!may.ok) return may
      const named = judgeCaps(call, limits)
      if (!named.ok) return named
      const { grant, session } = call.actor
      const shownMs = session?.authTimeMs ?? 0
      const steppedUp = call.ports.nowMs() - shownMs <= FRESH_MS
      const edit = { type: 'caps', limits, steppedUp } as const
      const edited = await call.ports.risk.edit(grant.account, edit, provenanceOf(call, 'capped'))
      if (!edited.ok) return edited
      const { caps, nextCaps } = shown(edited.value)
      return ok({ body: { account: grant.account, caps, nextCaps } })
    },
  ),
]
