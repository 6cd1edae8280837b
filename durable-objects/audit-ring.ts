/**
 * What a shard of the audit log has taken and what of it is in the log already: a ring of rows, one for each append, and
 * how far each chain is known. Places are used again, so that nothing has to be deleted.
 */
import * as v from 'valibot'
import { readKept, type Kept } from '../src/audit/kept.ts'
import type { Slot } from '../src/audit/bundle.ts'
import { Progress } from '../src/audit/progress.ts'
import { number, text, type Rows } from './rows.ts'

/** Appends whose chains are kept in mind without a row of their own. */
const PLACES = 128
/** Appends that may wait for the log. Further ones are refused: whoever sends them keeps them, and says so in the end. */
const MOST_WAITING = 50_000
/** Names of appends that are kept in mind, also when their places are used again: who heard no answer asks again later. */
const MOST_FLUSHES = 20_000
/** How many records, and octets of them, go into one bundle. */
const MOST_RECORDS = 4_000
const MOST_OCTETS = 6 * 2 ** 20

const Chains = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()))

interface Held {
  readonly progress: Progress
  /** The last append in which it was. */
  number: number
}

interface Place {
  readonly number: number
  readonly flush: string
  readonly chains: readonly string[]
}

export class AuditRing {
  readonly #rows: Rows
  readonly #mostWaiting: number
  readonly #chains = new Map<string, Held>()
  readonly #places = new Map<number, Place>()
  readonly #flushes = new Set<string>()
  #last = 0
  #sequenced = 0
  /** The last append that was stored when this life of the object began. */
  #before: number | undefined

  constructor(rows: Rows, mostWaiting = MOST_WAITING) {
    this.#rows = rows
    this.#mostWaiting = mostWaiting
    this.reload()
  }

