/** What the policy says of pre-trade risk, as an account's object uses it. */
import type { GatewayPolicy } from './access/policy.ts'
import type { RiskTerms } from './risk/account-port.ts'

export function riskTerms({ risk, instruments }: GatewayPolicy): RiskTerms {
  const { marginBasisPoints, stale } = risk.reference
  return {
    terms(symbol) {
      const instrument = instruments.get(symbol)
      if (instrument === undefined) return undefined
      return { multiplier: instrument.multiplier, marginBasisPoints }
    },
    instrument: (symbol) => instruments.get(symbol) ?? {},
    limits: { account: risk.accounts, keys: {}, symbols: {} },
    reducesWithoutPrice: stale === 'reduce_only',
    positionMaxAgeMs: risk.positionMaxAgeSeconds * 1_000,
  }
}
