/** What is traded: each by the symbol that the policy gives it, with what venues call it. */
import * as v from 'valibot'
import { readPositive, type Decimal } from '../lib/decimal.ts'
import { DIALECT_IDS, type DialectId } from '../signature/dialect.ts'

/** As long as a symbol that a key may be bound to. */
const SymbolName = v.pipe(
  v.string(),
  v.regex(/^[!-~]{1,64}$/, 'must be a symbol of at most 64 visible ASCII characters'),
)

const InstrumentSchema = v.strictObject({
  /** Of its price. */
  currency: v.pipe(v.string(), v.regex(/^[A-Z]{3,10}$/, 'must be a currency such as USD')),
  isin: v.optional(v.pipe(v.string(), v.check(isIsin, 'must be an ISIN (ISO 6166)'))),
  mic: v.optional(v.pipe(v.string(), v.regex(/^[A-Z0-9]{4}$/, 'must be a MIC (ISO 10383)'))),
  /** What one unit at a price of one costs: of a contract, how much of the underlying it is for. */
  multiplier: v.optional(
    v.pipe(
      v.string(),
      v.check((text) => readPositive(text) !== undefined, 'must be a decimal such as 0.01'),
    ),
    '1',
  ),
  /** What each venue calls it. */
  venues: v.optional(v.record(v.picklist(DIALECT_IDS), SymbolName), {}),
})
export const InstrumentsSchema = v.pipe(
  v.record(SymbolName, InstrumentSchema),
  v.check((all) => Object.keys(all).length > 0, 'must name at least one instrument'),
)

export interface Instrument {
  readonly symbol: string
  readonly currency: string
  readonly isin?: string | undefined
  readonly mic?: string | undefined
  readonly multiplier: Decimal
}

/** Twelve characters, the last of which checks the others (ISO 6166). */
function isIsin(text: string): boolean {
  if (!/^[A-Z]{2}[A-Z0-9]{9}[0-9]$/.test(text)) return false
  const digits = Array.from(text, (char) => Number.parseInt(char, 36)).join('')
  const sum = Array.from(digits)
    .toReversed()
    .map(Number)
    .reduce((so, digit, i) => {
      const doubled = i % 2 === 0 ? digit : digit * 2
      return so + (doubled > 9 ? doubled - 9 : doubled)
    }, 0)
  return sum % 10 === 0
}

export type WrittenInstruments = v.InferOutput<typeof InstrumentsSchema>

export function compileInstruments(written: WrittenInstruments): ReadonlyMap<string, Instrument> {
  return new Map(
    Object.entries(written).flatMap(([symbol, { multiplier: text, venues: _names, ...rest }]) => {
      const multiplier = readPositive(text)
      return multiplier === undefined ? [] : [[symbol, { symbol, ...rest, multiplier }] as const]
    }),
  )
}

/**
 * The symbol that a venue's name stands for, or, where it is no venue, the symbol itself. `undefined` for whatever the policy
 * does not name, which no order may be for.
 */
export type VenueSymbols = (venue: DialectId | undefined, name: string) => string | undefined

/** @param problems gets the names that a venue would have for two. */
export function compileNames(written: WrittenInstruments, problems: string[]): VenueSymbols {
  const byVenue = new Map<DialectId, Map<string, string>>()
  for (const [symbol, { venues }] of Object.entries(written)) {
    for (const venue of DIALECT_IDS) {
      const name = venues[venue]
      if (name === undefined) continue
      const names = byVenue.get(venue) ?? new Map<string, string>()
      const rival = names.get(name)
      if (rival !== undefined)
        problems.push(
          `instruments.${symbol}.venues.${venue}: "${name}" is already the name of ${rival}`,
        )
      byVenue.set(venue, names.set(name, symbol))
    }
  }
  const own = new Set(Object.keys(written))
  return (venue, name) => {
    if (venue !== undefined) return byVenue.get(venue)?.get(name)
    return own.has(name) ? name : undefined
  }
}
