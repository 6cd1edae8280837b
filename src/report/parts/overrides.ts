/** Orders that passed although a limit said no: who asked, who approved, and what passed by it. */
import type { ChangeRecord, OrderEventRecord } from '../../audit/record.ts'
import { CHANGE_COLUMNS, changeRow } from '../change-row.ts'
import { figure, type Entry, type Fold, type Part, type Ports, type Section } from '../report.ts'
import { Tally } from '../tally.ts'
import { instant } from '../text.ts'

const CHANGES = 'overrides'
const ORDERS = 'override-orders'
const PREFIX = 'risk.override.'

export const overrides: Part = {
  tables: [
    {
      id: CHANGES,
      title: 'Overrides asked for, approved and used',
      about: 'As recorded when each step was taken.',
      columns: CHANGE_COLUMNS,
    },
    {
      id: ORDERS,
      title: 'Orders that passed by an override',
      about: 'The approval that the override’s own record names, where there is one.',
      columns: [
        { id: 'leaf', title: 'leaf', kind: 'number' },
        { id: 'at', title: 'when', kind: 'time' },
        { id: 'account', title: 'account', kind: 'code' },
        { id: 'number', title: 'number', kind: 'number' },
        { id: 'override', title: 'override', kind: 'code' },
        { id: 'approved', title: 'approval recorded' },
        { id: 'orderHash', title: 'order', kind: 'code' },
      ],
    },
  ],
  begin: (ports) => new Overrides(ports),
}

interface Passed {
  readonly index: number
  readonly record: OrderEventRecord
}

class Overrides implements Fold {
  readonly #ports: Ports
  readonly #steps = new Tally()
  /** What approvals say, those from before the period too. */
  readonly #approvals: string[] = []
  readonly #passed: Passed[] = []

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take({ index, record, within }: Entry): void {
    if (record.type === 'change' && record.what.startsWith(PREFIX))
      this.#change(index, record, within)
    if (within && record.type === 'order_event' && record.override !== undefined)
      this.#passed.push({ index, record })
  }

  #change(index: number, record: ChangeRecord, within: boolean): void {
    if (record.what === `${PREFIX}approved`)
      this.#approvals.push(`${record.before ?? ''} ${record.after ?? ''} ${record.requestId ?? ''}`)
    if (!within) return
    this.#steps.add(record.what.slice(PREFIX.length))
    this.#ports.emit(CHANGES, changeRow(index, record))
  }

  end(): Section {
    let unapproved = 0
    for (const { index, record } of this.#passed) {
      const { atMs, account, number, override = '', orderHash } = record
      const isApproved = this.#approvals.some((text) => text.includes(override))
      if (!isApproved) unapproved += 1
      const approved = isApproved ? 'yes' : 'no record of it'
      const at = instant(atMs)
      this.#ports.emit(ORDERS, { leaf: index, at, account, number, override, approved, orderHash })
    }
    return {
      id: 'overrides',
      title: 'Overrides',
      about:
        'RTS 6 Art 15(6): for a specific trade, temporary, exceptional, verified and authorised.',
      figures: [
        figure('asked', 'asked for', this.#steps.of('asked')),
        figure('approved', 'approved', this.#steps.of('approved')),
        figure('used', 'used', this.#steps.of('used')),
        figure('orders', 'orders that passed by one', this.#passed.length),
        figure('without-approval', 'orders without a recorded approval', unapproved),
      ],
      charts: [],
      tables: [CHANGES, ORDERS],
    }
  }
}
