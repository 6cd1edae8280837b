/** Brings an object's tables up to date, one numbered step at a time. Steps are only ever added. */
export function migrate(sql: SqlStorage, steps: readonly string[]): void {
  sql.exec('CREATE TABLE IF NOT EXISTS schema (version INTEGER NOT NULL) STRICT')
  const stored = sql.exec('SELECT version FROM schema').toArray()[0]?.['version']
  const version = typeof stored === 'number' ? stored : 0
  if (version > steps.length)
    throw new Error(
      `Cannot open the object: its tables are of version ${version}, newer than this code`,
    )
  if (version === steps.length) return
  for (const step of steps.slice(version)) sql.exec(step)
  sql.exec('DELETE FROM schema')
  sql.exec('INSERT INTO schema VALUES (?)', steps.length)
}
