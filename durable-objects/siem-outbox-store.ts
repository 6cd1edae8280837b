/** The tables of one sink's outbox: how far it came, what it counted, what it gave up. No event is in them. */
import type { Kept, Note } from '../src/siem/delivery.ts'
import { DEAD_LETTERS, FRESH, type Counters, type DeadLetter } from '../src/siem/outbox.ts'
import { TROUBLES } from '../src/siem/sinks/sink.ts'
import { number, Rows, text } from './rows.ts'

const SCHEMA = [
  `CREATE TABLE outbox (
     one INTEGER PRIMARY KEY CHECK (one = 1), sink TEXT NOT NULL,
     attempt INTEGER NOT NULL, next_try_ms INTEGER NOT NULL, delivered INTEGER NOT NULL, dead INTEGER NOT NULL,
     dead_in_a_row INTEGER NOT NULL, heartbeat_ms INTEGER NOT NULL,
     trouble TEXT, trouble_status INTEGER NOT NULL, trouble_at_ms INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE place (
     shard TEXT PRIMARY KEY, after INTEGER NOT NULL, skip INTEGER NOT NULL, waiting_since_ms INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE dead_letter (
     number INTEGER PRIMARY KEY, uid TEXT NOT NULL, status INTEGER NOT NULL, at_ms INTEGER NOT NULL
   ) STRICT;`,
] as const

export class SiemOutboxStore extends Rows {
  constructor(storage: DurableObjectStorage) {
    super(storage, SCHEMA)
    this.open()
  }

  /** The id of the sink whose outbox this is; `undefined` before it was ever rung. */
  sink(): string | undefined {
    const [row] = this.rows('SELECT sink FROM outbox')
    return row && text(row['sink'])
  }

  begin(sink: string): void {
    this.#writeCounters(sink, FRESH)
  }

  load(): Kept {
    const places = this.rows('SELECT * FROM place').map((row) => {
      const waiting = row['waiting_since_ms']
      const place = {
        after: number(row['after']),
        skip: number(row['skip']),
        waitingSinceMs: typeof waiting === 'number' ? waiting : undefined,
      }
      return [text(row['shard']), place] as const
    })
    return { counters: this.#counters(), places: new Map(places) }
  }

  /** All of it or nothing. */
  note({ counters, shard, place, dead = [] }: Note): void {
    const sink = this.sink() ?? ''
    this.transaction(() => {
      this.#writeCounters(sink, counters)
      if (shard !== undefined && place !== undefined) {
        const { after, skip, waitingSinceMs } = place
        const values = [shard, after, skip, waitingSinceMs ?? null]
        this.run('INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?)', ...values)
      }
      for (const { uid, status, atMs } of dead)
        this.run('INSERT INTO dead_letter VALUES (NULL, ?, ?, ?)', uid, status, atMs)
      if (dead.length > 0)
        this.run(
          'DELETE FROM dead_letter WHERE number <= (SELECT max(number) FROM dead_letter) - ?',
          DEAD_LETTERS,
        )
    })
  }

  /** The newest first. */
  deadLetters(most: number): readonly DeadLetter[] {
    const query = 'SELECT uid, status, at_ms FROM dead_letter ORDER BY number DESC LIMIT ?'
    return this.rows(query, most).map((row) => ({
      uid: text(row['uid']),
      status: number(row['status']),
      atMs: number(row['at_ms']),
    }))
  }

  #counters(): Counters {
    const [row] = this.rows('SELECT * FROM outbox')
    if (row === undefined) return FRESH
    const why = TROUBLES.find((known) => known === row['trouble'])
    return {
      attempt: number(row['attempt']),
      nextTryMs: number(row['next_try_ms']),
      delivered: number(row['delivered']),
      dead: number(row['dead']),
      deadInARow: number(row['dead_in_a_row']),
      heartbeatMs: number(row['heartbeat_ms']),
      trouble: why && {
        why,
        status: number(row['trouble_status']),
        atMs: number(row['trouble_at_ms']),
      },
    }
  }

  #writeCounters(sink: string, counters: Counters): void {
    const { trouble } = counters
    this.run(
      'INSERT OR REPLACE INTO outbox VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      sink,
      counters.attempt,
      counters.nextTryMs,
      counters.delivered,
      counters.dead,
      counters.deadInARow,
      counters.heartbeatMs,
      trouble?.why ?? null,
      trouble?.status ?? 0,
      trouble?.atMs ?? 0,
    )
  }
}
