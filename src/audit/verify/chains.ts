/** Every chain of a log: whose it is, and that its numbers are whole. */
import { chainOf, type Leaf } from '../leaf.ts'
import type { AuditRecord, RecordType } from '../record.ts'
import { Calls } from './calls.ts'
import type { FindingCode } from './rules.ts'
import type { Claim, Findings, Place } from './findings.ts'
import { Runs } from './numbers.ts'

interface Chain {
  /** The key or the subject, as soon as a record has said it. */
  subject: string | undefined
  readonly calls: Calls
  readonly changes: Runs
  /** Changes up to this one have had their time to come. */
  settledChange: number
}

/** Which leaves have a number: must have, may have, or cannot have. */
const NUMBERED = {
  admission: 'call',
  outcome: 'maybe',
  unknown: 'call',
  gap: 'gap',
  change: 'change',
  order_event: 'change',
  fork: 'none',
  strangers: 'none',
} as const satisfies Record<RecordType, string>

type Figures = Claim['figures']

export class Chains {
  readonly #findings: Findings
  readonly #settledMs: number
  readonly #chains = new Map<string, Chain>()
  readonly #chainOfSubject = new Map<string, string>()
  readonly #of = new Map<RecordType, number>()
  #numbersInGaps = 0

  /** @param settledMs what happened until then has had its time to come, to be answered and to be ended. */
  constructor(findings: Findings, settledMs: number) {
    this.#findings = findings
    this.#settledMs = settledMs
  }

  /** @param record `undefined` where it was shredded or is not the leaf's. */
  take(leaf: Leaf, type: RecordType, place: Place, record: AuditRecord | undefined): void {
    this.#of.set(type, (this.#of.get(type) ?? 0) + 1)
    const chain = this.#chain(leaf.chain)
    if (record !== undefined) this.#whose(chain, leaf.chain, place, record)
    if (type === 'fork') this.#findings.add('number-forked', place)
    const range = rangeOf(leaf, type)
    if (range === 'wrong') this.#findings.add('number-wrong', place)
    if (range === undefined || range === 'wrong') return
    this.#number(chain, leaf, type, place, range, record)
  }

  #number(
    chain: Chain,
    { atMs }: Leaf,
    type: RecordType,
    place: Place,
    range: { readonly first: number; readonly last: number },
    record: AuditRecord | undefined,
  ): void {
    const isOfChanges = NUMBERED[type] === 'change' || (type === 'gap' && chain.changes.top > 0)
    const isMixed = isOfChanges ? chain.calls.lastNumber > 0 : chain.changes.top > 0
    if (type === 'gap') this.#numbersInGaps += range.last - range.first + 1
    if (isMixed) {
      this.#findings.add('chain-mixed', place)
      return
    }
    if (isOfChanges) {
      if (chain.changes.overlaps(range.first, range.last)) this.#findings.add('change-twice', place)
      chain.changes.add(range.first, range.last)
      if (atMs <= this.#settledMs) chain.settledChange = Math.max(chain.settledChange, range.last)
    } else if (
      type !== 'fork' &&
      type !== 'strangers' &&
      type !== 'change' &&
      type !== 'order_event'
    ) {
      chain.calls.take({ type, atMs, ...range, place, record }, this.#settledMs)
    }
  }

  #chain(name: string): Chain {
    const known = this.#chains.get(name)
    if (known !== undefined) return known
    const found = (code: FindingCode, place: Place, detail?: string) => {
      this.#findings.add(code, { chain: name, ...place }, detail)
    }
    const fresh = {
      subject: undefined,
      calls: new Calls(found),
      changes: new Runs(),
      settledChange: 0,
    }
    this.#chains.set(name, fresh)
    return fresh
  }

  /** A chain belongs to one subject and a subject has one chain: else records could change hands unseen. */
  #whose(chain: Chain, name: string, place: Place, record: AuditRecord): void {
    const subject = chainOf(record)
    // What strangers did has no numbers, and may be where anything else is that has none.
    if (subject === undefined && chain.subject === undefined) return
    if (chain.subject === undefined && subject !== undefined) {
      const other = this.#chainOfSubject.get(subject)
      if (other !== undefined) {
        this.#findings.add('subject-of-two', place, `${subject} is chain ${other}`)
        return
      }
      chain.subject = subject
      this.#chainOfSubject.set(subject, name)
    } else if (chain.subject !== subject) {
      this.#findings.add(
        'chain-of-two',
        place,
        `${subject ?? 'nobody'} in the chain of ${chain.subject}`,
      )
    }
  }

  /** What can be said at the end of the log alone. */
  end(): void {
    for (const [chain, { calls, changes, settledChange }] of this.#chains) {
      calls.end(this.#settledMs)
      for (const { first, last } of changes.holes(settledChange))
        this.#findings.add('change-missing', { chain, sequence: first }, `${first} to ${last}`)
    }
  }

  /** Of records. */
  get leaves(): number {
    return [...this.#of.values()].reduce((sum, count) => sum + count, 0)
  }

  get figures(): Readonly<Record<'chains' | 'sequence' | 'calls' | 'changes', Figures>> {
    const all = [...this.#chains.values()]
    const count = (type: RecordType) => this.#of.get(type) ?? 0
    const ofCalls = all.filter(({ calls }) => calls.lastNumber > 0)
    return {
      chains: { chains: all.length, known: this.#chainOfSubject.size },
      sequence: {
        keys: ofCalls.length,
        gaps: count('gap'),
        'numbers in gaps': this.#numbersInGaps,
      },
      calls: {
        admissions: count('admission'),
        outcomes: count('outcome'),
        unknown: count('unknown'),
        'still open': all.reduce((sum, { calls }) => sum + calls.open, 0),
      },
      changes: {
        changes: count('change'),
        'order events': count('order_event'),
        subjects: all.filter(({ changes }) => changes.top > 0).length,
      },
    }
  }
}

function rangeOf(leaf: Leaf, type: RecordType) {
  const { seq, to } = leaf
  const kind = NUMBERED[type]
  if (kind === 'none') return seq === undefined && to === undefined ? undefined : 'wrong'
  if (seq === undefined) return kind === 'maybe' && to === undefined ? undefined : 'wrong'
  const last = kind === 'gap' ? to : seq
  const isRight =
    seq >= 1 && last !== undefined && last >= seq && (kind === 'gap') === (to !== undefined)
  return isRight ? { first: seq, last } : 'wrong'
}
