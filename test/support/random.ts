/** Chance that can be repeated: the same seed gives the same history (mulberry32). */
export interface Random {
  /** A whole number from 0 to `limit`, which is left out. */
  below(limit: number): number
  chance(probability: number): boolean
  pick<T>(values: readonly T[]): T
}

export function random(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    chance: (probability) => next() < probability,
    pick(values) {
      const [first, ...rest] = values.slice(below(values.length))
      if (first === undefined && rest.length === 0) throw new RangeError('Nothing to pick from')
      return first ?? this.pick(values)
    },
  }
}
