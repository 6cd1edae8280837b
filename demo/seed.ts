/** The demo's keys: made once, through the same code that makes any credential, and kept for the next start. */
import { generateKeyPairSync } from 'node:crypto'
import fs from 'node:fs'
import { CredentialIds } from '../src/credential/id.ts'
import { issueCredential, newSecret } from '../src/credential/issue.ts'
import { localKeyEncryptionKey } from '../src/credential/kek/local.ts'
import { readKeyRing, type KeyRing } from '../src/credential/key-ring.ts'
import type { Key } from '../src/guard/key.ts'
import { toBase32, toBase64, toHex, utf8 } from '../src/lib/bytes.ts'
import { Secret } from '../src/lib/secret.ts'
import { ALGORITHMS, type AlgorithmId } from '../src/signature/algorithm.ts'
import type { DialectId } from '../src/signature/dialect.ts'
import policy from '../gateway.config.ts'
import { extraKeys } from './extra-keys.ts'
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

const EVERYTHING = [...policy.permissions]
const READING = EVERYTHING.filter((permission) => permission.endsWith('.read'))

interface Wanted {
  readonly name: string
  readonly dialect: DialectId
  readonly alg?: AlgorithmId
  readonly account: string
  readonly tier?: string
  readonly permissions?: readonly string[]
  readonly addresses?: readonly string[]
  readonly canary?: boolean
}

/** What is seeded: each name once. */
const KEYS: readonly Wanted[] = [
  { name: 'trade', dialect: 'rfc9421', account: 'acct-alpha' },
  { name: 'trade-ed25519', dialect: 'rfc9421', alg: 'ed25519', account: 'acct-alpha' },
  { name: 'trade-ecdsa', dialect: 'rfc9421', alg: 'ecdsa-p256-sha256', account: 'acct-alpha' },
  { name: 'trade-binance', dialect: 'binance', account: 'acct-delta' },
  { name: 'read-only-binance', dialect: 'binance', account: 'acct-delta', permissions: READING },
  { name: 'compact', dialect: 'compact', account: 'acct-beta' },
  { name: 'read-only', dialect: 'rfc9421', account: 'acct-alpha', permissions: READING },
  { name: 'ip-bound', dialect: 'rfc9421', account: 'acct-alpha', addresses: ['127.0.0.77/32'] },
  // A decoy: it looks like any other key, answers as if there were none, and says that somebody tried it.
  { name: 'canary', dialect: 'rfc9421', account: 'acct-alpha', canary: true },
  { name: 'hot', dialect: 'compact', account: 'acct-gamma', tier: 'unmetered' },
  ...extraKeys(),
]

/** The part of the Worker's bindings that seeding uses. */
interface Bindings {
  readonly CREDENTIALS: { put(id: string, record: string): Promise<void> }
  readonly KEY_GUARD: { getByName(keyId: string): { put(key: Key): Promise<void> } }
}

export async function seed(
  runtime: Runtime,
  secrets: DemoSecrets,
  file: string,
): Promise<readonly DemoKey[]> {
  const known: DemoKey[] = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : []
  const ids = new CredentialIds(ring(secrets.CREDENTIAL_ID_KEY))
  const kek = localKeyEncryptionKey(ring(secrets.CREDENTIAL_KEK))
  const { CREDENTIALS, KEY_GUARD } = await runtime.miniflare.getBindings<Bindings>()

  for (const wanted of KEYS) {
    if (known.some(({ name }) => name === wanted.name)) continue
    const {
      name,
      dialect,
      alg = 'hmac-sha256',
      account,
      tier = 'retail',
      permissions = EVERYTHING,
      addresses = [],
      canary = false,
    } = wanted
    const keyId = `key_${toBase32(crypto.getRandomValues(new Uint8Array(10)))}`
    const user = `user-${account.slice('acct-'.length)}`
    const { material, shown } = newMaterial(dialect, alg)
    const request = { keyId, dialect, algorithm: alg, canary }
    const record = await issueCredential(request, material, ids, kek)
    const { id } = record
    const key: Key = {
      keyId,
      account,
      user,
      tier,
      status: 'active',
      permissions,
      addresses,
      credentials: [{ id }],
      limits: [],
    }
    // The key first: a credential without one could only be refused.
    await KEY_GUARD.getByName(keyId).put(key)
    await CREDENTIALS.put(id, JSON.stringify(record))
    known.push({ name, id, keyId, dialect, alg, ...shown, account, user, tier, permissions })
  }
  writePrivate(file, known)
  return known
}

/** New key material: what the gateway keeps, and what its owner is shown. */
function newMaterial(
  dialect: DialectId,
  algorithm: AlgorithmId,
): { material: Secret; shown: Pick<DemoKey, 'secret' | 'privateKey'> } {
  if (!ALGORITHMS[algorithm].shared) {
    const { publicKey, privateKey } =
      algorithm === 'ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return {
      material: new Secret(new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }))),
      shown: { privateKey: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) },
    }
  }
  const secret = newSecret()
  if (dialect === 'compact' || dialect === 'rfc9421')
    return { material: secret, shown: { secret: toBase64(secret.reveal()) } }
  // The venue's clients use the text itself as the key.
  const text = toHex(secret.reveal())
  return { material: new Secret(utf8(text)), shown: { secret: text } }
}

function ring(text: string): KeyRing {
  const read = readKeyRing(text)
  if (read === undefined)
    throw new Error('Cannot seed the demo: its secrets are damaged. Start with --fresh.')
  return read
}
