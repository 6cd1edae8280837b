/** Random limits: few at a time, and of a size that some orders are within and others are not. */
import type { Limits } from '../../src/risk/limits.ts'
import type { Random } from './random.ts'

const SYMBOLS = ['BTC-USD', 'ETH-USD', 'AAPL']

function fraction(chance: Random, whole: number): string {
  return `${chance.below(whole)}.${String(chance.below(1_000_000)).padStart(6, '0').replace(/0+$/, '')}1`
}

function some(chance: Random): readonly string[] {
  return SYMBOLS.filter(() => chance.chance(0.3))
}

function often(chance: Random, seconds: number) {
  return { most: 1 + chance.below(5), windowSeconds: 1 + chance.below(seconds) }
}

/** The minutes in which lives begin among them, so that some orders meet their very edge. */
const CLOCKS = ['20:26', '20:27', '20:28', '20:29', '20:31', '08:00', '16:30']

function hours(chance: Random): NonNullable<Limits['hours']> {
  const clock = () => chance.pick(CLOCKS)
  return Array.from({ length: 1 + chance.below(3) }, () => ({
    days: [1, 2, 3, 4, 5, 6, 7].filter(() => chance.chance(0.7)).concat(1 + chance.below(7)),
    from: chance.pick(['00:00', clock()]),
    to: chance.pick(['24:00', clock()]),
  }))
}

type Makers = { readonly [Name in keyof Limits]-?: (chance: Random) => NonNullable<Limits[Name]> }

const MAKERS: Makers = {
  maxQuantity: (chance) => fraction(chance, 15),
  maxOrderValue: (chance) => fraction(chance, 1_500),
  collarPercent: (chance) => fraction(chance, 12),
  maxOpenValue: (chance) => chance.pick(['0', fraction(chance, 6_000), fraction(chance, 6_000)]),
  maxDailyValue: (chance) => chance.pick(['0', fraction(chance, 20_000), fraction(chance, 20_000)]),
  maxDailyOrders: (chance) => chance.below(25),
  messages: (chance) =>
    Array.from({ length: 1 + chance.below(3) }, () => ({
      ...often(chance, 60),
      most: 1 + chance.below(9),
    })),
  lookAlikes: (chance) => often(chance, 600),
  repeats: (chance) => ({ ...often(chance, 600), most: 2 + chance.below(8) }),
  restricted: (chance) => [...some(chance)],
  allowed: (chance) => [...some(chance), chance.pick(SYMBOLS)],
  reduceOnly: (chance) => chance.chance(0.5),
  hours,
  halted: (chance) => [...some(chance)],
}

/** Limits of one scope, some of them. `without` are those that this scope cannot have. */
export function anyLimits(chance: Random, without: readonly (keyof Limits)[] = []): Limits {
  const limits: Limits = {}
  // What forbids much at once is set less often than what counts.
  const rate = { restricted: 0.04, allowed: 0.04, reduceOnly: 0.06, hours: 0.05, halted: 0.04 }
  const rates: Readonly<Partial<Record<string, number>>> = rate
  for (const [name, make] of Object.entries(MAKERS))
    if (!without.some((one) => one === name) && chance.chance(rates[name] ?? 0.12))
      Object.assign(limits, { [name]: make(chance) })
  return limits
}
