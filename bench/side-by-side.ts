/** The first table: every contender under the same load, in ratios to the bare worker. */
import type { Field } from './field.ts'
import type { Measured } from './rounds.ts'
import { CONNECTIONS, type Row } from './rows.ts'
import type { Slice } from './slice.ts'
import { median, spreads } from './statistics.ts'
import { digits, interval, percent, type Ratio, type Section, type Table } from './table.ts'

/** From here on client and origin are the limit, not who stands between them. */
const CLIENT_BOUND = 0.85

export function sideBySide(
  rows: readonly Row[],
  field: Field,
  measured: ReadonlyMap<string, Measured>,
  many: number,
): Section {
  const found = rows.flatMap((row) => {
    const one = measured.get(row.name)
    return one === undefined ? [] : [{ row, one }]
  })
  const ratios = ratiosOf(found.map(({ one }) => one))
  const titles = new Map(field.contenders.map(({ id, title }) => [id, title]))
  const named = (name: string) => ratios.find((ratio) => ratio.name === name)
  const lines = found.map(({ row, one }) => {
    const keys = row.key === 'many' ? digits(many) : '1'
    const what = [titles.get(row.contender) ?? row.contender, row.call, row.carries, keys]
    const both = [named(`${row.name}: throughput`), named(`${row.name}: CPU`)]
    const cells = both.flatMap((ratio) => (ratio ? [digits(ratio.median), interval(ratio)] : []))
    return { what, cells, slices: one.slices }
  })
  const references = [...measured.values()].filter(({ name }) => name.startsWith('bare '))
  const bare = references.map(({ name, slices }) => ({
    what: ['bare pass-through worker', name.split(' ')[1] ?? '', 'not looked at', '1'],
    cells: ['1', '', '1', ''],
    slices,
  }))
  const all = [...bare, ...lines]
  const rounds = Math.max(...found.map(({ one }) => one.slices.length))
  return {
    title: 'Side by side',
    parts: [
      explained(rounds),
      ratioTable(all),
      absoluteTable(all),
      'Requests per second and times are medians over the rounds, of this machine in this hour; the ratios are what ' +
        `travels. Where client and origin used more than ${percent(CLIENT_BOUND)} of their core, the row is ` +
        'client-bound: read its CPU, not its throughput.',
    ],
    ratios,
  }
}

function explained(rounds: number): string {
  return (
    `${CONNECTIONS} connections, one request under way on each. ${rounds} rounds; in each round every row has a slice ` +
    'between two slices of the bare worker with the same call, and the ratio is to their geometric mean. "÷ bare" is ' +
    'the median over the rounds. The spread is where the same median of another run is expected to lie: 99.9 % of ' +
    'them by how the rounds differ, and 5 % for what differs between runs. CPU is the time that all threads of the ' +
    "contender's own processes were on a core, kernel time included. Before each slice over many keys, each of them is " +
    'used once, unmeasured, so that its object is awake.'
  )
}

/** Two of each load, named after it: the noise of throughputs is one, the noise of CPU another. */
export function ratiosOf(measured: readonly Measured[]): Ratio[] {
  const throughput = spreads(measured.map((one) => one.throughput))
  const cpu = spreads(measured.map((one) => one.cpu))
  return [
    ...throughput.map((spread, i) => ({ name: `${measured[i]?.name}: throughput`, ...spread })),
    ...cpu.map((spread, i) => ({ name: `${measured[i]?.name}: CPU`, ...spread })),
  ]
}

interface Line {
  readonly what: readonly string[]
  readonly cells: readonly string[]
  readonly slices: readonly Slice[]
}

const WHAT = ['contender', 'call', 'carries', 'keys']

function ratioTable(lines: readonly Line[]): Table {
  return {
    head: [...WHAT, 'throughput ÷ bare', 'spread', 'CPU ÷ bare', 'spread', 'CPU µs'],
    rows: lines.map(({ what, cells, slices }) => [
      ...what,
      ...cells,
      digits(middle(slices, ({ cpuMicroseconds }) => cpuMicroseconds)),
    ]),
  }
}

function absoluteTable(lines: readonly Line[]): Table {
  return {
    head: [...WHAT, 'requests/s', 'p50 ms', 'p90 ms', 'p99 ms', 'client + origin', 'limit'],
    rows: lines.map(({ what, slices }) => {
      const share = middle(slices, ({ clientShare }) => clientShare)
      return [
        ...what,
        digits(middle(slices, ({ perSecond }) => perSecond)),
        digits(middle(slices, ({ p50Ms }) => p50Ms)),
        digits(middle(slices, ({ p90Ms }) => p90Ms)),
        digits(middle(slices, ({ p99Ms }) => p99Ms)),
        percent(share),
        share > CLIENT_BOUND ? 'client-bound' : 'contender',
      ]
    }),
  }
}

/** The median over all slices. */
export function middle(slices: readonly Slice[], of: (slice: Slice) => number): number {
  return median(slices.map(of))
}
