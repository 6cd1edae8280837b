/** The bounds of the clocks counted once more, apart from `src/report`. */
import { rawRecords, type Figures } from './raw-records.ts'

interface Row {
  orders: number
  low: number
  high: number
  narrowest: number
  widest: number
  samples: number
  contradictions: number
}

const thousandths = (value: number) => Math.round(value * 1_000) / 1_000

/** Rows by location, and by location and hour. */
export function recountClock(folder: string): { rows: Record<string, Row>; figures: Figures } {
  const rows: Record<string, Row> = {}
  const last: Record<string, { atMs: number; low: number; high: number }> = {}
  let [without, warn, critical] = [0, 0, 0]
  for (const { record: r } of rawRecords(folder)) {
    if (r.type !== 'outcome' || r.decision !== 'forwarded') continue
    const clock = r.origin?.clock
    if (clock === undefined) {
      if (r.kind === 'order' || r.kind === 'cancel') without += 1
      continue
    }
    const { lowMs: low, highMs: high, samples } = clock
    const before = last[r.colo]
    const near = before !== undefined && Math.abs(r.atMs - before.atMs) <= 60_000
    const apart = near && (low > before.high || high < before.low)
    last[r.colo] = { atMs: r.atMs, low, high }
    const hour = `${new Date(r.atMs).toISOString().slice(0, 13)}:00Z`
    for (const name of ['all', r.colo, `${r.colo} ${hour}`]) {
      const row = (rows[name] ??= {
        orders: 0,
        low: Infinity,
        high: -Infinity,
        narrowest: Infinity,
        widest: 0,
        samples: 0,
        contradictions: 0,
      })
      row.orders += 1
      if (low < row.low) row.low = low
      if (high > row.high) row.high = high
      if (high - low < row.narrowest) row.narrowest = high - low
      if (high - low > row.widest) row.widest = high - low
      if (samples > row.samples) row.samples = samples
      if (apart) row.contradictions += 1
    }
    const middle = Math.abs((low + high) / 2)
    if (middle > 250) warn += 1
    if (middle > 1_000) critical += 1
  }
  for (const row of Object.values(rows))
    for (const name of ['low', 'high', 'narrowest', 'widest'] as const)
      row[name] = thousandths(row[name])
  const { all, ...others } = rows
  return {
    rows: others,
    figures: {
      'clocks.with-bound': all?.orders ?? 0,
      'clocks.without-bound': without,
      'clocks.widest': all?.widest ?? null,
      'clocks.narrowest': all?.narrowest ?? null,
      'clocks.samples': all?.samples ?? null,
      'clocks.warn': warn,
      'clocks.critical': critical,
      'clocks.contradictions': all?.contradictions ?? 0,
      'clocks.alarms': null,
      'clocks.resets': null,
    },
  }
}
