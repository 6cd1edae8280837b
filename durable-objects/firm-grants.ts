/**
 * What accounts hold of the firm's totals. While no total holds nobody asks; so when one begins to, every account that
 * ever sent an order has to say first what its orders come to, and until then nobody gets more.
 */
import { grantFor, NO_GRANT, type FirmAsk, type FirmGrant, type Totals } from '../src/risk/firm.ts'
import type { Limits } from '../src/risk/limits.ts'
import { number, text, type Rows } from './rows.ts'

/**
 * Until then an order may be counted that was judged by a copy of the limits from before, in milliseconds: what an
 * isolate may still use, and how long an order may wait twice for its verdict.
 */
const SETTLED_MS = 15_000

interface Held extends FirmGrant {
  /** When the account last said what it uses. */
  readonly toldMs: number
}

const NONE: Held = { ...NO_GRANT, toldMs: 0 }

export interface Granted {
  readonly grant: FirmGrant
  /** Whether that is by this question: one that was asked before changes nothing. */
  readonly isAnswer: boolean
}

export class FirmGrants {
  readonly #rows: Rows
  readonly #held = new Map<string, Held>()
  #total: Totals = { open: 0n, daily: 0n }
  #totals: string
  /** Since when those hold. */
  #sinceMs: number
  /** Whoever has said nothing since. */
  #silent: Set<string>

  constructor(rows: Rows) {
    this.#rows = rows
    for (const row of rows.rows('SELECT * FROM account_grant'))
      this.#hold(text(row['account']), {
        open: BigInt(text(row['open'])),
        daily: BigInt(text(row['daily'])),
        question: number(row['question']),
        toldMs: number(row['told_ms']),
      })
    const [progress] = rows.rows('SELECT totals, since_ms FROM progress')
    this.#totals = text(progress?.['totals'])
    this.#sinceMs = number(progress?.['since_ms'])
    this.#silent = this.#toldUntil(this.#sinceMs)
  }

  get all(): Iterable<readonly [account: string, held: FirmGrant]> {
    return this.#held
  }

  /** Hears which totals hold. Answers whether one does that did not before: then all have to say what they use. */
  hear({ maxOpenValue, maxDailyValue }: Limits, nowMs: number): boolean {
    const names = [
      ...(maxOpenValue === undefined ? [] : ['open']),
      ...(maxDailyValue === undefined ? [] : ['daily']),
    ]
    const totals = names.join(' ')
    if (totals === this.#totals) return false
    const isNew = names.some((name) => !this.#totals.includes(name))
    this.#rows.run('UPDATE progress SET totals = ?', totals)
    this.#totals = totals
    if (isNew) this.doubt(nowMs)
    return isNew
  }

  /** Nothing that was said before is believed any more. */
  doubt(nowMs: number): void {
    const toldMs = [...this.#held.values()].map((held) => held.toldMs)
    const sinceMs = toldMs.reduce((latest, one) => Math.max(latest, one), nowMs)
    this.#rows.run('UPDATE progress SET since_ms = ?', sinceMs)
    this.#sinceMs = sinceMs
    this.#silent = this.#toldUntil(sinceMs)
  }

  /** Whoever has to say what they use before anybody gets more. */
  get silent(): readonly string[] {
    return this.#totals === '' ? [] : [...this.#silent]
  }

  /** Whoever said it while orders could still be judged by a copy from before: once that is over they are asked again. */
  unsettled(): { readonly atMs: number; readonly accounts: readonly string[] } {
    const atMs = this.#sinceMs + SETTLED_MS
    return { atMs, accounts: this.#totals === '' ? [] : [...this.#toldUntil(atMs - 1)] }
  }

  /** The last question of an account that was answered. */
  lastQuestion(account: string): number {
    return (this.#held.get(account) ?? NONE).question
  }

  /** What an account that asks keeps is counted from now on, whether its question can be answered yet or not. */
  keep(account: string, { keeps, question }: FirmAsk, nowMs: number): void {
    const held = this.#held.get(account) ?? NONE
    if (question <= held.question || !this.#silent.has(account)) return
    const open = keeps.open > held.open ? keeps.open : held.open
    const daily = keeps.daily > held.daily ? keeps.daily : held.daily
    this.#hold(account, { ...held, open, daily, toldMs: this.#after(nowMs) })
  }

  /** What an account holds from now on. */
  reserve(account: string, ask: FirmAsk, limits: Limits, nowMs: number): Granted {
    const held = this.#held.get(account) ?? NONE
    const others = { open: this.#total.open - held.open, daily: this.#total.daily - held.daily }
    const grant = grantFor(ask, held, others, limits)
    if (grant === held) return { grant, isAnswer: false }
    const toldMs = this.#after(nowMs)
    this.#rows.run(
      'INSERT OR REPLACE INTO account_grant (account, open, daily, question, told_ms) VALUES (?, ?, ?, ?, ?)',
      account,
      grant.open.toString(),
      grant.daily.toString(),
      grant.question,
      toldMs,
    )
    this.#hold(account, { ...grant, toldMs })
    return { grant, isAnswer: true }
  }

  /** What is said now is said after the totals began to hold, whatever the clock does. */
  #after(nowMs: number): number {
    return Math.max(nowMs, this.#sinceMs + 1)
  }

  #toldUntil(atMs: number): Set<string> {
    return new Set([...this.#held].flatMap(([id, { toldMs }]) => (toldMs <= atMs ? [id] : [])))
  }

  #hold(account: string, grant: Held): void {
    const held = this.#held.get(account) ?? NONE
    this.#total = {
      open: this.#total.open - held.open + grant.open,
      daily: this.#total.daily - held.daily + grant.daily,
    }
    this.#held.set(account, grant)
    if (grant.toldMs > this.#sinceMs) this.#silent.delete(account)
  }
}
