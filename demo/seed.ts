/** The demo's keys: made once, through the same code that makes any credential, and kept for the next start. */
import fs from 'node:fs'
import { CredentialIds } from '../src/credential/id.ts'
import { issueCredential } from '../src/credential/issue.ts'
import { localKeyEncryptionKey } from '../src/credential/kek/local.ts'
import { readKeyRing, type KeyRing } from '../src/credential/key-ring.ts'
import type { Key } from '../src/guard/key.ts'
import { toBase32, toBase64 } from '../src/lib/bytes.ts'
import policy from '../gateway.config.ts'
import type { DemoSecrets } from './secrets.ts'
import { writePrivate } from './secrets.ts'
import type { Runtime } from './runtime.ts'

export interface DemoKey {
  readonly name: string
  readonly id: string
  readonly keyId: string
  readonly dialect: 'compact' | 'rfc9421'
  readonly alg: 'hmac-sha256'
  readonly secret: string
  readonly account: string
  readonly user: string
  readonly tier: string
  readonly permissions: readonly string[]
}

const EVERYTHING = [...policy.permissions]
const READING = EVERYTHING.filter((permission) => permission.endsWith('.read'))

/** What is seeded: each name once. */
const KEYS = [
  {
    name: 'trade',
    dialect: 'rfc9421',
    account: 'acct-alpha',
    tier: 'retail',
    permissions: EVERYTHING,
    addresses: [],
  },
  {
    name: 'compact',
    dialect: 'compact',
    account: 'acct-beta',
    tier: 'retail',
    permissions: EVERYTHING,
    addresses: [],
  },
  {
    name: 'read-only',
    dialect: 'rfc9421',
    account: 'acct-alpha',
    tier: 'retail',
    permissions: READING,
    addresses: [],
  },
  {
    name: 'ip-bound',
    dialect: 'rfc9421',
    account: 'acct-alpha',
    tier: 'retail',
    permissions: EVERYTHING,
    addresses: ['127.0.0.77/32'],
  },
  {
    name: 'hot',
    dialect: 'compact',
    account: 'acct-gamma',
    tier: 'unmetered',
    permissions: EVERYTHING,
    addresses: [],
  },
] as const

export async function seed(
  runtime: Runtime,
  secrets: DemoSecrets,
  file: string,
): Promise<readonly DemoKey[]> {
  const known: DemoKey[] = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : []
  const ids = new CredentialIds(ring(secrets.CREDENTIAL_ID_KEY))
  const kek = localKeyEncryptionKey(ring(secrets.CREDENTIAL_KEK))
  const credentials = await runtime.miniflare.getKVNamespace('CREDENTIALS')
  const guards = await runtime.miniflare.getDurableObjectNamespace('KEY_GUARD')

  for (const { name, dialect, account, tier, permissions, addresses } of KEYS) {
    if (known.some((key) => key.name === name)) continue
    const keyId = `key_${toBase32(crypto.getRandomValues(new Uint8Array(10)))}`
    const user = `user-${account.slice('acct-'.length)}`
    const { record, secret } = await issueCredential(keyId, dialect, 'hmac-sha256', ids, kek)
    const key: Key = {
      keyId,
      account,
      user,
      tier,
      status: 'active',
      permissions,
      addresses,
      credentials: [{ id: record.id }],
    }
    // The key first: a credential without one could only be refused.
    await Reflect.apply(Reflect.get(guards.getByName(keyId), 'put'), undefined, [key])
    await credentials.put(record.id, JSON.stringify(record))
    known.push({
      name,
      id: record.id,
      keyId,
      dialect,
      alg: 'hmac-sha256',
      secret: toBase64(secret.reveal()),
      account,
      user,
      tier,
      permissions,
    })
  }
  writePrivate(file, known)
  return known
}

function ring(text: string): KeyRing {
  const read = readKeyRing(text)
  if (read === undefined)
    throw new Error('Cannot seed the demo: its secrets are damaged. Start with --fresh.')
  return read
}
