/** What is billed as a row written, by the platform's own cursor: the budgets of I10 rest on it. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { meterState } from '../../demo/metered/object.ts'
import { counters } from '../../demo/metered/tally.ts'

const TABLES = `
  CREATE TABLE plain (k TEXT PRIMARY KEY, v INTEGER) STRICT, WITHOUT ROWID;
  CREATE TABLE one (k INTEGER PRIMARY KEY, v INTEGER) STRICT;
  CREATE TABLE named (k TEXT PRIMARY KEY, v INTEGER) STRICT;
  CREATE TABLE indexed (k TEXT PRIMARY KEY, v INTEGER) STRICT, WITHOUT ROWID;
  CREATE INDEX by_v ON indexed (v)`

/** What the meter counts while `work` runs in an object that has these tables. */
async function rowsOf(name: string, work: (state: DurableObjectState) => void): Promise<number> {
  await runInDurableObject(env.KEY_GUARD.getByName(`rows-${name}`), (_, state) => {
    state.storage.sql.exec(TABLES)
    meterState(name, state)
    work(state)
  })
  return counters().rowsWritten[name] ?? 0
}

test.each([
  ['insert', ["INSERT INTO plain VALUES ('a', 1)"], 1],
  ['insert into rowid', ['INSERT INTO one VALUES (1, 1)'], 1],
  ['a text key beside the rowid', ["INSERT INTO named VALUES ('a', 1)"], 2],
  ['an index', ["INSERT INTO indexed VALUES ('a', 1)"], 2],
  ['replace', ["INSERT INTO plain VALUES ('a', 1)", "REPLACE INTO plain VALUES ('a', 2)"], 2],
  ['update', ["INSERT INTO plain VALUES ('a', 1), ('b', 1)", 'UPDATE plain SET v = 2'], 4],
  ['delete', ["INSERT INTO plain VALUES ('a', 1)", "DELETE FROM plain WHERE k = 'a'"], 2],
  ['nothing', ["DELETE FROM plain WHERE k = 'none'", 'UPDATE plain SET v = 1'], 0],
  ['returning', ["INSERT INTO plain VALUES ('a', 1), ('b', 1) RETURNING k"], 2],
  ['several', ["INSERT INTO plain VALUES ('a', 1); DELETE FROM plain; DELETE FROM one"], 2],
])('%s', async (name, statements, rows) => {
  const work = ({ storage }: DurableObjectState) => {
    for (const statement of statements) storage.sql.exec(statement).toArray()
  }
  expect(await rowsOf(name, work)).toBe(rows)
  const inTransaction = (state: DurableObjectState) =>
    state.storage.transactionSync(() => work(state))
  expect(await rowsOf(`${name} in a transaction`, inTransaction)).toBe(rows)
})

test('an alarm set is a row, and so is one taken back', async () => {
  const rows = await rowsOf('alarm', ({ storage }) => {
    void storage.setAlarm(Date.now() + 60_000)
    void storage.deleteAlarm()
  })
  expect(rows).toBe(2)
  expect(counters().alarms['alarm']).toEqual({ set: 1, deleted: 1, run: 0 })
})
