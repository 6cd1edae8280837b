/**
 * How far a shard of the log knows a chain: which numbers it has, which calls were admitted and have not ended, and
 * which ended whose admission has not come. What stays away is recorded as missing, what stays open as unknown.
 */
import * as v from 'valibot'
import type { AdmissionRecord } from './record.ts'
import { addRun, type Run } from './runs.ts'

/** Numbers that others overtook may still be on their way for this long, in milliseconds. */
export const MISSING_MS = 60_000
/** An admitted call has ended after this at the latest, and its outcome has arrived, in milliseconds. */
export const OPEN_MS = 60_000
/** Outcomes kept in mind whose admission has not come. Each will come: the key's object has it. */
const MOST_EARLY = 20_000
/** Gaps, and calls that ended as unknown, of which it is kept in mind that something may still come. */
const MOST_LATE = 256
/** Numbers of which it is kept in mind what was said under them. */
const MOST_SAID = 512

const Whole = v.pipe(v.number(), v.safeInteger())
const Text = v.optional(v.string())

/** What is kept of an admitted call until it has ended. */
const OpenSchema = v.object({
  sequence: Whole,
  atMs: Whole,
  requestId: v.string(),
  credentialId: Text,
  account: Text,
  user: Text,
  session: Text,
  operation: Text,
  route: Text,
  kind: Text,
  requestHash: Text,
  address: Text,
})
export type OpenCall = v.InferOutput<typeof OpenSchema>

const StateSchema = v.object({
  upTo: Whole,
  beyond: v.array(v.tuple([Whole, Whole])),
  hole: v.optional(v.object({ sinceMs: Whole, below: Whole })),
  open: v.array(OpenSchema),
  early: v.array(Whole),
  given: v.optional(v.array(v.tuple([Whole, Whole])), []),
  unknown: v.optional(v.array(Whole), []),
  said: v.optional(v.array(v.tuple([Whole, v.string()]))),
  forks: v.optional(Whole),
})
export type ProgressState = v.InferOutput<typeof StateSchema>

export class Progress {
  /** Every number up to this one is known. */
  #upTo = 0
  #beyond: readonly Run[] = []
  /** Since when numbers below one that is known are missing. */
  #hole: ProgressState['hole']
  readonly #open = new Map<number, OpenCall>()
  readonly #early = new Set<number>()
  /** Numbers that were given up, and calls that were closed as unknown: what comes of them after all is new. */
  #given: readonly Run[] = []
  #unknown: readonly number[] = []
  /** What was said under the last numbers, as digests, where that is watched; and how often it was another thing. */
  #said: readonly (readonly [number, string])[] = []
  #forks = 0

  /** @throws when the state is none. */
  static read(stored: unknown): Progress {
    const { upTo, beyond, hole, open, early, given, unknown, said, forks } = v.parse(
      StateSchema,
      stored,
    )
    const progress = new Progress()
    progress.#upTo = upTo
    progress.#beyond = beyond
    progress.#hole = hole
    for (const call of open) progress.#open.set(call.sequence, call)
    for (const sequence of early) progress.#early.add(sequence)
    progress.#given = given
    progress.#unknown = unknown
    progress.#said = said ?? []
    progress.#forks = forks ?? 0
    return progress
  }

