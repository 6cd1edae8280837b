/** The demo's keys: made once, through the same code that makes any credential, and kept for the next start. */
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import fs from 'node:fs'
import { CredentialIds } from '../src/credential/id.ts'
import { newMaterial } from '../src/admin/material.ts'
import { newId } from '../src/admin/users.ts'
import { knownSecrets } from '../src/cli/known-secrets.ts'
import { issueCredential } from '../src/credential/issue.ts'
import type { KeyEncryptionKey } from '../src/credential/kek/provider.ts'
import { localKeyEncryptionKey } from '../src/credential/kek/local.ts'
import { readKeyRing, type KeyRing } from '../src/credential/key-ring.ts'
import type { Key } from '../src/guard/key.ts'
import type { Secret } from '../src/lib/secret.ts'
import { ALGORITHMS, type AlgorithmId } from '../src/signature/algorithm.ts'
import type { DialectId } from '../src/signature/dialect.ts'
import policy from '../gateway.config.ts'
import { FEED_PERMISSION } from '../src/access/permission.ts'
import type { Role } from '../src/access/role.ts'
import type { Result } from '../src/lib/result.ts'
import { extraKeys } from './extra-keys.ts'
import { People, SEEDED, STAFF, type DemoPerson, type UserStub } from './people.ts'
import type { DemoSecrets } from './secrets.ts'
import { writePrivate } from './secrets.ts'
import type { Runtime } from './runtime.ts'

export interface DemoKey {
  readonly name: string
  readonly id: string
  readonly keyId: string
  readonly dialect: DialectId
  readonly alg: AlgorithmId
  /** Base64 of the bytes, or for a venue's dialect as that venue's client expects it. */
  readonly secret?: string
  /** PKCS#8 PEM: a customer's own, which the gateway never sees outside this demo. */
  readonly privateKey?: string
  readonly account: string
  readonly user: string
  readonly tier: string
  readonly permissions: readonly string[]
}

const EVERYTHING = [...policy.permissions].filter((name) => name !== FEED_PERMISSION)
const READING = EVERYTHING.filter((permission) => permission.endsWith('.read'))

interface Wanted {
  readonly name: string
  readonly dialect: DialectId
  readonly alg?: AlgorithmId
  readonly account: string
  readonly user: string
  readonly roles?: readonly Role[]
  readonly tier?: string
  readonly permissions?: readonly string[]
  readonly addresses?: readonly string[]
  readonly canary?: boolean
  /** Whether it is bound to the certificate with which the broker tells. */
  readonly feed?: boolean
}

/** What is seeded: each name once. */
const KEYS: readonly Wanted[] = [
  { name: 'trade', dialect: 'rfc9421', account: 'acct-alpha', user: 'user-alpha' },
  {
    name: 'trade-ed25519',
    dialect: 'rfc9421',
    alg: 'ed25519',
    account: 'acct-alpha',
    user: 'user-alpha',
  },
  {
    name: 'trade-ecdsa',
    dialect: 'rfc9421',
    alg: 'ecdsa-p256-sha256',
    account: 'acct-alpha',
    user: 'user-alpha',
  },
  { name: 'trade-binance', dialect: 'binance', account: 'acct-delta', user: 'user-delta' },
  {
    name: 'read-only-binance',
    dialect: 'binance',
    account: 'acct-delta',
    user: 'user-delta',
    permissions: READING,
  },
  { name: 'compact', dialect: 'compact', account: 'acct-beta', user: 'user-beta' },
  {
    name: 'read-only',
    dialect: 'rfc9421',
    account: 'acct-alpha',
    user: 'user-alpha',
    permissions: READING,
  },
  {
    name: 'ip-bound',
    dialect: 'rfc9421',
    account: 'acct-alpha',
    user: 'user-alpha',
    addresses: ['127.0.0.77/32'],
  },
  // A decoy: it looks like any other key, answers as if there were none, and says that somebody tried it.
  { name: 'canary', dialect: 'rfc9421', account: 'acct-alpha', user: 'user-alpha', canary: true },
  { name: 'hot', dialect: 'compact', account: 'acct-gamma', user: 'user-gamma', tier: 'unmetered' },
  ...STAFF.map(([name, role]) => ({
    name,
    dialect: 'rfc9421' as const,
    account: 'staff',
    user: `user-${name}`,
    roles: [role],
    permissions: [],
  })),
  {
    name: 'feed',
    dialect: 'compact',
    account: 'staff',
    user: 'user-feed',
    roles: ['support'],
    permissions: [FEED_PERMISSION],
    feed: true,
  },
  ...extraKeys(),
]

/** The part of the Worker's bindings that seeding uses. */
interface Bindings {
  readonly CREDENTIALS: { put(id: string, record: string): Promise<void> }
  readonly USER: { getByName(userId: string): UserStub }
  readonly DIRECTORY: {
    getByName(name: string): {
      enter(
        entry: { id: string; type: 'user' | 'key'; user: string; account: string },
        reservation: undefined,
      ): Promise<Result<string, unknown>>
    }
  }
}

