/** A key in the tables of its object. */
import { KINDS } from '../src/access/kind.ts'
import type { LimitOverride } from '../src/access/limit.ts'
import { KEY_STATUSES, type Key } from '../src/guard/key.ts'
import { number, text, type Rows } from './rows.ts'

/** The key, or `undefined` where there is none. */
export function readKeyRows(rows: Rows): Key | undefined {
  const [row] = rows.rows('SELECT key_id, account, user, tier, status FROM key')
  const status = KEY_STATUSES.find((known) => known === row?.['status'])
  if (row === undefined || status === undefined) return undefined
  return {
    keyId: text(row['key_id']),
    account: text(row['account']),
    user: text(row['user']),
    tier: text(row['tier']),
    status,
    permissions: rows.rows('SELECT name FROM permission').map(({ name }) => text(name)),
    addresses: rows.rows('SELECT network FROM address').map(({ network }) => text(network)),
    credentials: rows
      .rows('SELECT id, ends_at_ms FROM credential')
      .map(({ id, ends_at_ms: endsAtMs }) =>
        typeof endsAtMs === 'number' ? { id: text(id), endsAtMs } : { id: text(id) },
      ),
    limits: rows.rows('SELECT * FROM key_limit').map(keyLimit),
  }
}

/** Puts the key in the place of what was there. */
export function writeKeyRows(rows: Rows, key: Key, version: number): void {
  const { keyId, account, user, tier, status } = key
  rows.run('DELETE FROM key; DELETE FROM permission; DELETE FROM address')
  rows.run('DELETE FROM credential; DELETE FROM key_limit')
  rows.run(
    'INSERT INTO key VALUES (1, ?, ?, ?, ?, ?, ?)',
    keyId,
    account,
    user,
    tier,
    status,
    version,
  )
  for (const permission of key.permissions)
    rows.run('INSERT INTO permission VALUES (?)', permission)
  for (const network of key.addresses) rows.run('INSERT INTO address VALUES (?)', network)
  for (const { id, endsAtMs } of key.credentials)
    rows.run('INSERT INTO credential VALUES (?, ?)', id, endsAtMs ?? null)
  for (const { name, kinds, limit, windowSeconds, untilMs } of key.limits)
    rows.run(
      'INSERT INTO key_limit VALUES (?, ?, ?, ?, ?)',
      name,
      kinds?.join(' ') ?? '',
      limit,
      windowSeconds,
      untilMs ?? null,
    )
}

function keyLimit(row: Record<string, SqlStorageValue>): LimitOverride {
  const kinds = KINDS.filter((kind) => text(row['kinds']).split(' ').includes(kind))
  const untilMs = row['until_ms']
  return {
    name: text(row['name']),
    limit: number(row['units']),
    windowSeconds: number(row['window_seconds']),
    ...(kinds.length > 0 ? { kinds } : {}),
    ...(typeof untilMs === 'number' ? { untilMs } : {}),
  }
}
