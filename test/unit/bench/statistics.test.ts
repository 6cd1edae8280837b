/** The bench's statistics: what a spread promises has to hold for honest noise. */
import { describe, expect, test } from 'vitest'
import { agrees, median, spreads } from '../../../bench/statistics.ts'

/** Numbers between 0 and 1, the same ones each time (Numerical Recipes' generator). */
function uniform(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Ratios around a middle, with about a tenth of noise. */
function rounds(middle: number, count: number, next: () => number): number[] {
  return Array.from({ length: count }, () => {
    const noise = next() + next() + next() + next() - 2
    return middle * Math.exp(noise * 0.17)
  })
}

describe('median', () => {
  test('is the middle one, or lies between the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
  })

  test('of nothing is an error', () => {
    expect(() => median([])).toThrow('no median')
  })
})

describe('spreads', () => {
  test('hold the median of another run, whatever the number of rounds', () => {
    const next = uniform(1)
    let held = 0
    const runs = 400
    for (let run = 0; run < runs; run += 1) {
      const count = 3 + (run % 20)
      const rows = Array.from({ length: 8 }, () => rounds(0.2, count, next))
      const [stated] = spreads(rows)
      if (stated !== undefined && agrees(stated, median(rounds(0.2, count, next)))) held += 1
    }
    expect(held).toBeGreaterThanOrEqual(runs - 2)
  })

  test('do not hold what has changed by a third', () => {
    const next = uniform(2)
    const rows = Array.from({ length: 8 }, () => rounds(0.2, 30, next))
    const [stated] = spreads(rows)
    expect(stated !== undefined && agrees(stated, 0.2 * 1.34)).toBe(false)
  })

  test('trust no few rounds that happen to be alike', () => {
    const next = uniform(3)
    const noisy = Array.from({ length: 8 }, () => rounds(1, 5, next))
    const [, alike] = spreads([rounds(1, 5, next), [2, 2, 2, 2, 2], ...noisy])
    expect(alike?.low).toBeLessThan(1.85)
    expect(alike?.high).toBeGreaterThan(2.15)
  })

  test('are as wide for a ratio as for its inverse', () => {
    const ratios = [0.2, 0.25, 0.22, 0.21, 0.19]
    const [direct] = spreads([ratios])
    const [inverse] = spreads([ratios.map((ratio) => 1 / ratio)])
    expect(direct?.high).toBeCloseTo(1 / (inverse?.low ?? 0), 10)
  })

  test('are wide enough for what differs between runs, even when no round differs', () => {
    const [still] = spreads([[3, 3, 3]])
    expect(still?.high).toBeCloseTo(3.15, 10)
  })
})
