/** What the calls about risk answer, for the document. */
import * as v from 'valibot'
import { AccountLimitsSchema, LimitsSchema } from '../risk/limits.ts'
import { Text, Time, Whole } from './fields.ts'

const When = v.nullable(Time)
const Who = v.object({
  user: Text,
  keyId: Text,
  sid: v.optional(Text),
  requestId: Text,
  reason: Text,
  approver: v.optional(Text),
  ticket: v.optional(Text),
})

/** A version of limits, as its history shows it. */
export const historyShape = <S extends v.GenericSchema>(limits: S) =>
  v.array(v.object({ revision: Whole, at: When, expiresAt: When, limits, by: Who }))

const OWN_VIEW = {
  account: Text,
  revision: Whole,
  expiresAt: When,
  limits: AccountLimitsSchema,
  caps: LimitsSchema,
  nextCaps: v.optional(v.object({ limits: LimitsSchema, from: When })),
  totals: v.object({
    openValue: Text,
    dailyValue: Text,
    dailyOrders: Whole,
    open: Whole,
    unknown: Whole,
  }),
  orders: v.array(
    v.object({
      requestId: Text,
      keyId: Text,
      at: When,
      status: Text,
      symbol: v.optional(Text),
      side: v.optional(Text),
      quantity: Text,
      filled: Text,
      openValue: Text,
      orderId: v.optional(Text),
      clientOrderId: v.optional(Text),
    }),
  ),
  positions: v.array(v.object({ symbol: Text, quantity: Text, atMs: Whole })),
  latches: v.array(
    v.object({
      id: Text,
      keyId: Text,
      symbol: Text,
      side: Text,
      atMs: Whole,
      releasedAtMs: v.optional(Whole),
    }),
  ),
}

/** What the customer sees of it. */
export const OwnViewShape = v.object(OWN_VIEW)

/** What staff see of it. */
export const ViewShape = v.object({
  ...OWN_VIEW,
  restored: v.optional(v.object({ since: When, missing: v.array(Text) })),
  overrides: v.array(
    v.object({
      id: Text,
      orderHash: Text,
      untilMs: Whole,
      askedBy: Text,
      approvedBy: v.optional(Text),
      usedBy: v.optional(Text),
    }),
  ),
  history: historyShape(AccountLimitsSchema),
})
