/**
 * What a request costs: what the demo's meter counts under a short, steady load, at list prices, beside what others ask
 * in public. `node bench/cost.ts` prints it; with `--quick` in less time, and coarser.
 */
import { KEPT_MS } from '../src/guard/lease.ts'
import { Demo, order } from '../test/support/node/demo.ts'
import { counted, measured, paced, priceOfCost, type Cost } from '../test/support/node/meter.ts'
import { dollars, offersBeside } from './offers.ts'
import { ASSUMED, type Times } from './prices.ts'
import { asText, type Section, type Table } from './table.ts'

const READS_PER_SECOND = 50
const ORDERS_PER_SECOND = 1
const ORDER_SHARE = 0.1
/** What may be closer to the truth than what is assumed. */
const FAST: Times = { ...ASSUMED, cpuMsPerRequest: 1 }
/** An order's own row is deleted, which is billed as a write, but only when nobody counts here any more. */
const ROWS_DELETED_LATER = 1

interface Load {
  readonly warmSeconds: number
  readonly seconds: number
}

/** What was counted of one request, and what it will still write. */
interface Counted extends Cost {
  readonly rowsLater: number
}

interface Dollars {
  readonly read: number
  readonly order: number
  /** Nine reads and an order, divided by ten. */
  readonly mix: number
}

interface CostTable {
  readonly load: Load
  readonly read: Counted
  readonly order: Counted
  /** Per million requests. */
  readonly assumed: Dollars
  readonly fast: Dollars
}

/** For the report. It has no ratios: what is counted does not depend on the machine. */
export async function costSection(quick: boolean): Promise<Section> {
  return { title: 'Cost at list prices', parts: rendered(await costTable(quick)), ratios: [] }
}

/**
 * Both loads at once, each on a gateway of its own: rows and alarms are counted by the class of the object, which does
 * not tell whose they are.
 */
async function costTable(quick: boolean): Promise<CostTable> {
  const load = quick ? { warmSeconds: 4, seconds: 5 } : { warmSeconds: 6, seconds: 12 }
  // Both have ended, and stopped what they started, before either's failure is told.
  const [reads, orders] = await Promise.allSettled([
    counting(READS_PER_SECOND, load, read),
    counting(ORDERS_PER_SECOND, load, place),
  ])
  const costs = {
    read: { ...valueOf(reads), rowsLater: 0 },
    order: { ...valueOf(orders), rowsLater: ROWS_DELETED_LATER },
  }
  return { load, ...costs, assumed: priced(costs, ASSUMED), fast: priced(costs, FAST) }
}

/** On free ports, in a folder that goes with it. */
async function counting(
  perSecond: number,
  { warmSeconds, seconds }: Load,
  ask: (demo: Demo, id: string) => Promise<void>,
): Promise<Cost> {
  const demo = new Demo()
  try {
    await demo.start()
    await seeded(demo)
    await paced(perSecond, warmSeconds, (i) => ask(demo, `warm-${i}`))
    return await measured(demo, () => paced(perSecond, seconds, (i) => ask(demo, `each-${i}`)))
  } finally {
    await demo.stop()
  }
}

/** Seeding sets an alarm for each key: what these do is not what requests cost. They come within seconds. */
async function seeded(demo: Demo): Promise<void> {
  for (let reading = 0; reading < 10; reading += 1) {
    const { alarms } = await counted(demo)
    if (Object.values(alarms).every(({ set, run }) => run >= set)) return
  }
}

async function read(demo: Demo): Promise<void> {
  const { status } = await demo.call(demo.key('hot'), { method: 'GET', target: '/v1/account' })
  if (status !== 200) throw new Error(`A read was answered ${status}`)
}

/** Over a socket of its own: a kept one may be closed by the other side just now, and an order is not sent twice. */
async function place(demo: Demo, id: string): Promise<void> {
  const { status } = await demo.call(demo.key('trade'), order(id), {}, { agent: false })
  if (status !== 201) throw new Error(`An order was answered ${status}`)
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'fulfilled') return result.value
  throw new Error('Cannot count what a request costs', { cause: result.reason })
}

function priced(costs: Pick<CostTable, 'read' | 'order'>, times: Times): Dollars {
  const price = ({ rowsLater, ...cost }: Counted) =>
    priceOfCost({ ...cost, rowsWritten: cost.rowsWritten + rowsLater }, times)
  const [reads, orders] = [price(costs.read), price(costs.order)]
  return { read: reads, order: orders, mix: (1 - ORDER_SHARE) * reads + ORDER_SHARE * orders }
}

function rendered(costs: CostTable): Section['parts'] {
  const { load, assumed, fast } = costs
  return [
    `Counted at the bindings in ${load.seconds} s of steady load, after ${load.warmSeconds} s of the same: ` +
      `${READS_PER_SECOND} reads a second of one key, ${ORDERS_PER_SECOND} order a second of another, each on a gateway of its own.`,
    countedTable(costs),
    priceTable(costs),
    `Cloudflare’s list prices beyond what a plan includes. An object’s time is assumed, ${ASSUMED.objectMsPerCall} ms a call, and so is the CPU. ` +
      `What an order’s row costs to delete, ${KEPT_MS / 1_000} s later, was not counted in so short a time and is added. ` +
      'Reads write at most one row a second and key, so each read of a key that is seldom used writes one and costs a dollar more per million; ' +
      'a lone order costs more, too (docs/evidence/cost.txt). ' +
      'Not in it, on either side: storage, and rows read; on AWS’s, data transfer.',
    ...offersBeside(`${dollars(assumed.mix)} (at 1 ms of CPU ${dollars(fast.mix)})`),
  ]
}

function countedTable({ read: reads, order: orders }: CostTable): Table {
  const rows: readonly [string, (cost: Counted) => string][] = [
    ['requests', ({ requests }) => String(requests)],
    ['calls of objects before the origin', ({ callsBefore }) => each(callsBefore)],
    ['calls of objects after it', ({ callsAfter }) => each(callsAfter)],
    ['alarms run', ({ alarmsRun }) => each(alarmsRun)],
    ['rows written', ({ rowsWritten }) => each(rowsWritten)],
    ['rows deleted later', ({ rowsLater }) => each(rowsLater)],
    ['KV reads', ({ kvReads }) => each(kvReads)],
    ['console lines', ({ lines }) => each(lines)],
  ]
  return {
    head: ['for each request', 'read', 'order'],
    rows: rows.map(([what, of]) => [what, of(reads), of(orders)]),
  }
}

function each(count: number): string {
  return count.toFixed(3)
}

function priceTable({ assumed, fast }: CostTable): Table {
  const row = (what: string, { read: reads, order: orders, mix }: Dollars) => [
    what,
    dollars(reads),
    dollars(orders),
    dollars(mix),
  ]
  return {
    head: ['per million requests', 'read', 'order', '90 % reads, 10 % orders'],
    rows: [
      row(`at ${ASSUMED.cpuMsPerRequest} ms of CPU a request, assumed`, assumed),
      row(`at ${FAST.cpuMsPerRequest} ms of CPU a request`, fast),
    ],
  }
}

if (import.meta.main) {
  process.stdout.write(asText(await costSection(process.argv.includes('--quick'))))
}
