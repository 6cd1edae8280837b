/**
 * How many bits a sequence loses when it is written in a way that suits what people choose: words, few different
 * values, repeats. Each function is log2 of a probability over the uniform one, so for random values it exceeds n
 * with at most 2^-n (Markov's inequality), however it is tuned.
 */

/** Values of so many bits each, not negative. */
export interface Sequence {
  readonly values: readonly number[]
  readonly bits: number
}

/** How far back a repeat is looked for; each distance gets an equal part of the probability. */
const MAX_LAG = 64

/** Saved by expecting each value to be the one some steps before, for the best number of steps. */
export function savedByRepeats({ values, bits }: Sequence): number {
  const hit = bits - 1
  const miss = Math.log2(2 ** bits / (2 ** bits - 1)) - 1
  let best = 0
  for (let lag = 1; lag <= MAX_LAG && lag < values.length; lag += 1) {
    let saved = 0
    for (let i = lag; i < values.length; i += 1) saved += values[i] === values[i - lag] ? hit : miss
    best = Math.max(best, saved)
  }
  return best - Math.log2(MAX_LAG)
}

/** From each value to the next: of a sequence that counts, all are the same. */
export function deltas({ values, bits }: Sequence): Sequence {
  const size = 2 ** bits
  return {
    bits,
    values: values.slice(1).map((value, i) => (value - (values[i] ?? 0) + size) % size),
  }
}

/** How often each letter stands in English, in thousandths, from a to z. */
const LETTERS = [
  82, 15, 28, 43, 126, 22, 20, 61, 70, 2, 8, 40, 24, 67, 75, 19, 1, 60, 63, 91, 28, 10, 24, 2, 20,
  1,
]
const LETTERS_TOTAL = LETTERS.reduce((sum, weight) => sum + weight, 0)

/** What follows what in names, passwords and sentences, before anything is seen of this one: each row adds up to 1. */
const FOLLOWS = {
  lower: { lower: 0.81, upper: 0.06, number: 0.04, mark: 0.07, high: 0.02 },
  upper: { lower: 0.35, upper: 0.55, number: 0.04, mark: 0.05, high: 0.01 },
  number: { lower: 0.2, upper: 0.1, number: 0.58, mark: 0.1, high: 0.02 },
  mark: { lower: 0.5, upper: 0.15, number: 0.13, mark: 0.17, high: 0.05 },
  high: { lower: 0.15, upper: 0.05, number: 0.05, mark: 0.1, high: 0.65 },
} as const
/** A row of it weighs as much as this many characters of the text. */
const ROW = 4
/** Characters not seen yet together weigh as much as this many seen ones. */
const UNSEEN = 8
type CharKind = keyof typeof FOLLOWS

/**
 * Saved by expecting words in the characters of a text: common letters and seldom a change of case, or, in anything
 * else, the few that were there before. `marks` says how many characters are neither letter nor digit.
 */
export function savedByWords(chars: readonly number[], bits: number, marks: number): number {
  const size = 2 ** bits
  const counts = new Map<string | number, number>()
  const seen = (what: string | number) => counts.get(what) ?? 0
  let saved = 0
  let before: CharKind = 'mark'
  for (const [i, char] of chars.entries()) {
    const kind = kindOf(char)
    const step = `${before} ${kind}`
    const change = (seen(step) + ROW * FOLLOWS[before][kind]) / (seen(before) + ROW)
    const expected = change * shareOf(char, kind, marks)
    const again = (seen(char) + UNSEEN / size) / (i + UNSEEN)
    saved += Math.log2((0.7 * expected + 0.3 * again) * size)
    for (const what of [step, before, char]) counts.set(what, seen(what) + 1)
    before = kind
  }
  return saved
}

function kindOf(char: number): CharKind {
  if (char >= 0x61 && char <= 0x7a) return 'lower'
  if (char >= 0x41 && char <= 0x5a) return 'upper'
  if (char >= 0x30 && char <= 0x39) return 'number'
  return char >= 0x80 ? 'high' : 'mark'
}

/** The share of a character among those of its kind. */
function shareOf(char: number, kind: CharKind, marks: number): number {
  if (kind === 'number') return 1 / 10
  if (kind === 'high') return 1 / 128
  if (kind === 'mark') return 1 / marks
  return (LETTERS[(char & 0x1f) - 1] ?? 0) / LETTERS_TOTAL
}
