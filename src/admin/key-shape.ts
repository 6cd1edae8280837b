/** A key as the gateway's own API shows it. */
import * as v from 'valibot'
import type { KeyView } from '../guard/key.ts'
import { isoOf, Text, Time, Whole } from './fields.ts'

export const LimitShape = v.object({ name: Text, limit: Whole, windowSeconds: Whole })
export const CredentialShape = v.object({
  id: Text,
  algorithm: v.optional(Text),
  secret: v.optional(Text),
  endsAt: v.optional(Time),
})
export const KeyShape = v.object({
  keyId: Text,
  name: v.nullable(Text),
  account: Text,
  user: Text,
  tier: Text,
  status: v.picklist(['active', 'suspended', 'revoked']),
  permissions: v.array(Text),
  addresses: v.array(Text),
  symbols: v.array(Text),
  accounts: v.array(Text),
  certificate: v.nullable(Text),
  limits: v.array(LimitShape),
  credentials: v.array(
    v.object({
      id: Text,
      dialect: v.nullable(Text),
      algorithm: v.nullable(Text),
      createdAt: v.nullable(Time),
      endsAt: v.nullable(Time),
      lastUsed: v.nullable(Time),
    }),
  ),
  createdAt: v.nullable(Time),
  expiresAt: v.nullable(Time),
  lastUsed: v.nullable(Time),
})

export function shownKey({ key, lastUsedMs, credentialsUsed, limits }: KeyView) {
  const usedMs = new Map(credentialsUsed.map(({ id, atMs }) => [id, atMs]))
  return {
    keyId: key.keyId,
    name: key.name ?? null,
    account: key.account,
    user: key.user,
    tier: key.tier,
    status: key.status,
    permissions: key.permissions,
    addresses: key.addresses,
    symbols: key.symbols ?? [],
    accounts: key.accounts ?? [],
    certificate: key.certificate ?? null,
    limits: limits.map(({ name, limit, windowSeconds }) => ({ name, limit, windowSeconds })),
    credentials: key.credentials.map(({ id, dialect, algorithm, createdAtMs, endsAtMs }) => ({
      id,
      dialect: dialect ?? null,
      algorithm: algorithm ?? null,
      createdAt: isoOf(createdAtMs),
      endsAt: isoOf(endsAtMs),
      lastUsed: isoOf(usedMs.get(id)),
    })),
    createdAt: isoOf(key.createdAtMs),
    expiresAt: isoOf(key.expiresAtMs),
    lastUsed: isoOf(lastUsedMs),
  }
}