  state(): ProgressState {
    return {
      upTo: this.#upTo,
      beyond: this.#beyond.map(([first, last]) => [first, last]),
      ...(this.#hole === undefined ? {} : { hole: this.#hole }),
      open: [...this.#open.values()],
      early: [...this.#early],
      given: this.#given.map(([first, last]) => [first, last]),
      unknown: [...this.#unknown],
      ...(this.isWatched ? { said: this.#said.map(([n, what]) => [n, what]) } : {}),
      ...(this.#forks === 0 ? {} : { forks: this.#forks }),
    }
  }

  /** The highest number that is known. */
  get highest(): number {
    return Math.max(this.#upTo, this.#beyond.at(-1)?.[1] ?? 0)
  }

  get forks(): number {
    return this.#forks
  }

  /** Whether it is watched what is said under its numbers. */
  get isWatched(): boolean {
    return this.#said.length > 0
  }

  /** What was said under a number, as far as that is still known. */
  said(number: number): readonly string[] {
    return this.#said.flatMap(([one, digest]) => (one === number ? [digest] : []))
  }

  /** Something is said under a number: first, or as a fork beside what was said before. */
  say(number: number, digest: string, isFork: boolean): void {
    this.#said = [...this.#said, [number, digest] as const].slice(-MOST_SAID)
    if (isFork) this.#forks += 1
  }

  get upTo(): number {
    return this.#upTo
  }

  /** Whether anything is to be waited for. */
  get unsettled(): boolean {
    return this.#hole !== undefined || this.#open.size > 0
  }

  /** Whether every number from one to another is known. */
  has(first: number, last = first): boolean {
    return (
      last <= this.#upTo ||
      this.#beyond.some(([from, to]) => from <= Math.max(first, this.#upTo + 1) && last <= to)
    )
  }

  /** Numbers that are known from now on. */
  note(first: number, last: number, nowMs: number): void {
    if (last > this.#upTo) {
      if (first > this.#upTo + 1 || this.#beyond.length > 0)
        this.#beyond = addRun(this.#beyond, [first, last])
      else this.#upTo = last
      this.#join()
    }
    this.#watch(nowMs)
  }

  /** Whether an outcome of this number has not been recorded: what comes again is known by it. */
  isNew(sequence: number): boolean {
    return (
      !this.has(sequence) ||
      this.#open.has(sequence) ||
      this.#unknown.includes(sequence) ||
      this.#given.some(([first, last]) => first <= sequence && sequence <= last)
    )
  }

  /** An outcome of this number is recorded. */
  recorded(sequence: number): void {
    this.#unknown = this.#unknown.filter((one) => one !== sequence)
    this.#given = this.#given.flatMap(([first, last]): readonly Run[] => {
      if (sequence < first || sequence > last) return [[first, last]]
      const rest: readonly Run[] = [
        [first, sequence - 1],
        [sequence + 1, last],
      ]
      return rest.filter(([from, to]) => from <= to)
    })
  }

  /** These numbers are given up. */
  giveUp(first: number, last: number, nowMs: number): void {
    this.note(first, last, nowMs)
    this.#given = [...this.#given, [first, last] as const].slice(-MOST_LATE)
  }

  /** A call was admitted, as is heard now; it may have ended before this came. */
  admitted(record: AdmissionRecord, nowMs: number): void {
    if (this.#early.delete(record.sequence)) return
    // Its outcome has its time from here on: after an outage both come late.
    const atMs = Math.max(record.atMs, nowMs)
    this.#open.set(record.sequence, { ...v.parse(OpenSchema, record), atMs })
  }

  /** A call that was admitted has ended. Answers whether it was open, or had not been heard of. */
  ended(sequence: number): void {
    if (this.#open.delete(sequence)) return
    this.#early.add(sequence)
    const [oldest] = this.#early
    if (this.#early.size > MOST_EARLY && oldest !== undefined) this.#early.delete(oldest)
  }

  /** The runs of numbers that have stayed away too long: they are known to be missing from now on. */
  missing(nowMs: number): readonly Run[] {
    if (this.#hole === undefined || nowMs < this.#hole.sinceMs + MISSING_MS) return []
    const { below } = this.#hole
    const gaps: Run[] = []
    let next = this.#upTo + 1
    for (const [first, last] of this.#beyond.filter(([from]) => from <= below)) {
      gaps.push([next, first - 1])
      next = last + 1
    }
    this.#hole = undefined
    for (const [first, last] of gaps) this.giveUp(first, last, nowMs)
    return gaps
  }

  /** The calls that have stayed open too long: nothing more is expected of them. */
  overdue(nowMs: number): readonly OpenCall[] {
    const late = [...this.#open.values()].filter(({ atMs }) => nowMs >= atMs + OPEN_MS)
    for (const { sequence } of late) this.#open.delete(sequence)
    this.#unknown = [...this.#unknown, ...late.map(({ sequence }) => sequence)].slice(-MOST_LATE)
    return late
  }

  #join(): void {
    const [lowest] = this.#beyond
    if (lowest === undefined || lowest[0] > this.#upTo + 1) return
    this.#upTo = Math.max(this.#upTo, lowest[1])
    this.#beyond = this.#beyond.slice(1)
    this.#join()
  }

  /** What is missing now has to come within a time; what is missing later, within a later one. */
  #watch(nowMs: number): void {
    const highest = this.#beyond.at(-1)
    if (highest === undefined) this.#hole = undefined
    else if (this.#hole === undefined || this.#hole.sinceMs === nowMs)
      this.#hole = { sinceMs: nowMs, below: highest[1] }
  }
}
