/** The keys that every contender knows, and the requests that are signed with them. */
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { newSecrets, type DemoSecrets } from '../demo/secrets.ts'
import { sign } from '../src/client/sign.ts'
import { CredentialIds } from '../src/credential/id.ts'
import { issueCredential, newSecret } from '../src/credential/issue.ts'
import { localKeyEncryptionKey } from '../src/credential/kek/local.ts'
import { readKeyRing, type KeyRing } from '../src/credential/key-ring.ts'
import { toBase32, toBase64, toHex, utf8 } from '../src/lib/bytes.ts'
import { Secret } from '../src/lib/secret.ts'
import type { AlgorithmId } from '../src/signature/algorithm.ts'
import type { DialectId } from '../src/signature/dialect.ts'

export interface BenchKey {
  readonly name: string
  /** The credential id, minted by the gateway's own code. */
  readonly id: string
  readonly keyId: string
  readonly dialect: DialectId
  readonly alg: AlgorithmId
  /** Base64 of the bytes of the shared secret; of a key pair none. */
  readonly secret: string
  /** PKCS#8 PEM of a key pair. */
  readonly privateKey: string
  /** What the key may spend in any second. */
  readonly perSecond: number
  /** The tier of the sample policy that has this limit. */
  readonly tier: string
  /** The credential as Portcullis stores it. */
  readonly record: unknown
}

export interface Keys {
  readonly secrets: DemoSecrets
  readonly keys: readonly BenchKey[]
}

/** Limits that do not matter, and those that a contender is shown to keep. */
const TIERS = { unmetered: 20_000, retail: 10 } as const
type Tier = keyof typeof TIERS

/** @param many how many keys there are beside those with a name, `many-0` and so on. */
export async function makeKeys(many: number): Promise<Keys> {
  const secrets = newSecrets()
  const make = maker(secrets)
  const named = [
    make('hot', 'compact', 'hmac-sha256', 'unmetered'),
    make('limited', 'compact', 'hmac-sha256', 'retail'),
    make('rfc9421', 'rfc9421', 'hmac-sha256', 'unmetered'),
    make('ed25519', 'rfc9421', 'ed25519', 'unmetered'),
    make('ecdsa', 'rfc9421', 'ecdsa-p256-sha256', 'unmetered'),
    make('binance', 'binance', 'hmac-sha256', 'unmetered'),
  ]
  const others = Array.from({ length: many }, (_, i) =>
    make(`many-${i}`, 'compact', 'hmac-sha256', 'unmetered'),
  )
  return { secrets, keys: await Promise.all([...named, ...others]) }
}

function maker(secrets: DemoSecrets) {
  const ids = new CredentialIds(ring(secrets.CREDENTIAL_ID_KEY))
  const kek = localKeyEncryptionKey(ring(secrets.CREDENTIAL_KEK))
  return async (
    name: string,
    dialect: DialectId,
    alg: AlgorithmId,
    tier: Tier,
  ): Promise<BenchKey> => {
    const keyId = `key_${toBase32(crypto.getRandomValues(new Uint8Array(10)))}`
    const { material, secret, privateKey } = newMaterial(dialect, alg)
    const request = { keyId, dialect, algorithm: alg, canary: false }
    const record = await issueCredential(request, material, ids, kek)
    const perSecond = TIERS[tier]
    return { name, id: record.id, keyId, dialect, alg, secret, privateKey, perSecond, tier, record }
  }
}

function newMaterial(dialect: DialectId, alg: AlgorithmId) {
  if (alg !== 'hmac-sha256') {
    const { publicKey, privateKey } =
      alg === 'ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const material = new Secret(new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })))
    const pem = String(privateKey.export({ type: 'pkcs8', format: 'pem' }))
    return { material, secret: '', privateKey: pem }
  }
  const bytes = newSecret().reveal()
  // The clients of a venue use a text as the key.
  const used = dialect === 'binance' ? utf8(toHex(bytes)) : bytes
  return { material: new Secret(used), secret: toBase64(used), privateKey: '' }
}

function ring(text: string): KeyRing {
  const read = readKeyRing(text)
  if (read === undefined) throw new Error('Cannot make keys: new secrets cannot be read')
  return read
}

export type Call = 'read' | 'order'

const ORDER = JSON.stringify({
  symbol: 'BTC-USD',
  side: 'buy',
  type: 'limit',
  quantity: '0.01',
  price: '49000',
})

/** What a contender is asked, signed now, as it stands on the wire. */
export async function signedRequest(key: BenchKey, call: Call, port: number): Promise<Buffer> {
  if (key.dialect === 'binance') return binanceRequest(key, call, port)
  const { id, alg, dialect, secret, privateKey } = key
  const method = call === 'read' ? 'GET' : 'POST'
  const target = call === 'read' ? '/v1/account' : '/v1/orders'
  const body = call === 'read' ? '' : ORDER
  const headers = await sign(
    { method, url: `http://127.0.0.1:${port}${target}`, body },
    { id, alg, dialect, secret, privateKey },
  )
  return onTheWire(method, target, port, headers, body)
}

/** As its clients sign: the query and its HMAC, as text. */
function binanceRequest({ id, secret }: BenchKey, call: Call, port: number): Buffer {
  const stamp = `timestamp=${Date.now()}&recvWindow=10000`
  const order = 'symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=49000'
  // Two orders of one millisecond would be one order.
  const query =
    call === 'read' ? stamp : `${order}&newClientOrderId=${crypto.randomUUID()}&${stamp}`
  const proof = createHmac('sha256', Buffer.from(secret, 'base64')).update(query).digest('hex')
  const [method, path] = call === 'read' ? ['GET', '/api/v3/account'] : ['POST', '/api/v3/order']
  return onTheWire(method, `${path}?${query}&signature=${proof}`, port, { 'x-mbx-apikey': id }, '')
}

export function onTheWire(
  method: string,
  target: string,
  port: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): Buffer {
  const described =
    method === 'GET'
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(body.length) }
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    accept: '*/*',
    ...described,
    ...headers,
  })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${head}\r\n${body}`)
}
