/**
 * When a key's object wants its one alarm: while there is something to close or to ship. What it may forget waits for the
 * next one: an alarm of its own would cost a lone order more than its record does.
 */
import { LEASE_MS, type GuardStore } from './lease.ts'

/** The longest pause between two tries to reach the audit log, in milliseconds. */
const LONGEST_PAUSE_MS = 600_000

export class Wake {
  readonly #store: GuardStore
  /** What is set, as far as this life of the object knows. */
  #atMs: number | undefined

  constructor(store: GuardStore) {
    this.#store = store
  }

  /** The alarm has come. */
  came(): void {
    this.#atMs = undefined
  }

  /** Has it come within the time of a lease. */
  soon(nowMs: number): void {
    if (this.#atMs === undefined || this.#atMs > nowMs + LEASE_MS) this.#set(nowMs + LEASE_MS)
  }

  /**
   * After an alarm that left no lease open: to ship what still waits.
   *
   * @param idleMs how long the key has been idle while the audit log did not answer: it is asked ever more rarely.
   */
  later(waiting: number, idleMs: number, nowMs: number): void {
    if (waiting === 0) return
    const pauseMs = Math.max(LEASE_MS, idleMs)
    this.#set(nowMs + Math.min(pauseMs, LONGEST_PAUSE_MS))
  }

  #set(atMs: number): void {
    this.#atMs = atMs
    this.#store.setAlarm(atMs)
  }
}
