/**
 * How long a shard keeps what it recorded readable: until the time of its class is over, or the person's data has to go.
 * Only keys are destroyed. A hold keeps all of them, or those of one person, whatever is due.
 */
import type { Hold, Shredding } from '../src/admin/evidence-port.ts'
import type { RecordClass } from '../src/audit/record-class.ts'
import { number, text, type Rows } from './rows.ts'

const DAY_MS = 86_400_000

export class AuditRetention {
  readonly #rows: Rows

  constructor(rows: Rows) {
    this.#rows = rows
  }

  hold({ id, subject, reason, by, atMs }: Hold): void {
    const values = [id, subject, reason, by, atMs]
    this.#rows.run('INSERT OR IGNORE INTO hold VALUES (?, ?, ?, ?, ?)', ...values)
  }

  /** Answers whether there was one of that name. */
  release(id: string): boolean {
    const held = this.holds().some((hold) => hold.id === id)
    this.#rows.run('DELETE FROM hold WHERE id = ?', id)
    return held
  }

  holds(): readonly Hold[] {
    return this.#rows.rows('SELECT * FROM hold ORDER BY at_ms').map((row) => ({
      id: text(row['id']),
      subject: text(row['subject']),
      reason: text(row['reason']),
      by: text(row['by_user']),
      atMs: number(row['at_ms']),
    }))
  }

  /** To be run in one transaction. */
  shred(subject: string): Shredding {
    const hold = this.holds().find((one) => one.subject === '*' || one.subject === subject)
    if (hold !== undefined) return { shredded: 0, hold: hold.id }
    const [row] = this.#rows.rows('SELECT count(*) AS n FROM subject WHERE subject = ?', subject)
    this.#rows.run('DELETE FROM subject WHERE subject = ?', subject)
    return { shredded: number(row?.['n']) }
  }

  /**
   * The classes and months whose time is over, counted from the end of the month, and of which keys are left that no hold
   * keeps.
   *
   * @param days for each class.
   */
  due(days: Readonly<Record<RecordClass, number>>, nowMs: number): readonly Expiry[] {
    const held = this.holds().map(({ subject }) => subject)
    if (held.includes('*')) return []
    return this.#rows
      .rows('SELECT class, month, subject FROM subject')
      .map((row) => ({
        class: text(row['class']),
        month: text(row['month']),
        subject: text(row['subject']),
      }))
      .filter((one) => monthEndMs(one.month) + daysOf(days, one.class) * DAY_MS <= nowMs)
      .filter(({ subject }) => !held.includes(subject))
      .reduce<readonly Expiry[]>(byPeriod, [])
  }

  /** Destroys these keys. To be run in one transaction with the record of it. */
  expire(due: readonly Expiry[]): void {
    const at = 'class = ? AND month = ? AND subject = ?'
    for (const { class: kind, month, subjects } of due)
      for (const subject of subjects)
        this.#rows.run(`DELETE FROM subject WHERE ${at}`, kind, month, subject)
  }
}

/** Keys whose time is over. */
export interface Expiry {
  readonly class: string
  readonly month: string
  readonly subjects: readonly string[]
}

function byPeriod(
  all: readonly Expiry[],
  { class: kind, month, subject }: { class: string; month: string; subject: string },
): readonly Expiry[] {
  const last = all.at(-1)
  if (last?.class !== kind || last.month !== month)
    return [...all, { class: kind, month, subjects: [subject] }]
  return [...all.slice(0, -1), { ...last, subjects: [...last.subjects, subject] }]
}

/** A class that is not known is kept for ever. */
function daysOf(days: Readonly<Record<string, number>>, kind: string): number {
  return days[kind] ?? Number.POSITIVE_INFINITY
}

/** When the month after `2026-11` begins, in milliseconds since 1970. */
function monthEndMs(month: string): number {
  const begins = new Date(`${month}-01T00:00:00Z`)
  return begins.setUTCMonth(begins.getUTCMonth() + 1)
}
