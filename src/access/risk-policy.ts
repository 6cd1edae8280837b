/** What the policy says of pre-trade risk: limits of an account of which nothing was set, prices, waiting times. */
import * as v from 'valibot'
import { firmProblems, limitProblems } from '../risk/limit-problems.ts'
import { FirmLimitsSchema, LimitsSchema, MEMORY_SECONDS } from '../risk/limits.ts'

const whole = (least: number, most: number) =>
  v.pipe(
    v.number(),
    v.check(
      (n) => Number.isInteger(n) && n >= least && n <= most,
      `must be a whole number from ${least} to ${most}`,
    ),
  )

export const RiskSchema = v.strictObject({
  /** For every account of which the risk desk has set nothing. */
  accounts: v.optional(LimitsSchema, {}),
  /** For everybody, until the risk desk sets others. */
  firm: v.optional(FirmLimitsSchema, {}),
  reference: v.optional(
    v.strictObject({
      /** A price that is older is none. */
      maxAgeSeconds: v.optional(whole(1, 3_600), 10),
      /** Without a price: refuse every order that needs one, or let those pass that reduce a position. */
      stale: v.optional(v.picklist(['refuse', 'reduce_only']), 'reduce_only'),
      /** By how much an order without a limit may cost more than the reference, in hundredths of a percent. */
      marginBasisPoints: v.optional(whole(0, 100_000), 500),
    }),
    {},
  ),
  /** How many calls of the broker's feed one key of it may make in any second. */
  feed: v.optional(v.strictObject({ perSecond: v.optional(whole(1, 10_000), 200) }), {}),
  /** A position that was heard of longer ago is not known. Orders are remembered for as long, and longer. */
  positionMaxAgeSeconds: v.optional(whole(1, MEMORY_SECONDS - 60), 60),
  /** How long a customer waits until their own caps become looser. */
  loosenAfterSeconds: v.optional(whole(60, 2_592_000), 86_400),
  /** The longest that a raise may last, in days: after it somebody has to approve it again. */
  maxRaiseDays: v.optional(whole(1, 366), 30),
})
export type RiskPolicy = v.InferOutput<typeof RiskSchema>

/** Limits that name what is no instrument hold for nothing. */
export function riskProblems(
  { accounts, firm }: RiskPolicy,
  instruments: { has(symbol: string): boolean },
): readonly string[] {
  const isInstrument = (symbol: string) => instruments.has(symbol)
  return [
    ...limitProblems(accounts, 'risk.accounts', isInstrument),
    ...firmProblems(firm, 'risk.firm', isInstrument),
  ].map(({ pointer, reason }) => `${pointer.replaceAll('/', '.')}: ${reason}`)
}
