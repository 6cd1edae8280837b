/** A key in the tables of its object. */
import * as v from 'valibot'
import policy from '../gateway.config.ts'
import { permissionsOf } from '../src/access/policy.ts'
import { readRoles } from '../src/access/role.ts'
import { KINDS } from '../src/access/kind.ts'
import { HoldsSchema, type Hold } from '../src/control/hold.ts'
import type { LimitOverride } from '../src/access/limit.ts'
import { KEY_STATUSES, type Key, type KeyCredential, type Standing } from '../src/guard/key.ts'
import { ALGORITHM_IDS } from '../src/signature/algorithm.ts'
import { DIALECT_IDS } from '../src/signature/dialect.ts'
import { number, text, type Rows } from './rows.ts'

/** The key, or `undefined` where there is none. */
export function readKeyRows(rows: Rows): Key | undefined {
  const [row] = rows.rows('SELECT * FROM key')
  const status = KEY_STATUSES.find((known) => known === row?.['status'])
  if (row === undefined || status === undefined) return undefined
  const named = (type: string) =>
    rows.rows('SELECT name FROM resource WHERE type = ?', type).map(({ name }) => text(name))
  const [symbols, accounts] = [named('symbol'), named('account')]
  return {
    keyId: text(row['key_id']),
    account: text(row['account']),
    user: text(row['user']),
    tier: text(row['tier']),
    status,
    permissions: rows.rows('SELECT name FROM permission').map(({ name }) => text(name)),
    addresses: rows.rows('SELECT network FROM address').map(({ network }) => text(network)),
    credentials: rows.rows('SELECT * FROM credential ORDER BY created_at_ms').map(keyCredential),
    limits: rows.rows('SELECT * FROM key_limit').map(keyLimit),
    revision: number(row['revision']),
    name: optionalText(row['name']),
    createdAtMs: optionalNumber(row['created_at_ms']),
    expiresAtMs: optionalNumber(row['expires_at_ms']),
    certificate: optionalText(row['certificate']),
    symbols: symbols.length > 0 ? symbols : undefined,
    accounts: accounts.length > 0 ? accounts : undefined,
    standing: readStanding(rows),
    holds: holdsOf(row['holds']),
  }
}

const StoredHolds = v.pipe(v.string(), v.parseJson(), HoldsSchema)

/** `undefined` where nothing holds it. */
function holdsOf(stored: SqlStorageValue | undefined): readonly Hold[] | undefined {
  const holds = v.parse(StoredHolds, stored)
  return holds.length === 0 ? undefined : holds
}

function readStanding(rows: Rows): Standing | undefined {
  const [row] = rows.rows('SELECT * FROM standing')
  if (row === undefined) return undefined
  const roles = readRoles(rows.rows('SELECT name FROM person_role').map(({ name }) => text(name)))
  return {
    version: number(row['version']),
    sessionsFrom: number(row['sessions_from']),
    roles,
    // Not as it was told: a deployment may have changed since what a role allows.
    permissions: permissionsOf(policy, roles),
    ended: rows.rows('SELECT sid, until_ms FROM ended_session').map((ended) => ({
      sid: text(ended['sid']),
      untilMs: number(ended['until_ms']),
    })),
    steppedUpMs: optionalNumber(row['stepped_up_ms']),
  }
}

const EVERYTHING = [
  'key',
  'permission',
  'address',
  'credential',
  'key_limit',
  'resource',
  'standing',
  'person_role',
  'ended_session',
] as const

export function clearKeyRows(rows: Rows): void {
  for (const table of EVERYTHING) rows.run(`DELETE FROM ${table}`)
}

/** Puts the key in the place of what was there. */
export function writeKeyRows(rows: Rows, key: Key, version: number): void {
  clearKeyRows(rows)
  rows.run(
    'INSERT INTO key VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    key.keyId,
    key.account,
    key.user,
    key.tier,
    key.status,
    version,
    key.revision ?? 0,
    key.name ?? null,
    key.createdAtMs ?? null,
    key.expiresAtMs ?? null,
    key.certificate ?? null,
    JSON.stringify(key.holds ?? []),
  )
  for (const permission of new Set(key.permissions))
    rows.run('INSERT INTO permission VALUES (?)', permission)
  for (const network of new Set(key.addresses)) rows.run('INSERT INTO address VALUES (?)', network)
  for (const { id, endsAtMs, createdAtMs, dialect, algorithm, rotation } of key.credentials)
    rows.run(
      'INSERT INTO credential VALUES (?, ?, ?, ?, ?, ?)',
      id,
      endsAtMs ?? null,
      createdAtMs ?? null,
      dialect ?? null,
      algorithm ?? null,
      rotation ?? null,
    )
  for (const { name, kinds, limit, windowSeconds, untilMs } of key.limits)
    rows.run(
      'INSERT INTO key_limit VALUES (?, ?, ?, ?, ?)',
      name,
      kinds?.join(' ') ?? '',
      limit,
      windowSeconds,
      untilMs ?? null,
    )
  for (const symbol of new Set(key.symbols))
    rows.run('INSERT INTO resource VALUES (?, ?)', 'symbol', symbol)
  for (const account of new Set(key.accounts))
    rows.run('INSERT INTO resource VALUES (?, ?)', 'account', account)
  if (key.standing !== undefined) writeStanding(rows, key.standing)
}

function writeStanding(rows: Rows, standing: Standing): void {
  const { version, sessionsFrom, steppedUpMs, roles, ended } = standing
  rows.run('INSERT INTO standing VALUES (1, ?, ?, ?)', version, sessionsFrom, steppedUpMs ?? null)
  for (const role of roles) rows.run('INSERT INTO person_role VALUES (?)', role)
  for (const { sid, untilMs } of ended)
    rows.run('INSERT INTO ended_session VALUES (?, ?)', sid, untilMs)
}

function optionalText(value: SqlStorageValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function optionalNumber(value: SqlStorageValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function keyCredential(row: Record<string, SqlStorageValue>): KeyCredential {
  return {
    id: text(row['id']),
    endsAtMs: optionalNumber(row['ends_at_ms']),
    createdAtMs: optionalNumber(row['created_at_ms']),
    dialect: DIALECT_IDS.find((id) => id === row['dialect']),
    algorithm: ALGORITHM_IDS.find((id) => id === row['algorithm']),
    rotation: optionalText(row['rotation']),
  }
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
