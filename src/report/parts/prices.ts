/** How old the reference prices were by which orders were judged. */
import { Durations } from '../durations.ts'
import { figure, type Entry, type Fold, type Part, type Ports, type Section } from '../report.ts'

const AGES = 'reference-ages'

/** In milliseconds. No rule names one: they are steps to read by. */
const STEPS = [100, 1_000, 5_000, 30_000, 300_000] as const

export const prices: Part = {
  tables: [
    {
      id: AGES,
      title: 'Orders by the age of their reference price',
      about: 'New and replaced orders.',
      columns: [
        { id: 'age', title: 'age' },
        { id: 'accepted', title: 'accepted', kind: 'number' },
        { id: 'refused', title: 'refused', kind: 'number' },
      ],
    },
  ],
  begin: (ports) => new Prices(ports),
}

class Prices implements Fold {
  readonly #ports: Ports
  readonly #accepted = STEPS.map(() => 0)
  readonly #refused = STEPS.map(() => 0)
  readonly #ages = new Durations()
  #older = { accepted: 0, refused: 0 }
  #without = { accepted: 0, refused: 0 }
  #refusedForPrice = 0
  #oldestMs: number | undefined

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take({ record, within }: Entry): void {
    if (!within || record.type !== 'order_event' || record.decision === 'reported') return
    if (record.event !== 'NEWO' && record.event !== 'REME') return
    const { decision, code, referenceAgeMs } = record
    if (decision === 'refused' && code !== undefined && isAboutPrice(code))
      this.#refusedForPrice += 1
    if (referenceAgeMs === undefined) {
      this.#without[decision] += 1
      return
    }
    this.#ages.add(referenceAgeMs)
    this.#oldestMs = Math.max(this.#oldestMs ?? 0, referenceAgeMs)
    const at = STEPS.findIndex((step) => referenceAgeMs <= step)
    const counts = decision === 'accepted' ? this.#accepted : this.#refused
    if (at < 0) this.#older[decision] += 1
    else counts[at] = (counts[at] ?? 0) + 1
  }

  end(): Section {
    const { emit } = this.#ports
    for (const [at, step] of STEPS.entries())
      emit(AGES, {
        age: `at most ${step / 1_000} s`,
        accepted: this.#accepted[at],
        refused: this.#refused[at],
      })
    emit(AGES, { age: 'older', ...this.#older })
    emit(AGES, { age: 'no age recorded', ...this.#without })
    return {
      id: 'prices',
      title: 'Reference prices, and stale ones',
      about:
        'Price collars and the value of an order rest on a price that the broker tells. Its age is that of the price ' +
        'when the order was judged.',
      figures: [
        figure('with-age', 'orders with a price of known age', this.#ages.count),
        figure('without-age', 'orders without', this.#without.accepted + this.#without.refused),
        figure('median', 'median age, in milliseconds', this.#ages.quantile(0.5)),
        figure('p99', 'age of 99 in 100 at most, in milliseconds', this.#ages.quantile(0.99)),
        figure('oldest', 'oldest, in milliseconds', this.#oldestMs),
        figure('refused', 'orders refused because of the price', this.#refusedForPrice),
      ],
      charts: [],
      tables: [AGES],
    }
  }
}

/** Refusals that are for want of a price that is fresh enough. */
function isAboutPrice(code: string): boolean {
  return code.includes('stale') || code.includes('reference')
}
