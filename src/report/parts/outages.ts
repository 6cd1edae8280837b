/** When something did not work: what failed, from when to when, and how many calls it cost. */
import { figure, type Entry, type Fold, type Part, type Ports, type Section } from '../report.ts'
import { Spans } from '../spans.ts'
import { Tally } from '../tally.ts'
import { DAY_MS, instant, MINUTE_MS, stepOf } from '../text.ts'

const OUTAGES = 'outages'

/** Refusals that say that a part failed, and which: everybody else’s refusals are decisions. */
export const FAILURES: ReadonlyMap<string, string> = new Map([
  ['guard_unavailable', 'the key’s object'],
  ['risk_unavailable', 'the account’s object'],
  ['control_stale', 'the control plane'],
  ['credential_unavailable', 'the credential store'],
  ['audit_unavailable', 'the audit log'],
  ['internal', 'the gateway itself'],
  ['origin_unreachable', 'the origin'],
  ['origin_timeout', 'the origin'],
])

/** Failures that are no further apart are one outage. */
export const APART_MS = MINUTE_MS

export const outages: Part = {
  tables: [
    {
      id: OUTAGES,
      title: 'Outages',
      about: 'Failures of one kind that lie no more than a minute apart are one.',
      columns: [
        { id: 'code', title: 'code', kind: 'code' },
        { id: 'part', title: 'what failed' },
        { id: 'from', title: 'first failure', kind: 'time' },
        { id: 'to', title: 'last failure', kind: 'time' },
        { id: 'seconds', title: 'seconds', kind: 'number' },
        { id: 'calls', title: 'calls failed', kind: 'number' },
      ],
    },
  ],
  begin: (ports) => new Outages(ports),
}

class Outages implements Fold {
  readonly #ports: Ports
  readonly #spans = new Map<string, Spans>()
  readonly #codes = new Tally()
  readonly #steps = new Map<number, number>()
  #calls = 0

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take({ record, within }: Entry): void {
    if (!within || record.type !== 'outcome') return
    this.#calls += 1
    const { code, atMs } = record
    if (code === undefined || !FAILURES.has(code)) return
    this.#codes.add(code)
    const spans = this.#spans.get(code) ?? new Spans(APART_MS)
    this.#spans.set(code, spans)
    spans.add(atMs)
    const step = stepOf(atMs, DAY_MS)
    this.#steps.set(step, (this.#steps.get(step) ?? 0) + 1)
  }

  end(): Section {
    let longestMs = 0
    let count = 0
    for (const [code] of this.#codes.byName)
      for (const { firstMs, lastMs, count: calls } of this.#spans.get(code)?.all ?? []) {
        count += 1
        longestMs = Math.max(longestMs, lastMs - firstMs)
        const [from, to] = [instant(firstMs), instant(lastMs)]
        const seconds = (lastMs - firstMs) / 1_000
        this.#ports.emit(OUTAGES, { code, part: FAILURES.get(code), from, to, seconds, calls })
      }
    const points = [...this.#steps].map(([atMs, value]) => ({ atMs, value }))
    return {
      id: 'outages',
      title: 'Outages',
      about:
        'Calls that were refused or lost because a part failed, the gateway’s own or the broker’s. A time in which ' +
        'nobody called, or in which nothing could be recorded, does not show here: see the gaps.',
      figures: [
        figure('calls', 'calls recorded', this.#calls),
        figure('failed', 'calls that failed', this.#codes.sum),
        figure('outages', 'outages', count),
        figure('longest', 'longest, in seconds', longestMs / 1_000),
      ],
      charts: [
        {
          kind: 'steps',
          id: 'failures-over-time',
          title: 'Failed calls a day',
          unit: 'calls',
          stepMs: DAY_MS,
          points: points.toSorted((a, b) => a.atMs - b.atMs),
        },
      ],
      tables: [OUTAGES],
    }
  }
}
