/**
 * The bound against the truth: 1,000 histories each of two clocks that drift, are slewed and set, over paths that are not
 * symmetric, with stamps that are rounded and lag. What is really the case, only the simulation knows.
 */
import { describe, expect, test } from 'vitest'
import { ClockWindow, type Bound, type ClockRules, type Seen } from '../../../src/clock/bound.ts'
import type { Exchange } from '../../../src/clock/bracket.ts'
import {
  anyWorld,
  EXACT,
  offsetMs,
  QUICK,
  travel,
  type Step,
  type Travelled,
  type World,
} from '../../support/clock-world.ts'
import { random, type Random } from '../../support/random.ts'

const RUNS = 1_000
const RULES: ClockRules = { windowSeconds: 60, driftPpm: 500, smallestStepMs: 128, cpuLagMs: 0 }

interface Observed {
  readonly travelled: Travelled
  readonly seen: Seen
}

function observed(world: World, chance: Random, rules: Partial<ClockRules> = {}) {
  const window = new ClockWindow({ ...RULES, cpuLagMs: world.cpuLagMs, ...rules })
  return travel(world, chance).map((travelled): Observed => ({
    travelled,
    seen: window.add(travelled.exchange),
  }))
}

/** Whether the bound has the true offset at each moment from leaving to the answer. */
function holds(bound: Bound | undefined, world: World, { times }: Travelled): boolean {
  if (bound === undefined) return false
  return times.every((atUs) => {
    const trueMs = offsetMs(world, atUs)
    return bound.lowMs <= trueMs && trueMs <= bound.highMs
  })
}

function violations(world: World, seen: readonly Observed[]): number {
  return seen.filter(({ travelled, seen: { bound } }) => !holds(bound, world, travelled)).length
}

/** All histories of one kind, with chance for what follows from each. */
function* histories(
  make: (chance: Random) => World,
  runs = RUNS,
): Generator<readonly [World, Random]> {
  for (let seed = 0; seed < runs; seed += 1) {
    const chance = random(seed)
    yield [make(chance), chance]
  }
}

describe('clocks that are never set', () => {
  // @control 2025/1155/13 cat/clock pci/10.6
  test('are always within the bound, and nobody is told otherwise', () => {
    let [violated, told, exchanges, joined] = [0, 0, 0, 0]
    for (const [world, chance] of histories((c) => anyWorld(c))) {
      const seen = observed(world, chance)
      violated += violations(world, seen)
      told += seen.filter((step) => step.seen.found !== 'nothing').length
      exchanges += seen.length
      joined += seen.filter((step) => (step.seen.bound?.samples ?? 0) > 1).length
    }
    expect({ violated, told }).toEqual({ violated: 0, told: 0 })
    expect(exchanges).toBe(80 * RUNS)
    // The window is in use: otherwise this would say nothing about it.
    expect(joined).toBeGreaterThan(exchanges / 3)
  })

  test.each<[string, Partial<ClockRules>, Partial<World>]>([
    ['drift', { driftPpm: 0 }, { gapMs: 3_000, path: QUICK }],
    ['the CPU time by which our clock lags', { cpuLagMs: 0 }, { cpuLagMs: 10 }],
  ])('are not, where no allowance is made for %s', (_what, rules, change) => {
    let violated = 0
    for (const [world, chance] of histories((c) => ({ ...anyWorld(c), ...change }), 100))
      violated += violations(world, observed(world, chance, rules))
    expect(violated).toBeGreaterThan(100)
  })
})

/** A step of either clock, either way, at a time when orders travel. */
function stepped(world: World, step: Step, chance: Random): World {
  return chance.chance(0.5)
    ? { ...world, gateway: { ...world.gateway, steps: [step] } }
    : { ...world, origin: { ...world.origin, steps: [step] } }
}

function anyStep(world: World, leastMs: number, mostMs: number, chance: Random): Step {
  const sizeUs = (leastMs + chance.below((mostMs - leastMs) * 1_000) / 1_000) * 1_000
  const atUs = chance.below(world.orders * world.gapMs * 500)
  return { atUs, byUs: chance.chance(0.5) ? sizeUs : -sizeUs }
}

/** Whether a step falls into an exchange: then no single offset is the true one. */
function during({ gateway, origin }: World, { times }: Travelled): boolean {
  return [...gateway.steps, ...origin.steps].some(({ atUs }) => times[0] < atUs && atUs <= times[3])
}