export interface Seeded {
  readonly keys: readonly DemoKey[]
  readonly users: readonly (DemoPerson & { readonly credential: string })[]
}

export async function seed(
  runtime: Runtime,
  secrets: DemoSecrets,
  file: string,
  peopleFile: string,
  feedCertificate?: string,
): Promise<Seeded> {
  const known: DemoKey[] = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : []
  const ids = new CredentialIds(ring(secrets.CREDENTIAL_ID_KEY))
  const kek = localKeyEncryptionKey(ring(secrets.CREDENTIAL_KEK))
  const { CREDENTIALS, USER, DIRECTORY } = await runtime.miniflare.getBindings<Bindings>()
  const directory = DIRECTORY.getByName('all')
  const people = new People(
    peopleFile,
    (userId) => USER.getByName(userId),
    (id) => directory.enter({ id, type: 'user', user: id, account: '' }, undefined),
  )

  // Published secrets, one a line: imports of them are refused. A deployment puts them there with wrangler.
  const published = process.env['PORTCULLIS_KNOWN_SECRETS']
  if (published !== undefined) {
    const entries = await knownSecrets(fs.readFileSync(published, 'utf8'))
    for (const { key, value } of entries) await CREDENTIALS.put(key, value)
  }

  // A gateway as it is right after its first deployment: nobody is there but who has the one-time secret.
  const wantedKeys = process.env['PORTCULLIS_SEED'] === 'none' ? [] : KEYS
  for (const wanted of wantedKeys) {
    if (known.some(({ name }) => name === wanted.name)) continue
    // Without the broker's certificate there is nothing to bind its key to.
    if (wanted.feed === true && feedCertificate === undefined) continue
    const { shown, key, record } = await makeKey(wanted, ids, kek, feedCertificate)
    const { keyId, account, user, tier, permissions } = key
    const person = await people.person(user, wanted.roles ?? ['client'])
    await CREDENTIALS.put(record.id, JSON.stringify(record))
    await directory.enter({ id: keyId, type: 'key', user, account }, undefined)
    await person.addKey(key, SEEDED)
    const { id, dialect, algorithm: alg } = record
    const { name } = wanted
    known.push({ name, id, keyId, dialect, alg, ...shown, account, user, tier, permissions })
  }
  writePrivate(file, known)
  const credentialOf = (userId: string) => known.find(({ user }) => user === userId)?.id ?? ''
  const users = people.all.map((person) => ({ ...person, credential: credentialOf(person.id) }))
  return { keys: known, users }
}

async function makeKey(
  wanted: Wanted,
  ids: CredentialIds,
  kek: KeyEncryptionKey,
  feedCertificate: string | undefined,
) {
  const { name, dialect, alg = 'hmac-sha256', account, user, canary = false } = wanted
  const keyId = newId('key')
  const { secret, shown } = await makeMaterial(dialect, alg)
  const record = await issueCredential({ keyId, dialect, algorithm: alg, canary }, secret, ids, kek)
  const createdAtMs = Date.now()
  const key: Key = {
    keyId,
    account,
    user,
    tier: wanted.tier ?? 'retail',
    status: 'active',
    permissions: wanted.permissions ?? EVERYTHING,
    addresses: wanted.addresses ?? [],
    credentials: [{ id: record.id, dialect, algorithm: alg, createdAtMs }],
    limits: [],
    name,
    createdAtMs,
    ...(wanted.feed === true && feedCertificate !== undefined
      ? { certificate: thumbprintOf(feedCertificate) }
      : {}),
  }
  return { shown, key, record }
}

/** As the edge names a certificate: SHA-256, lower-case hexadecimal. */
function thumbprintOf(file: string): string {
  const { fingerprint256 } = new X509Certificate(fs.readFileSync(file))
  return fingerprint256.replaceAll(':', '').toLowerCase()
}

/** What the gateway keeps of a new key, and what its owner has: here the private half, too. */
async function makeMaterial(
  dialect: DialectId,
  alg: AlgorithmId,
): Promise<{ secret: Secret; shown: Pick<DemoKey, 'secret' | 'privateKey'> }> {
  const pair = ALGORITHMS[alg].shared
    ? undefined
    : alg === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicKey = pair && String(pair.publicKey.export({ type: 'spki', format: 'pem' }))
  const made = await newMaterial({ dialect, alg, publicKey }, { knownSecret: async () => false })
  if (!made.ok) throw new Error(`Cannot seed a ${dialect} key: ${made.error.code}`)
  const { secret, shown } = made.value
  if (pair === undefined) return { secret, shown }
  const privateKey = String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }))
  return { secret, shown: { privateKey } }
}

function ring(text: string): KeyRing {
  const read = readKeyRing(text)
  if (read === undefined)
    throw new Error('Cannot seed the demo: its secrets are damaged. Start with --fresh.')
  return read
}
