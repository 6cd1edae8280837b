/** Calls of which nobody knew what the broker did, and what was recorded of them afterwards. */
import * as v from 'valibot'
import type { AuditRecord, ChangeRecord } from '../../audit/record.ts'
import { OpenCalls } from '../open-calls.ts'
import { figure, type Entry, type Fold, type Part, type Ports, type Section } from '../report.ts'
import { instant } from '../text.ts'

const UNKNOWNS = 'unknowns'

export const unknowns: Part = {
  tables: [
    {
      id: UNKNOWNS,
      title: 'Unknown outcomes',
      about:
        'Reconciled: a later record names the request, of a reconciliation or of what the broker reported. Where none ' +
        'does, nothing was recorded. Calls whose end is not recorded yet are listed, too.',
      columns: [
        { id: 'leaf', title: 'leaf', kind: 'number' },
        { id: 'at', title: 'when', kind: 'time' },
        { id: 'requestId', title: 'request', kind: 'code' },
        { id: 'account', title: 'account', kind: 'code' },
        { id: 'keyId', title: 'key', kind: 'code' },
        { id: 'route', title: 'route' },
        { id: 'known', title: 'known of it' },
        { id: 'reconciled', title: 'reconciled by' },
      ],
    },
  ],
  begin: (ports) => new Unknowns(ports),
}

type Lost = Extract<AuditRecord, { readonly type: 'outcome' | 'unknown' }>

const RowSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    index: v.number(),
    atMs: v.number(),
    requestId: v.string(),
    account: v.optional(v.string()),
    keyId: v.optional(v.string()),
    route: v.optional(v.string()),
    known: v.string(),
  }),
)

/** What an id in a reconciliation may look like. */
const IDS = /[A-Za-z0-9_.:-]{6,128}/g

class Unknowns implements Fold {
  readonly #ports: Ports
  readonly #openCalls = new OpenCalls()
  #neverCame = 0
  #timedOut = 0

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take(entry: Entry): void {
    const { index, record, within } = entry
    if (record.type === 'change' && record.what === 'risk.reconciled') this.#named(index, record)
    if (record.type === 'order_event') {
      const { decision, requestId, event } = record
      if (decision === 'reported' && requestId !== undefined)
        this.#ports.shelf.put(`told:${requestId}`, `leaf ${index}: the broker reported ${event}`)
    }
    this.#openCalls.take(entry)
    if (!within) return
    if (record.type === 'unknown') this.#lost(index, record, 'no outcome ever came')
    if (record.type === 'outcome' && record.outcome === 'unknown')
      this.#lost(index, record, `${record.status} ${record.code ?? ''}`.trim())
  }

  #named(index: number, { requestId, before, after, user }: ChangeRecord): void {
    const text = `${requestId ?? ''} ${before ?? ''} ${after ?? ''}`
    const by = user === undefined ? '' : ` by ${user}`
    for (const id of new Set(text.match(IDS)))
      this.#ports.shelf.put(`told:${id}`, `leaf ${index}: a reconciliation${by}`)
  }

  #lost(index: number, record: Lost, known: string): void {
    if (record.type === 'unknown') this.#neverCame += 1
    else this.#timedOut += 1
    const { atMs, requestId, account, keyId, route } = record
    this.#ports.shelf.add(
      UNKNOWNS,
      JSON.stringify({ index, atMs, requestId, account, keyId, route, known }),
    )
  }

  end(): Section {
    const { shelf, emit } = this.#ports
    let reconciled = 0
    for (const text of shelf.list(UNKNOWNS)) {
      const { index, atMs, ...row } = v.parse(RowSchema, text)
      const by = shelf.get(`told:${row.requestId}`)
      if (by !== undefined) reconciled += 1
      emit(UNKNOWNS, { leaf: index, at: instant(atMs), ...row, reconciled: by })
    }
    const { calls } = this.#openCalls
    for (const { index, record } of calls) {
      const { atMs, requestId, account, keyId, route } = record
      const of = { requestId, account, keyId, route, known: 'admitted, end not recorded yet' }
      emit(UNKNOWNS, { leaf: index, at: instant(atMs), ...of })
    }
    return {
      id: 'unknowns',
      title: 'Unknown outcomes',
      about:
        'The request left for the broker and no answer told what came of it. The gateway does not guess: what is open ' +
        'here is to be asked of the broker by the request. What was admitted and has no end in the log yet was under way ' +
        'when the log was read, or its end is still to come: a later export tells.',
      figures: [
        figure('never-came', 'no outcome ever came', this.#neverCame),
        figure(
          'timed-out',
          'the broker did not answer in time or could not be reached',
          this.#timedOut,
        ),
        figure('reconciled', 'of these, reconciled on record', reconciled),
        figure('open', 'open', this.#neverCame + this.#timedOut - reconciled),
        figure('not-ended', 'admitted, end not recorded yet', calls.length),
      ],
      charts: [],
      tables: [UNKNOWNS],
    }
  }
}
