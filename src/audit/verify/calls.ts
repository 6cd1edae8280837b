/**
 * The numbers of one key's calls: none is missing without a gap that says so, none is given twice, and what was admitted
 * has an end. From the leaves alone; where a record is there, from what it says too.
 */
import type { AuditRecord } from '../record.ts'
import type { FindingCode } from './rules.ts'
import type { Place } from './findings.ts'
import { Marks, Runs, type Range } from './numbers.ts'

/** A leaf with a number of a call: of one, or of a gap. */
export interface Numbered {
  readonly type: 'admission' | 'outcome' | 'unknown' | 'gap'
  readonly atMs: number
  readonly first: number
  readonly last: number
  readonly place: Place
  readonly record: AuditRecord | undefined
}

export type Found = (code: FindingCode, place: Place, detail?: string) => void

/** A part that waits for its other. */
interface Waiting {
  readonly atMs: number
  readonly place: Place
  readonly requestId: string | undefined
}

interface Jump extends Range {
  readonly index: number | undefined
}

/**
 * How long after a number was given up an outcome may still come of it, in milliseconds: a call may last 25 s, and
 * clocks differ.
 */
const LATE_MS = 60_000
/** Holes that are remembered before those that were filled are forgotten. */
const JUMPS = 64

export class Calls {
  readonly #parts = new Runs()
  readonly #covered = new Runs()
  readonly #outcomes = new Runs()
  readonly #unknowns = new Runs()
  readonly #admissions = new Marks()
  readonly #inGaps = new Runs()
  readonly #gaps: { readonly range: Range; readonly atMs: number }[] = []
  readonly #open = new Map<number, Waiting>()
  readonly #unadmitted = new Map<number, Waiting>()
  readonly #unknownAlone = new Map<number, Waiting>()
  readonly #found: Found
  #jumps: Jump[] = []
  /** What lies below has had its time to come. */
  #settled = 0

  constructor(found: Found) {
    this.#found = found
  }

  /** @param settledMs what happened until then has had its time to come. */
  take(leaf: Numbered, settledMs: number): void {
    const { first, last, atMs, place } = leaf
    if (first > this.#covered.top + 1)
      this.#jump({ first: this.#covered.top + 1, last: first - 1, index: place.index })
    if (atMs <= settledMs) this.#settled = Math.max(this.#settled, last)
    if (leaf.type === 'gap') this.#takeGap(leaf)
    else this.#takePart(leaf)
    this.#covered.add(first, last)
  }

  /**
   * A gap of a restart says what was reserved when memory was lost: some of it was given, and is in the log. One of the
   * log's own says that nothing came: then nothing may be there.
   */
  #takeGap({ first, last, atMs, place, record }: Numbered): void {
    const range = `${first} to ${last}`
    const isOfLog = record?.type === 'gap' && record.cause === 'not-received'
    if (isOfLog && this.#parts.overlaps(first, last)) this.#found('gap-over-records', place, range)
    const isAgain = isOfLog
      ? this.#inGaps.overlaps(first, last)
      : this.#gaps.some(({ range: gap }) => gap.first === first && gap.last === last)
    if (isAgain) this.#found('gap-twice', place, range)
    this.#inGaps.add(first, last)
    this.#gaps.push({ range: { first, last }, atMs })
  }

  #takePart(leaf: Numbered): void {
    const { first: number, atMs, place, type } = leaf
    const isLater = this.#givenUpMs(number) + LATE_MS < atMs
    // That nothing is known of a call is said when it has been waited for.
    if (isLater && type !== 'unknown') this.#found('number-after-gap', place)
    this.#parts.add(number)
    if (type === 'admission') this.#takeAdmission(leaf)
    else if (type === 'outcome') this.#takeOutcome(leaf)
    else this.#takeUnknown(leaf)
  }

  /** When the number was given up, or never. */
  #givenUpMs(number: number): number {
    if (!this.#inGaps.has(number)) return Infinity
    const gap = this.#gaps.find(({ range }) => range.first <= number && number <= range.last)
    return gap?.atMs ?? Infinity
  }

  #takeAdmission({ first: number, atMs, place, record }: Numbered): void {
    if (!this.#admissions.add(number)) {
      this.#found('part-twice', place, 'a second admission')
      return
    }
    const admitted = { atMs, place, requestId: requestOf(record) }
    const outcome = this.#unadmitted.get(number)
    if (outcome !== undefined) this.#compare(admitted, outcome)
    this.#unadmitted.delete(number)
    const isKnownUnknown = this.#unknownAlone.delete(number)
    if (!isKnownUnknown && !this.#outcomes.has(number)) this.#open.set(number, admitted)
  }

  #takeOutcome({ first: number, atMs, place, record }: Numbered): void {
    if (this.#outcomes.has(number)) {
      this.#found('part-twice', place, 'a second outcome')
      return
    }
    this.#outcomes.add(number)
    const outcome = { atMs, place, requestId: requestOf(record) }
    const admitted = this.#open.get(number)
    if (admitted !== undefined) this.#compare(admitted, outcome)
    this.#open.delete(number)
    const saysAdmitted = record?.type === 'outcome' && record.admitted === true
    if (saysAdmitted && !this.#admissions.has(number)) this.#unadmitted.set(number, outcome)
  }

  #takeUnknown({ first: number, atMs, place, record }: Numbered): void {
    if (this.#unknowns.has(number)) {
      this.#found('part-twice', place, 'a second unknown outcome')
      return
    }
    this.#unknowns.add(number)
    if (this.#outcomes.has(number)) this.#found('unknown-after-outcome', place)
    this.#open.delete(number)
    if (!this.#admissions.has(number))
      this.#unknownAlone.set(number, { atMs, place, requestId: requestOf(record) })
  }

  #compare(admitted: Waiting, outcome: Waiting): void {
    const { requestId } = admitted
    if (requestId === undefined || outcome.requestId === undefined) return
    if (requestId !== outcome.requestId)
      this.#found(
        'outcome-of-another',
        outcome.place,
        `request ${outcome.requestId}, admitted was ${requestId}`,
      )
  }

  #jump(jump: Jump): void {
    if (this.#jumps.length >= JUMPS)
      this.#jumps = this.#jumps.filter(({ first, last }) =>
        [...this.#covered.holes(last)].some((hole) => hole.last >= first),
      )
    this.#jumps.push(jump)
  }

  /** What can be said at the end of the log alone. */
  end(settledMs: number): void {
    for (const hole of this.#covered.holes(this.#settled)) {
      const jump = this.#jumps.find(({ first, last }) => first <= hole.last && hole.first <= last)
      const place = { index: jump?.index, sequence: hole.first }
      this.#found('number-missing', place, `${hole.first} to ${hole.last}`)
    }
    for (const [waiting, code] of [
      [this.#open, 'admission-open'],
      [this.#unadmitted, 'outcome-without-admission'],
      [this.#unknownAlone, 'unknown-without-admission'],
    ] as const)
      for (const { atMs, place } of waiting.values())
        if (atMs <= settledMs) this.#found(code, place)
  }

  /** Calls that have not ended, but still may. */
  get open(): number {
    return this.#open.size
  }

  get lastNumber(): number {
    return this.#covered.top
  }
}

function requestOf(record: AuditRecord | undefined): string | undefined {
  return record !== undefined && 'requestId' in record ? record.requestId : undefined
}
