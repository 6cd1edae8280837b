/** The history of limits: every member that changed, who changed it, why, by whose approval and until when. */
import { changeRow, UNTIL, untilOf, WHO_COLUMNS, whoRow, WHY_COLUMNS } from '../change-row.ts'
import type { ChangeRecord } from '../../audit/record.ts'
import { differences, membersOf } from '../members.ts'
import { figure, type Entry, type Fold, type Part, type Ports, type Section } from '../report.ts'
import { byText } from '../tally.ts'
import { instant } from '../text.ts'

const HISTORY = 'limit-changes'
const IN_FORCE = 'limits-in-force'

/** Changes that set what orders are judged by. Caps are what a customer sets tighter for themselves. */
const WHAT: ReadonlySet<string> = new Set(['risk.limits', 'risk.caps'])

/** Nearly always the same word. */
const WHAT_APART = { id: 'what', title: 'what', apart: true } as const

export const limitHistory: Part = {
  tables: [
    {
      id: HISTORY,
      title: 'Every member of limits that changed',
      about:
        'One row for each member. A number that grew is “raised”, whether that loosens or tightens.',
      columns: [
        ...WHO_COLUMNS.map((column) => (column.id === 'what' ? WHAT_APART : column)),
        { id: 'member', title: 'member', kind: 'code' },
        { id: 'direction', title: 'change' },
        { id: 'before', title: 'before', kind: 'code' },
        { id: 'after', title: 'after', kind: 'code' },
        ...WHY_COLUMNS,
        { id: 'until', title: 'until', kind: 'time' },
      ],
    },
    {
      id: IN_FORCE,
      title: 'Limits as they stood at the end of the period',
      about: 'From the last change of each, also where that was before the period.',
      columns: [
        { id: 'subject', title: 'of', kind: 'code' },
        { id: 'what', title: 'what' },
        { id: 'since', title: 'since', kind: 'time' },
        { id: 'version', title: 'version', kind: 'number' },
        { id: 'by', title: 'by', kind: 'code' },
        { id: 'until', title: 'until', kind: 'time' },
        { id: 'members', title: 'members', kind: 'number' },
        { id: 'after', title: 'as recorded', kind: 'code' },
      ],
    },
  ],
  begin: (ports) => new LimitHistory(ports),
}

const LACKING = ['reason', 'approver', 'ticket'] as const

/** What a record says of the change itself: until when it holds, and what it raised. Orders are judged by neither. */
const OF_CHANGE: ReadonlySet<string> = new Set([UNTIL, 'raised'])

function isLimit({ member }: { readonly member: string }): boolean {
  return !OF_CHANGE.has(member)
}

class LimitHistory implements Fold {
  readonly #ports: Ports
  readonly #inForce = new Map<string, { readonly index: number; readonly record: ChangeRecord }>()
  readonly #subjects = new Set<string>()
  readonly #people = new Set<string>()
  readonly #lacking = { reason: 0, approver: 0, ticket: 0 }
  #changes = 0
  #members = 0
  #withEnd = 0
  #raises = 0

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take({ index, record, within }: Entry): void {
    if (record.type !== 'change' || !WHAT.has(record.what)) return
    const { type, id } = record.subject
    const isAsked =
      this.#ports.account === undefined || type === 'firm' || id === this.#ports.account
    if (isAsked) this.#stands(`${type} ${id} ${record.what}`, index, record)
    if (within) this.#changed(index, record)
  }

  /** Records of one subject can come out of their order: the version says which is the last. */
  #stands(name: string, index: number, record: ChangeRecord): void {
    const known = this.#inForce.get(name)
    if (known === undefined || known.record.version < record.version)
      this.#inForce.set(name, { index, record })
  }

  #changed(index: number, record: ChangeRecord): void {
    this.#changes += 1
    this.#subjects.add(`${record.subject.type} ${record.subject.id}`)
    if (record.user !== undefined) this.#people.add(record.user)
    for (const member of LACKING) if (record[member] === undefined) this.#lacking[member] += 1
    const until = untilOf(record)
    if (until !== undefined) this.#withEnd += 1
    const changed = differences(record.before, record.after).filter(isLimit)
    if (changed.some(({ direction }) => direction === 'raised')) this.#raises += 1
    this.#members += changed.length
    for (const { member, direction, before, after } of changed)
      this.#ports.emit(HISTORY, {
        ...whoRow(index, record),
        member,
        direction,
        before: shown(before),
        after: shown(after),
        until,
      })
    if (changed.length === 0)
      this.#ports.emit(HISTORY, { ...whoRow(index, record), direction: 'as before', until })
  }

  end(): Section {
    for (const [, { index, record }] of [...this.#inForce].toSorted(([a], [b]) => byText(a, b))) {
      const { subject, what, version, by, after } = changeRow(index, record)
      const members = [...membersOf(record.after).keys()].filter((member) => isLimit({ member }))
      const since = instant(record.atMs)
      const until = untilOf(record)
      this.#ports.emit(IN_FORCE, {
        subject,
        what,
        since,
        version,
        by,
        until,
        members: members.length,
        after,
      })
    }
    return {
      id: 'limits',
      title: 'History of limits',
      about:
        'Every change of the limits of an account or of the firm, as it was recorded when it was made. Rules ask that ' +
        'reasons be documented; what was recorded without one is counted here.',
      figures: [
        figure('changes', 'changes', this.#changes),
        figure('members', 'members changed', this.#members),
        figure('raises', 'changes that raise a number', this.#raises),
        figure('subjects', 'accounts and firms concerned', this.#subjects.size),
        figure('people', 'people who made them', this.#people.size),
        figure('with-end', 'changes that end by themselves', this.#withEnd),
        ...LACKING.map((name) => figure(`without-${name}`, `without ${name}`, this.#lacking[name])),
      ],
      charts: [],
      tables: [HISTORY, IN_FORCE],
    }
  }
}

/** Of what was not there before, or is not any more, just that is known. */
function shown(value: string | undefined): string {
  return value ?? ''
}
