/**
 * Durable Objects that count the rows they write, the alarms they set and run, and the calls they make.
 *
 * Rows are what the cursor says, which is what is billed (measured on workerd 2026-11-02): one for each row inserted,
 * replaced, updated or deleted, in transactions too, one more for each index entry written by an insert or update
 * (a TEXT key of a table with rowid is such an index), none for what changed nothing. All of them are known when
 * `exec` returns. Of several statements in one `exec` the cursor tells the last one's alone.
 */
import type { DurableObject } from 'cloudflare:workers'
import { meteredEnv } from './bindings.ts'
import { BACKGROUND, begin, countAlarm, countRows } from './tally.ts'

export type ObjectClass = new (ctx: DurableObjectState, env: Env) => DurableObject<Env>

/** Grows with each reset; an object of an earlier generation ends where it next touches its storage. */
let generation = 0

/** Production does this to every object when code is deployed (its page on deploys: in-flight requests that touch storage are stopped). */
export function resetObjects(): void {
  generation += 1
}

export function meteredObject(
  className: string,
  Base: ObjectClass,
  namespaces: Readonly<Record<string, string>>,
): ObjectClass {
  class Metered extends Base {
    constructor(ctx: DurableObjectState, env: Env) {
      begin()
      meterState(className, ctx)
      super(ctx, meteredEnv(env, namespaces, BACKGROUND))
    }
  }
  // Only where there is one: an object without an alarm must not seem to have one.
  if (Reflect.has(Base.prototype, 'alarm')) {
    replace(Metered.prototype, 'alarm', (call) => {
      countAlarm(className, 'run')
      return call()
    })
  }
  return Metered
}

/** Counts what is written through this state from now on. */
export function meterState(className: string, ctx: DurableObjectState): void {
  meterSql(className, ctx)
  meterStorage(className, ctx.storage)
}

function meterSql(className: string, ctx: DurableObjectState): void {
  const { sql } = ctx.storage
  const born = generation
  const exec = sql.exec.bind(sql)
  const changes = () => Number(exec('SELECT total_changes() AS n').one()['n'])
  replace(sql, 'exec', (call, [query]) => {
    if (born !== generation) ctx.abort('The object is reset, as by a deploy')
    const several = /;\s*\S/.test(String(query))
    const before = several ? changes() : 0
    const cursor: unknown = call()
    const told = rowsWrittenBy(cursor)
    // What SQLite counts knows no index entries, but all of the statements.
    countRows(className, several ? Math.max(told, changes() - before) : told)
    return cursor
  })
}

function rowsWrittenBy(cursor: unknown): number {
  const isCursor = typeof cursor === 'object' && cursor !== null && 'rowsWritten' in cursor
  return isCursor ? Number(cursor.rowsWritten) : 0
}

/** An alarm set is billed as a row; of one deleted the price list says nothing, so it counts as a row, too. */
function meterStorage(className: string, storage: DurableObjectStorage): void {
  replace(storage, 'setAlarm', (call) => {
    countAlarm(className, 'set')
    countRows(className, 1)
    return call()
  })
  replace(storage, 'deleteAlarm', (call) => {
    countAlarm(className, 'deleted')
    countRows(className, 1)
    return call()
  })
  for (const name of ['put', 'delete']) {
    replace(storage, name, (call, [keys]) => {
      countRows(className, howMany(keys))
      return call()
    })
  }
  // The price list says nothing of it: as many as if each row were deleted, and one for the alarm that goes with them.
  replace(storage, 'deleteAll', (call) => {
    countRows(className, rowsIn(storage) + 1)
    return call()
  })
}

/** In the object's own tables, and under its keys. */
function rowsIn({ sql, kv }: DurableObjectStorage): number {
  // The platform's own tables may not be read.
  const tables = sql.exec<{ name: string }>(
    `SELECT name FROM sqlite_master
     WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'`,
  )
  const counts = tables
    .toArray()
    .map(({ name }) => Number(sql.exec(`SELECT count(*) AS n FROM "${name}"`).one()['n']))
  return counts.reduce((total, n) => total + n, [...kv.list()].length)
}

/** Of the key-value methods' first argument: one key, a list of keys, or an object of entries. */
function howMany(keys: unknown): number {
  return typeof keys === 'object' && keys !== null ? Object.keys(keys).length : 1
}

/** Puts `around` before a method, on the object itself: the platform takes no stand-in for its own objects. */
function replace(
  target: object,
  name: string,
  around: (call: () => unknown, args: readonly unknown[]) => unknown,
): void {
  const method: unknown = Reflect.get(target, name)
  if (typeof method !== 'function') return
  Object.defineProperty(target, name, {
    value(this: unknown, ...args: unknown[]): unknown {
      return around(() => Reflect.apply(method, this, args), args)
    },
  })
}
