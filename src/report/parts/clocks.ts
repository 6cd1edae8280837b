/**
 * The measured bounds between the gateway's clock and the origin's, by location and hour. A bound is evidence of how far
 * the two can have differed; it says nothing of how far the origin's clock is from UTC.
 */
import type { OutcomeRecord } from '../../audit/record.ts'
import {
  figure,
  UNKNOWN,
  type Chart,
  type Entry,
  type Fold,
  type Part,
  type Ports,
  type Section,
} from '../report.ts'
import { byText, Tally } from '../tally.ts'
import { hour, HOUR_MS, MINUTE_MS, rounded, stepOf } from '../text.ts'

const HOURS = 'clock-hours'
const PLACES = 'clock-locations'
const FURTHEST = 'clock-divergence'

/** In milliseconds: steps to read by, among them what FINRA 4590 (50) and Delegated Regulation 2025/1155 (1) name. */
const STEPS = [1, 10, 25, 50, 100, 250, 1_000] as const
/** In the middle of a bound, in milliseconds: beyond the first somebody should look, beyond the second at once. */
const WARN_MS = 250
const CRITICAL_MS = 1_000
/** How long before a bound of the same location still says something of it. */
const NEIGHBOUR_MS = MINUTE_MS
/** Locations that have a chart of their own. */
const CHARTED = 4

const SHAPE = [
  { id: 'orders', title: 'calls with a bound', kind: 'number' },
  { id: 'low', title: 'lowest, ms', kind: 'number' },
  { id: 'high', title: 'highest, ms', kind: 'number' },
  { id: 'narrowest', title: 'narrowest, ms', kind: 'number' },
  { id: 'widest', title: 'widest, ms', kind: 'number' },
  { id: 'samples', title: 'most samples', kind: 'number' },
  { id: 'contradictions', title: 'contradictions', kind: 'number' },
] as const

export const clocks: Part = {
  tables: [
    {
      id: PLACES,
      title: 'Bounds by location',
      about: 'Origin less gateway. Lowest and highest: the outermost of all bounds.',
      columns: [{ id: 'location', title: 'location', kind: 'code' }, ...SHAPE],
    },
    {
      id: FURTHEST,
      title: 'How far the clocks can have differed',
      about: 'For each call the further end of its bound.',
      columns: [
        { id: 'divergence', title: 'the clocks differ by at most' },
        { id: 'orders', title: 'calls', kind: 'number' },
      ],
    },
    {
      id: HOURS,
      title: 'Bounds by location and hour',
      about: 'Hours of UTC.',
      columns: [
        { id: 'hour', title: 'hour', kind: 'time' },
        { id: 'location', title: 'location', kind: 'code' },
        ...SHAPE,
      ],
    },
  ],
  begin: (ports) => new Clocks(ports),
}

type Bound = NonNullable<NonNullable<OutcomeRecord['origin']>['clock']>

/** What the bounds of some place and time were, taken together. */
class Envelope {
  orders = 0
  low = Infinity
  high = -Infinity
  narrowest = Infinity
  widest = 0
  samples = 0
  contradictions = 0

  take({ lowMs, highMs, samples }: Bound, contradicts: boolean): void {
    this.orders += 1
    this.low = Math.min(this.low, lowMs)
    this.high = Math.max(this.high, highMs)
    this.narrowest = Math.min(this.narrowest, highMs - lowMs)
    this.widest = Math.max(this.widest, highMs - lowMs)
    this.samples = Math.max(this.samples, samples)
    if (contradicts) this.contradictions += 1
  }

  get row() {
    const { orders, samples, contradictions } = this
    const low = rounded(this.low)
    const high = rounded(this.high)
    const narrowest = rounded(this.narrowest)
    return { orders, low, high, narrowest, widest: rounded(this.widest), samples, contradictions }
  }
}

interface Place {
  readonly all: Envelope
  readonly hours: Map<number, Envelope>
  last: { readonly atMs: number; readonly bound: Bound } | undefined
}

