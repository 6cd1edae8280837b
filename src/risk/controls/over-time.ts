/** What orders come to together: open, in a day, in a second; the same again and again. */
import { asProduct, productText, readDecimal, type Product } from '../../lib/decimal.ts'
import { breach, type Breach, type Control } from '../control.ts'

const SECOND_MS = 1_000

function sum(limit: string | undefined, adds: Product, before: () => Product): Breach | undefined {
  const most = readDecimal(limit ?? '')
  // What adds nothing does not make it worse, whatever there is.
  if (limit === undefined || most === undefined || adds <= 0n) return undefined
  const after = before() + adds
  return after > asProduct(most) ? breach(limit, productText(after)) : undefined
}

function count(most: number | undefined, adds: number, before: () => number): Breach | undefined {
  if (most === undefined || adds === 0) return undefined
  const after = before() + adds
  return after > most ? breach(String(most), String(after)) : undefined
}

export const OVER_TIME: readonly Control[] = [
  {
    id: 'max_open_value',
    overridable: true,
    check: ({ addsOpen }, { maxOpenValue }, sums) =>
      sum(maxOpenValue, addsOpen, () => sums.openValue()),
  },
  {
    id: 'max_daily_value',
    overridable: true,
    check: ({ addsDaily, nowMs }, { maxDailyValue }, sums) =>
      sum(maxDailyValue, addsDaily, () => sums.dailyValue(nowMs)),
  },
  {
    id: 'max_daily_orders',
    overridable: true,
    check: ({ addsOrders, nowMs }, { maxDailyOrders }, sums) =>
      count(maxDailyOrders, addsOrders, () => sums.dailyOrders(nowMs)),
  },
  {
    id: 'max_messages',
    overridable: false,
    check({ nowMs }, { messages }, sums) {
      for (const { most, windowSeconds } of messages ?? []) {
        const found = count(most, 1, () => sums.messages(nowMs - windowSeconds * SECOND_MS))
        if (found !== undefined) return found
      }
      return undefined
    },
  },
  {
    id: 'duplicate_order',
    overridable: true,
    check: ({ order, nowMs, addsOrders }, { lookAlikes }, sums) =>
      count(lookAlikes?.most, addsOrders, () =>
        sums.lookAlikes(order, nowMs - (lookAlikes?.windowSeconds ?? 0) * SECOND_MS),
      ),
  },
  {
    id: 'repeated_execution',
    overridable: false,
    check: ({ order, nowMs, addsOrders }, { repeats }, sums) =>
      count(repeats?.most, addsOrders, () =>
        sums.repeats(order, nowMs - (repeats?.windowSeconds ?? 0) * SECOND_MS),
      ),
  },
]
