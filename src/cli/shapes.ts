/** What the commands read of the gateway's answers, and how people see it. */
import * as v from 'valibot'
import { facts, list, table, time } from './table.ts'

const Texts = v.array(v.string())
const When = v.nullable(v.string())

export const User = v.object({
  userId: v.string(),
  name: v.string(),
  roles: Texts,
  createdAt: v.string(),
  totpConfirmed: v.boolean(),
  recoveryCodesLeft: v.number(),
  keys: Texts,
})

export const Key = v.object({
  keyId: v.string(),
  name: v.nullable(v.string()),
  account: v.string(),
  user: v.string(),
  tier: v.string(),
  status: v.string(),
  permissions: Texts,
  addresses: Texts,
  symbols: Texts,
  accounts: Texts,
  certificate: v.nullable(v.string()),
  limits: v.array(v.object({ name: v.string(), limit: v.number(), windowSeconds: v.number() })),
  credentials: v.array(
    v.object({
      id: v.string(),
      dialect: v.nullable(v.string()),
      algorithm: v.nullable(v.string()),
      createdAt: When,
      endsAt: When,
      lastUsed: When,
    }),
  ),
  createdAt: When,
  expiresAt: When,
  lastUsed: When,
})

const SessionRow = v.object({
  sid: v.string(),
  keyId: v.string(),
  createdAt: v.string(),
  lastRefresh: v.string(),
  endsAt: v.string(),
  network: v.string(),
  status: v.string(),
})

const SigningKey = v.object({
  kid: v.string(),
  state: v.string(),
  createdAt: v.string(),
  since: v.string(),
})

export const Users = v.object({ items: v.array(User), next: v.exactOptional(v.string()) })
export const Keys = v.object({ items: v.array(Key), next: v.exactOptional(v.string()) })
export const Sessions = v.object({ items: v.array(SessionRow) })
export const SigningKeys = v.object({ items: v.array(SigningKey) })

/** Where the next page begins. */
function more(next: string | undefined): string {
  return next === undefined ? '' : `\n\nThere are more: add --after ${next}`
}

export function usersText({ items, next }: v.InferOutput<typeof Users>): string {
  const columns = [
    { title: 'USER' },
    { title: 'NAME', cut: true },
    { title: 'ROLES', cut: true },
    { title: 'AUTHENTICATOR' },
    { title: 'KEYS' },
    { title: 'SINCE' },
  ]
  const rows = items.map(({ userId, name, roles, totpConfirmed, keys, createdAt }) => [
    userId,
    name,
    list(roles),
    totpConfirmed ? 'confirmed' : 'not yet',
    String(keys.length),
    time(createdAt),
  ])
  return table(columns, rows) + more(next)
}

export function userText(user: v.InferOutput<typeof User>): string {
  return facts([
    ['user', user.userId],
    ['name', user.name],
    ['roles', list(user.roles, 'none')],
    ['authenticator', user.totpConfirmed ? 'confirmed' : 'not confirmed yet'],
    ['recovery codes', `${user.recoveryCodesLeft} left`],
    ['keys', list(user.keys, 'none')],
    ['since', time(user.createdAt)],
  ])
}

export function keysText({ items, next }: v.InferOutput<typeof Keys>): string {
  const columns = [
    { title: 'KEY' },
    { title: 'NAME', cut: true },
    { title: 'USER' },
    { title: 'ACCOUNT', cut: true },
    { title: 'TIER', cut: true },
    { title: 'STATUS' },
    { title: 'LAST USED' },
  ]
  const rows = items.map(({ keyId, name, user, account, tier, status, lastUsed }) => [
    keyId,
    name ?? '-',
    user,
    account,
    tier,
    status,
    time(lastUsed),
  ])
  return table(columns, rows) + more(next)
}

const CREDENTIAL_COLUMNS = [
  { title: 'CREDENTIAL' },
  { title: 'DIALECT', cut: true },
  { title: 'ALGORITHM', cut: true },
  { title: 'ENDS' },
  { title: 'LAST USED' },
]

export function keyText(key: v.InferOutput<typeof Key>): string {
  const limits = key.limits.map(
    ({ name, limit, windowSeconds }) => `${name} ${limit} in ${windowSeconds} s`,
  )
  const certificate = key.certificate === null ? [] : [['certificate', key.certificate] as const]
  const about = facts([
    ['key', key.keyId],
    ['name', key.name ?? '-'],
    ['status', key.status],
    ['user', key.user],
    ['account', key.account],
    ['tier', key.tier],
    ['permissions', list(key.permissions, 'none')],
    ['addresses', list(key.addresses, 'any')],
    ['symbols', list(key.symbols, 'any')],
    ['accounts', list(key.accounts, 'any')],
    ...certificate,
    ['limits', list(limits, 'none')],
    ['created', time(key.createdAt)],
    ['ends', time(key.expiresAt)],
    ['last used', time(key.lastUsed)],
  ])
  const rows = key.credentials.map(({ id, dialect, algorithm, endsAt, lastUsed }) => [
    id,
    dialect ?? '-',
    algorithm ?? '-',
    time(endsAt),
    time(lastUsed),
  ])
  return `${about}\n\n${table(CREDENTIAL_COLUMNS, rows)}`
}

export function sessionsText({ items }: v.InferOutput<typeof Sessions>, own: string): string {
  const columns = ['SESSION', 'KEY', 'STATUS', 'NETWORK', 'BEGUN', 'ENDS'].map((title) => ({
    title,
    cut: title === 'NETWORK',
  }))
  const rows = items.map(({ sid, keyId, status, network, createdAt, endsAt }) => [
    sid,
    keyId,
    sid === own ? `${status}, this` : status,
    network,
    time(createdAt),
    time(endsAt),
  ])
  return table(columns, rows)
}

export function signingKeysText({ items }: v.InferOutput<typeof SigningKeys>): string {
  const columns = ['KEY', 'STATE', 'CREATED', 'SINCE'].map((title) => ({ title }))
  const rows = items.map(({ kid, state, createdAt, since }) => [
    kid,
    state,
    time(createdAt),
    time(since),
  ])
  return table(columns, rows)
}
