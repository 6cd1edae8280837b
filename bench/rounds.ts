/**
 * Rounds of short slices: in each round every load has one, between two of its reference. The machine is faster in one
 * minute than in the next, so what counts is the ratio to the reference right before and after.
 */
import { measure, type Load, type Slice } from './slice.ts'
import { geometricMean } from './statistics.ts'

/** Loads that are compared with one and the same. */
export interface Group {
  readonly reference: Load
  readonly loads: readonly Load[]
}

export interface Pace {
  /** How long a slice lasts, about. */
  readonly sliceSeconds: number
  /** Rounds are begun for so long, and at least some. */
  readonly seconds: number
  readonly leastRounds: number
}

/** What was found of one load, by rounds. */
export interface Measured {
  readonly name: string
  readonly slices: readonly Slice[]
  /** Requests per second, in those of the reference. Empty for the reference itself. */
  readonly throughput: readonly number[]
  /** CPU per request, in that of the reference. */
  readonly cpu: readonly number[]
}

/** Signed requests are stale after ten seconds, so no slice may last longer than this, whatever was asked for. */
const LONGEST_SECONDS = 5
/** Requests of a load's first slice, which finds out how fast it is. */
const FIRST = 300
/** A reference has a slice before and one after each load, so each may be shorter. */
const REFERENCE_SHARE = 0.5

/** Runs rounds until the time is over. The first one is not counted: it says how many requests make a slice. */
export async function runRounds(
  groups: readonly Group[],
  pace: Pace,
  originPid: number,
): Promise<ReadonlyMap<string, Measured>> {
  const counts = await calibrate(groups, pace, originPid)
  const found = new Map<string, Found>()
  const startMs = performance.now()
  for (let round = 0; !isOver(round, startMs, pace); round += 1) {
    for (const { reference, loads } of rotated(groups, round)) {
      const slice = (load: Load) => measure(load, counts.get(load) ?? FIRST, originPid)
      let before = await slice(reference)
      foundOf(found, reference).slices.push(before)
      for (const load of rotated(loads, round)) {
        const own = await slice(load)
        const after = await slice(reference)
        foundOf(found, reference).slices.push(after)
        note(foundOf(found, load), own, before, after)
        before = after
      }
    }
    progress('.')
  }
  progress('\n')
  return found
}

interface Found extends Measured {
  readonly slices: Slice[]
  readonly throughput: number[]
  readonly cpu: number[]
}

function foundOf(found: Map<string, Found>, { name }: Load): Found {
  const known = found.get(name) ?? { name, slices: [], throughput: [], cpu: [] }
  found.set(name, known)
  return known
}

function note(found: Found, own: Slice, before: Slice, after: Slice): void {
  const both = (of: (slice: Slice) => number) => geometricMean([of(before), of(after)])
  found.slices.push(own)
  found.throughput.push(own.perSecond / both(({ perSecond }) => perSecond))
  found.cpu.push(own.cpuMicroseconds / both(({ cpuMicroseconds }) => cpuMicroseconds))
}

function isOver(round: number, startMs: number, { leastRounds, seconds }: Pace): boolean {
  const elapsedSeconds = (performance.now() - startMs) / 1_000
  // The last round ends about when the time does.
  return round >= leastRounds && elapsedSeconds * (1 + 0.5 / round) > seconds
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const first = by % Math.max(list.length, 1)
  return [...list.slice(first), ...list.slice(0, first)]
}

/** How many requests make a slice of each load. */
async function calibrate(
  groups: readonly Group[],
  { sliceSeconds }: Pace,
  originPid: number,
): Promise<ReadonlyMap<Load, number>> {
  const counts = new Map<Load, number>()
  const set = async (load: Load, seconds: number) => {
    const least = 2 * load.connections
    // Twice: code that has just been started becomes faster.
    let count = Math.max(least, Math.min(FIRST, 50 * load.connections))
    for (const lasting of [seconds / 2, Math.min(seconds, LONGEST_SECONDS)]) {
      const { perSecond } = await measure(load, count, originPid)
      count = Math.max(least, Math.round(perSecond * lasting))
    }
    counts.set(load, count)
  }
  for (const { reference, loads } of groups) {
    await set(reference, sliceSeconds * REFERENCE_SHARE)
    for (const load of loads) await set(load, sliceSeconds)
  }
  return counts
}

/** On the terminal, beside what is printed. */
export function progress(text: string): void {
  process.stderr.write(text)
}
