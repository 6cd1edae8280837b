/**
 * Two clocks, a path between them and orders that travel it: what the stamps say, and what the offset really is. Real time
 * is in microseconds since the beginning; so are the clocks' readings, less the moment at which all begins.
 */
import type { Exchange } from '../../src/clock/bracket.ts'
import { readStamp, type ClockUnit } from '../../src/clock/stamp.ts'
import type { Random } from './random.ts'

/** 2027-01-15T08:00:00Z. */
export const BEGINNING_MS = 1_800_000_000_000
const BEGINNING_NS = BigInt(BEGINNING_MS) * 1_000_000n

export interface Step {
  readonly atUs: number
  readonly byUs: number
}

export interface Clock {
  readonly offsetUs: number
  /** It runs fast by this, and after `turnUs` slow by as much. */
  readonly driftPpm: number
  readonly turnUs: number
  readonly steps: readonly Step[]
}

/** What a clock shows at a real time. */
export function reads({ offsetUs, driftPpm, turnUs, steps }: Clock, atUs: number): number {
  const gained = atUs < turnUs ? atUs : 2 * turnUs - atUs
  const stepped = steps.filter((step) => step.atUs <= atUs).map(({ byUs }) => byUs)
  return atUs + offsetUs + (driftPpm / 1e6) * gained + stepped.reduce((a, b) => a + b, 0)
}

/** How long a way takes at least, by how much longer usually, and how often much longer, in milliseconds. */
export interface Path {
  readonly thereMs: number
  readonly backMs: number
  readonly jitterMs: number
  readonly slowMs: number
}

export interface Stamping {
  readonly unit: ClockUnit
  /** Digits after the point. */
  readonly digits: number
  readonly rounding: 'floor' | 'nearest' | 'ceil'
}

export interface World {
  readonly gateway: Clock
  readonly origin: Clock
  readonly path: Path
  readonly stamping: Stamping
  /** How far the gateway's clock lags at most. */
  readonly cpuLagMs: number
  readonly orders: number
  readonly gapMs: number
}

export interface Travelled {
  readonly exchange: Exchange
  /** When it left, was received there, was sent there, and was back. */
  readonly times: readonly [leftUs: number, there: number, sentBack: number, back: number]
}

/** Orders in the order in which their answers come. */
export function travel(world: World, chance: Random): readonly Travelled[] {
  let leftUs = 0
  return Array.from({ length: world.orders }, () => {
    leftUs += chance.below(world.gapMs * 1_000)
    return one(world, leftUs, chance)
  }).toSorted((a, b) => a.times[3] - b.times[3])
}

function one(world: World, leftUs: number, chance: Random): Travelled {
  const { path, gateway, origin, stamping, cpuLagMs } = world
  const way = (leastMs: number) => {
    const slow = path.slowMs > 0 && chance.chance(0.1) ? chance.below(path.slowMs * 1_000) : 0
    return leastMs * 1_000 + chance.below(path.jitterMs * 1_000 + 1) + slow
  }
  const thereUs = leftUs + way(path.thereMs)
  const sentUs = thereUs + chance.below(5_000)
  const backUs = sentUs + way(path.backMs)
  const ours = (atUs: number) => {
    const shown = reads(gateway, atUs) - chance.below(cpuLagMs * 1_000 + 1)
    return BEGINNING_MS + Math.floor(shown / 1_000)
  }
  const theirs = (atUs: number) => {
    const reading = readStamp(written(reads(origin, atUs), stamping), stamping.unit)
    if (reading === undefined) throw new Error('A stamp of the simulation cannot be read')
    return reading
  }
  return {
    exchange: {
      sentAtMs: ours(leftUs),
      answeredAtMs: ours(backUs),
      received: theirs(thereUs),
      sent: theirs(sentUs),
    },
    times: [leftUs, thereUs, sentUs, backUs],
  }
}

/** Nanoseconds in a unit, as a power of ten. */
const POWERS = { s: 9, ms: 6, us: 3, ns: 0 } as const satisfies Record<ClockUnit, number>

/** The header that an origin writes whose clock shows this. */
function written(atUs: number, { unit, digits, rounding }: Stamping): string {
  const power = POWERS[unit]
  const digitNs = 10 ** (power - digits)
  const round = { floor: Math.floor, nearest: Math.round, ceil: Math.ceil }[rounding]
  const ns = BEGINNING_NS + BigInt(round((atUs * 1_000) / digitNs)) * BigInt(digitNs)
  const scale = 10n ** BigInt(power)
  const fraction = String(ns % scale)
    .padStart(power, '0')
    .slice(0, digits)
  return `${ns / scale}${digits === 0 ? '' : `.${fraction}`}`
}

/** By how much the origin's clock is really ahead, in milliseconds. */
export function offsetMs({ origin, gateway }: World, atUs: number): number {
  return (reads(origin, atUs) - reads(gateway, atUs)) / 1_000
}

export const QUICK: Path = { thereMs: 0.5, backMs: 0.5, jitterMs: 0.2, slowMs: 0 }
const PATHS: readonly Path[] = [
  QUICK,
  { thereMs: 4, backMs: 4, jitterMs: 3, slowMs: 20 },
  { thereMs: 14, backMs: 6, jitterMs: 2, slowMs: 60 },
  { thereMs: 1, backMs: 40, jitterMs: 5, slowMs: 10 },
  { thereMs: 45, backMs: 45, jitterMs: 20, slowMs: 300 },
]

export const EXACT: Stamping = { unit: 'ns', digits: 0, rounding: 'floor' }
const STAMPINGS: readonly Stamping[] = [
  EXACT,
  { unit: 'us', digits: 0, rounding: 'nearest' },
  { unit: 'us', digits: 2, rounding: 'ceil' },
  { unit: 'ms', digits: 3, rounding: 'nearest' },
  { unit: 'ms', digits: 0, rounding: 'ceil' },
  { unit: 's', digits: 6, rounding: 'floor' },
  { unit: 's', digits: 2, rounding: 'nearest' },
]

function anyClock(chance: Random, drift: number): Clock {
  return {
    offsetUs: chance.below(2_000_000) - 1_000_000,
    driftPpm: chance.below(2 * drift + 1) - drift,
    turnUs: chance.below(120_000_000),
    steps: [],
  }
}

export function anyWorld(chance: Random, drift = 240): World {
  return {
    gateway: anyClock(chance, drift),
    origin: anyClock(chance, drift),
    path: chance.pick(PATHS),
    stamping: chance.pick(STAMPINGS),
    cpuLagMs: chance.pick([0, 3, 10]),
    orders: 80,
    gapMs: chance.pick([20, 500, 3_000]),
  }
}