class Clocks implements Fold {
  readonly #ports: Ports
  readonly #places = new Map<string, Place>()
  readonly #furthest = new Tally()
  readonly #total = new Envelope()
  #without = 0
  #warn = 0
  #critical = 0
  readonly #told = new Tally()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take({ record, within }: Entry): void {
    if (!within) return
    if (record.type === 'change' && record.what.startsWith('clock.')) this.#told.add(record.what)
    if (record.type !== 'outcome' || record.decision !== 'forwarded') return
    const bound = record.origin?.clock
    if (bound !== undefined) this.#bound(record, bound)
    else if (record.kind === 'order' || record.kind === 'cancel') this.#without += 1
  }

  #bound({ colo = UNKNOWN, atMs }: OutcomeRecord, bound: Bound): void {
    const place = this.#places.get(colo) ?? {
      all: new Envelope(),
      hours: new Map(),
      last: undefined,
    }
    this.#places.set(colo, place)
    const contradicts = isContradicted(place.last, atMs, bound)
    place.last = { atMs, bound }
    const step = stepOf(atMs, HOUR_MS)
    const ofHour = place.hours.get(step) ?? new Envelope()
    place.hours.set(step, ofHour)
    for (const envelope of [this.#total, place.all, ofHour]) envelope.take(bound, contradicts)
    this.#furthest.add(divergence(bound))
    const middle = Math.abs(bound.lowMs + bound.highMs) / 2
    if (middle > WARN_MS) this.#warn += 1
    if (middle > CRITICAL_MS) this.#critical += 1
  }

  end(): Section {
    const { emit } = this.#ports
    const places = [...this.#places].toSorted(
      ([a, one], [b, other]) => other.all.orders - one.all.orders || byText(a, b),
    )
    for (const [location, { all }] of places) emit(PLACES, { location, ...all.row })
    for (const name of [...STEPS.map(stepName), BEYOND])
      emit(FURTHEST, { divergence: name, orders: this.#furthest.of(name) })
    for (const [location, { hours }] of places)
      for (const [atMs, envelope] of ascending(hours))
        emit(HOURS, { hour: hour(atMs), location, ...envelope.row })
    return {
      id: 'clocks',
      title: 'Clock bounds',
      about:
        'Each answer of the origin to an order brackets the difference of the two clocks, without assuming that the way ' +
        'there takes as long as the way back. The business clock is the origin’s; its own traceability to UTC is for ' +
        'whoever runs it to document.',
      figures: this.#figures(),
      charts: places.slice(0, CHARTED).map(([location, { hours }]) => chartOf(location, hours)),
      tables: [PLACES, FURTHEST, HOURS],
    }
  }

  #figures() {
    const { orders, narrowest, widest, samples, contradictions } = this.#total
    const known = orders > 0
    return [
      figure('with-bound', 'calls with a bound', orders),
      figure('without-bound', 'orders and cancels forwarded without one', this.#without),
      figure('widest', 'widest bound, in milliseconds', known ? rounded(widest) : null),
      figure('narrowest', 'narrowest bound, in milliseconds', known ? rounded(narrowest) : null),
      figure('samples', 'most samples in one bound', known ? samples : null),
      figure('warn', `middle of the bound beyond ${WARN_MS} ms`, this.#warn),
      figure('critical', `middle of the bound beyond ${CRITICAL_MS} ms`, this.#critical),
      figure('contradictions', 'bounds that exclude the one before, same location', contradictions),
      figure('alarms', 'alarms raised', this.#told.of('clock.alarm') || null),
      figure('resets', 'resets of a window of bounds', this.#told.of('clock.reset') || null),
    ]
  }
}

/** Two bounds of one location within a minute that exclude each other: two hosts that differ, or a clock that was set. */
function isContradicted(last: Place['last'], atMs: number, { lowMs, highMs }: Bound): boolean {
  if (last === undefined || Math.abs(atMs - last.atMs) > NEIGHBOUR_MS) return false
  return lowMs > last.bound.highMs || highMs < last.bound.lowMs
}

const BEYOND = 'more is not excluded'

function stepName(step: number): string {
  return `${step} ms`
}

function divergence({ lowMs, highMs }: Bound): string {
  const most = Math.max(Math.abs(lowMs), Math.abs(highMs))
  const step = STEPS.find((one) => most <= one)
  return step === undefined ? BEYOND : stepName(step)
}

function ascending<T>(map: ReadonlyMap<number, T>): readonly (readonly [number, T])[] {
  return [...map].toSorted(([a], [b]) => a - b)
}

function chartOf(location: string, hours: ReadonlyMap<number, Envelope>): Chart {
  return {
    kind: 'ranges',
    id: `clock-${location}`,
    title: `Origin less gateway at ${location}, outermost of each hour`,
    unit: 'ms',
    stepMs: HOUR_MS,
    points: ascending(hours).map(([atMs, { low, high }]) => ({ atMs, low, high })),
  }
}