  /** Begins again from what is stored: memory may be ahead of it after a write that failed. */
  reload(): void {
    this.#chains.clear()
    this.#places.clear()
    this.#flushes.clear()
    this.#last = 0
    this.#sequenced = 0
    const stored = this.#rows.rows(
      'SELECT place, number, sequenced, flush, progress FROM slot ORDER BY number',
    )
    for (const row of stored) {
      const [at, flush] = [number(row['number']), text(row['flush'])]
      const chains = Object.entries(v.parse(Chains, row['progress']))
      for (const [name, state] of chains)
        this.#chains.set(name, { progress: Progress.read(state), number: at })
      const names = chains.map(([name]) => name)
      this.#places.set(number(row['place']), { number: at, flush, chains: names })
      this.#flushes.add(flush)
      this.#last = at
      this.#sequenced = Math.max(this.#sequenced, number(row['sequenced']))
    }
    this.#before ??= this.#last
  }

  /**
   * What the log says it has: every append up to `taken`. More than was stored when this life began means that the object
   * came back from an older state. What it stored since goes on beyond, so that nothing is taken for what it is not.
   */
  resume(taken: number): void {
    const before = this.#before ?? 0
    if (taken > before) {
      for (let at = this.#last; at > before; at -= 1) this.#renumber(at, taken + at - before)
      this.#last += taken - before
      this.#before = taken
    }
    this.advance(taken)
  }

  /** Whether an append of that name was taken lately. */
  took(flush: string): boolean {
    return this.#flushes.has(flush)
  }

  get pending(): boolean {
    return this.#last > this.#sequenced
  }

  /** The newest append. */
  get last(): number {
    return this.#last
  }

  /** Every append up to this one is in the log. */
  get sequenced(): number {
    return this.#sequenced
  }

  chain(name: string): Progress {
    const held = this.#chains.get(name)
    if (held !== undefined) return held.progress
    const [row] = this.#rows.rows('SELECT state FROM progress WHERE chain = ?', name)
    const progress =
      row === undefined ? new Progress() : Progress.read(JSON.parse(text(row['state'])))
    this.#chains.set(name, { progress, number: 0 })
    return progress
  }

  /** The chains that wait for something, with what is known of them. */
  *unsettled(): Generator<readonly [string, Progress]> {
    for (const [name, { progress }] of this.#chains) if (progress.unsettled) yield [name, progress]
  }

  /**
   * Writes one append: its records, and how far its chains are known with it.
   *
   * @param flush names it: what is taken under a name is taken once.
   * @throws when too many wait for the log.
   */
  append(records: readonly Kept[], chains: ReadonlySet<string>, flush: string): void {
    if (this.#last - this.#sequenced >= this.#mostWaiting)
      throw new Error('Cannot take more: the log has not taken what waits')
    const at = this.#last + 1
    const place = this.#freePlace(at)
    const states = [...chains].map((name) => [name, this.chain(name).state()])
    this.#settle(place)
    this.#rows.run(
      'INSERT OR REPLACE INTO slot VALUES (?, ?, ?, ?, ?, ?)',
      place,
      at,
      this.#sequenced,
      flush,
      JSON.stringify(Object.fromEntries(states)),
      JSON.stringify(records),
    )
    for (const name of chains) this.#chains.set(name, { progress: this.chain(name), number: at })
    this.#places.set(place, { number: at, flush, chains: [...chains] })
    this.#flushes.add(flush)
    const [oldest] = this.#flushes
    if (this.#flushes.size > MOST_FLUSHES && oldest !== undefined) this.#flushes.delete(oldest)
    this.#last = at
  }

  /** The oldest appends that are not in the log, as many as one bundle takes. */
  waiting(): readonly Slot[] {
    const slots: Slot[] = []
    let [records, octets] = [0, 0]
    for (let at = this.#sequenced + 1; at <= this.#last; at += 1) {
      const [row] = this.#rows.rows('SELECT records FROM slot WHERE number = ?', at)
      const stored = text(row?.['records'])
      const kept = readKept(stored)
      records += kept.length
      octets += stored.length
      if (slots.length > 0 && (records > MOST_RECORDS || octets > MOST_OCTETS)) break
      slots.push({ number: at, records: kept })
    }
    return slots
  }

  /** Every append up to this one is in the log: its places are free. */
  advance(upTo: number): void {
    this.#sequenced = Math.max(this.#sequenced, upTo)
    const beyond = [...this.#places].filter(
      ([place, { number: at }]) => place >= PLACES && at <= upTo,
    )
    for (const [place] of beyond) {
      this.#settle(place)
      this.#rows.run('DELETE FROM slot WHERE place = ?', place)
      this.#places.delete(place)
    }
  }

  /** What is in the log is sealed there: in the places themselves nothing of it stays. */
  forgetRecords(): void {
    this.#rows.run("UPDATE slot SET records = '[]' WHERE number <= ?", this.#sequenced)
  }

  /** Where the next append goes: into the ring, or behind it while what is there still has to go into the log. */
  #freePlace(at: number): number {
    const place = at % PLACES
    const there = this.#places.get(place)
    return there === undefined || there.number <= this.#sequenced ? place : PLACES + at
  }

  #renumber(from: number, to: number): void {
    this.#rows.run('UPDATE slot SET number = ? WHERE number = ?', to, from)
    for (const [place, held] of this.#places)
      if (held.number === from) this.#places.set(place, { ...held, number: to })
    for (const held of this.#chains.values()) if (held.number === from) held.number = to
  }

  /** What only this place still knew of a chain gets a row of its own. */
  #settle(place: number): void {
    const leaving = this.#places.get(place)
    if (leaving === undefined) return
    for (const name of leaving.chains) {
      const held = this.#chains.get(name)
      if (held === undefined || held.number !== leaving.number) continue
      const state = JSON.stringify(held.progress.state())
      this.#rows.run('INSERT OR REPLACE INTO progress VALUES (?, ?)', name, state)
      this.#chains.delete(name)
    }
  }
}