describe('a clock that is set', () => {
  // @control 2025/1155/13
  test('by the smallest step or more, is found out or contained, by each order that does not travel meanwhile', () => {
    let [violated, found, missed] = [0, 0, 0]
    const make = (c: Random) => {
      const world = anyWorld(c)
      return stepped(world, anyStep(world, 128, 3_000, c), c)
    }
    for (const [world, chance] of histories(make)) {
      const seen = observed(world, chance)
      const settled = seen.filter(({ travelled }) => !during(world, travelled))
      violated += violations(world, settled)
      if (seen.some((step) => step.seen.found !== 'nothing')) found += 1
      else missed += 1
    }
    expect(violated).toBe(0)
    // Where nothing was found, the bound was wide enough to contain it: on slow paths, or after the last order.
    expect(found).toBeGreaterThan(RUNS / 2)
    expect(found + missed).toBe(RUNS)
  })

  test('is found out by the first order that leaves after it, where paths are quick', () => {
    const atUs = 10_000_000
    let found = 0
    const make = (c: Random) => {
      const world = { ...anyWorld(c), path: QUICK, stamping: EXACT, cpuLagMs: 3, gapMs: 500 }
      return stepped(world, { ...anyStep(world, 128, 3_000, c), atUs }, c)
    }
    for (const [world, chance] of histories(make, 200)) {
      const seen = observed(world, chance)
      const first = seen.findIndex(({ travelled }) => travelled.times[0] > atUs)
      const told = seen.slice(0, first + 1).filter((step) => step.seen.found !== 'nothing')
      expect(first).toBeGreaterThan(0)
      expect(told.length).toBeGreaterThan(0)
      expect(violations(world, seen.slice(first))).toBe(0)
      found += 1
    }
    expect(found).toBe(200)
  })

  test('by however little, is contained where the policy assumes nothing of steps', () => {
    let [violated, joined] = [0, 0]
    const make = (c: Random) => {
      const world = anyWorld(c)
      return stepped(world, anyStep(world, 0, 200, c), c)
    }
    for (const [world, chance] of histories(make)) {
      const seen = observed(world, chance, { smallestStepMs: 0 })
      const settled = seen.filter(({ travelled }) => !during(world, travelled))
      violated += violations(world, settled)
      joined += seen.filter((step) => (step.seen.bound?.samples ?? 1) > 1).length
    }
    expect({ violated, joined }).toEqual({ violated: 0, joined: 0 })
  })
})

/** The same by another way: whole histories, exact numbers, nothing kept between two questions. */
function bruteForce(history: readonly Exchange[], rules: ClockRules, oldestMs: number) {
  const nowMs = Math.max(...history.map(({ answeredAtMs }) => answeredAtMs)) + 1 + rules.cpuLagMs
  const ns = (us: number) => BigInt(us) * 1_000n
  const low = new Array<bigint>()
  const high = new Array<bigint>()
  for (const { sentAtMs, answeredAtMs, received, sent } of history) {
    if (sentAtMs < oldestMs) continue
    const driftNs = BigInt(rules.driftPpm) * BigInt(nowMs - sentAtMs)
    const answeredBeforeNs = BigInt(answeredAtMs + 1 + rules.cpuLagMs) * 1_000_000n
    low.push(ns(sent.earliestUs) - answeredBeforeNs - driftNs)
    high.push(ns(received.latestUs) - BigInt(sentAtMs) * 1_000_000n + driftNs)
  }
  const most = (values: readonly bigint[]) => values.reduce((a, b) => (a > b ? a : b))
  const least = (values: readonly bigint[]) => values.reduce((a, b) => (a < b ? a : b))
  return { lowMs: Number(most(low)) / 1e6, highMs: Number(least(high)) / 1e6 }
}

describe('the bound', () => {
  test('is never tighter than all exchanges of a minute allow, and no wider than its slots make it', () => {
    let compared = 0
    for (const [world, chance] of histories((c) => anyWorld(c), 150)) {
      const rules = { ...RULES, cpuLagMs: world.cpuLagMs, smallestStepMs: 10_000 }
      const history = new Array<Exchange>()
      for (const { travelled, seen } of observed(world, chance, rules)) {
        history.push(travelled.exchange)
        const { sentAtMs } = travelled.exchange
        const latestMs = Math.max(...history.map(({ answeredAtMs }) => answeredAtMs))
        const tightest = bruteForce(history, rules, latestMs - 60_000)
        const { lowMs = Number.NaN, highMs = Number.NaN } = seen.bound ?? {}
        expect(lowMs).toBeLessThanOrEqual(tightest.lowMs)
        expect(highMs).toBeGreaterThanOrEqual(tightest.highMs)
        // A slot is a second, and goes when its first moment is a minute old; the bound holds for all of the exchange.
        const widest = bruteForce(history, rules, Math.min(sentAtMs, latestMs - 59_000))
        const sinceMs = ((latestMs + 1 + world.cpuLagMs - sentAtMs) * rules.driftPpm) / 1e6
        expect(lowMs).toBeGreaterThan(widest.lowMs - sinceMs - 0.0011)
        expect(highMs).toBeLessThan(widest.highMs + sinceMs + 0.0011)
        compared += 1
      }
    }
    expect(compared).toBe(80 * 150)
  })
})
