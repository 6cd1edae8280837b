/** Numbers that an account's object says are taken, told once, again, late and for something else. */
import { describe, expect, test } from 'vitest'
import { arriveReported } from '../../../src/audit/arrivals.ts'
import { Progress } from '../../../src/audit/progress.ts'

const NOW = 1_780_000_000_000

/** A shard's chains, which survive its object as text. */
class Shard {
  #chains = new Map<string, Progress>()

  chain(name: string): Progress {
    const known = this.#chains.get(name) ?? new Progress()
    this.#chains.set(name, known)
    return known
  }

  restart(): void {
    const stored = [...this.#chains].map(
      ([name, one]) => [name, JSON.stringify(one.state())] as const,
    )
    this.#chains = new Map(stored.map(([name, text]) => [name, Progress.read(JSON.parse(text))]))
  }

  /** What is recorded of orders with these numbers, as `<type> <number>`. */
  report(numbers: readonly number[], state: string): readonly string[] {
    const records = numbers.map((number) => event(number, state))
    const arrival = arriveReported(JSON.stringify(records), this, NOW)
    return arrival.records.map(({ type, text }) => `${type} ${/"number":(\d+)/.exec(text)?.[1]}`)
  }

  get standing() {
    const { highest, forks } = this.chain('change:orders:acc_1')
    return { highest, forks }
  }
}

function event(number: number, state: string) {
  const own = {
    number,
    event: 'NEWO',
    fields: {},
    decision: 'accepted',
    requestId: `${state}-${number}`,
  }
  return { v: 1, type: 'order_event', uid: `o${number}`, atMs: NOW, account: 'acc_1', ...own }
}

const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)

describe('a number that is told twice', () => {
  test('is one record where both say the same, however it is divided', () => {
    const shard = new Shard()
    shard.report([1, 2, 3], 'a')
    shard.restart()
    expect(shard.report([2, 3, 4], 'a')).toEqual(['order_event 4'])
    expect(shard.report([1], 'a')).toEqual([])
    expect(shard.standing).toEqual({ highest: 4, forks: 0 })
  })

  test('is a fork where it says another thing, once, and every thing that it says', () => {
    const shard = new Shard()
    shard.report([1, 2, 3], 'a')
    expect(shard.report([2, 3, 4], 'b')).toEqual(['fork 2', 'fork 3', 'order_event 4'])
    shard.restart()
    expect(shard.report([2, 3, 4], 'b')).toEqual([])
    expect(shard.report([3], 'c')).toEqual(['fork 3'])
    expect(shard.standing).toEqual({ highest: 4, forks: 3 })
  })

  test('of long ago is a fork, unless the report is one that came before', () => {
    const shard = new Shard()
    for (let first = 1; first <= 2_000; first += 100) shard.report(upTo(first + 99, first), 'a')
    expect(shard.report(upTo(2_000), 'a')).toEqual([])
    expect(shard.report([7, 8], 'b')).toEqual(['fork 7', 'fork 8'])
    expect(shard.report([7, 8], 'b')).toEqual([])
  })

  test('is dropped as before where it was not watched yet what was said', () => {
    const shard = new Shard()
    shard.chain('change:orders:acc_1').note(1, 5, NOW)
    expect(shard.report([4, 5], 'b')).toEqual([])
  })
})
