/** Keys as their owners make and bind them, through the running product. */
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createHash, X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sign } from '../../src/client/sign.ts'
import { Cast } from '../support/node/cast.ts'
import { codeOf, Demo, order } from '../support/node/demo.ts'
import { askSigned } from '../support/node/person.ts'
import { rounds, shown } from '../support/node/size.ts'

const LIST = fileURLToPath(
  new URL('../../../shared/data/secrets/jwt.secrets.list', import.meta.url),
)
const listed = fs.existsSync(LIST)
const demo = new Demo(listed ? { PORTCULLIS_KNOWN_SECRETS: LIST } : {})
let cast: Cast
let client: { readonly userId: string }

beforeAll(async () => {
  await demo.start()
  cast = await Cast.of(demo)
  client = await cast.person(['client'])
})

afterAll(() => demo.stop())

function wanted(change: object = {}) {
  const body = { account: 'acct-keys', user: client.userId, tier: 'retail', dialect: 'compact' }
  return { ...body, permissions: ['market.read', 'order.write'], ...change }
}

const create = (change: object) => cast.owner.call('POST', '/admin/keys', wanted(change))

describe('a secret that a customer brings', () => {
  test.skipIf(!listed)(
    'is refused when it was published, as text and as what it may encode',
    async () => {
      const lines = fs.readFileSync(LIST, 'utf8').split('\n')
      const asText = lines.filter((line) => Buffer.byteLength(line) >= 32)
      const asBase64 = lines.filter((line) =>
        /^[A-Za-z0-9+/]{43}=$|^(?:[A-Za-z0-9+/]{4}){11,}$/.test(line),
      )
      // One in so many of those that are long enough to be considered at all, and every one that looks random.
      const sample = [
        ...asText
          .filter((_, i) => i % rounds(60, 1) === 0)
          .map((line) => Buffer.from(line).toString('base64')),
        ...asBase64.filter((_, i) => i % rounds(10, 1) === 0),
      ]
      const accepted: string[] = []
      for (const secret of sample) {
        const { status } = await create({ secret })
        if (status !== 422) accepted.push(secret)
      }
      shown(`${sample.length} published secrets brought as keys, ${accepted.length} accepted`)
      expect(accepted).toEqual([])
    },
  )

  // @control mission/strong-secrets
  test('is refused when it is short, repeats or is no base64, and the answer does not repeat it', async () => {
    for (const secret of [
      Buffer.alloc(31, 7).toString('base64'),
      Buffer.alloc(32, 7).toString('base64'),
      Buffer.from('correct horse battery staple correct horse').toString('base64'),
      'not base64!',
    ]) {
      const { status, json } = await create({ secret })
      expect(status).toBe(422)
      expect(json.errors[0].pointer).toBe('/secret')
      expect(JSON.stringify(json)).not.toContain(secret)
    }
  })

  test('is used when it is good, and not shown', async () => {
    const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')
    const { status, json } = await create({ secret })
    expect(status).toBe(201)
    expect(json.credential.secret).toBeUndefined()
    const credential = { id: json.credential.id, dialect: 'compact', secret } as const
    const read = await askSigned(demo.file.gateway, credential, 'GET', '/v1/ticker/BTC-USD')
    expect(read.status).toBe(200)
  })
})

describe('a public key', () => {
  // @control mission/asymmetric
  test('is taken as SPKI, its owner signs with the private half', async () => {
    const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
    if (!('privateKey' in pair)) expect.fail('no pair')
    const pem = (label: string, der: ArrayBuffer) =>
      `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`
    const publicKey = pem('PUBLIC KEY', await crypto.subtle.exportKey('spki', pair.publicKey))
    const privateKey = pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', pair.privateKey))
    const made = await create({ dialect: 'rfc9421', alg: 'ed25519', publicKey })
    expect(made).toMatchObject({ status: 201, json: { credential: { algorithm: 'ed25519' } } })
    expect(made.json.credential.secret).toBeUndefined()
    const { id } = made.json.credential
    const credential = { id, dialect: 'rfc9421', alg: 'ed25519', privateKey } as const
    const read = await askSigned(demo.file.gateway, credential, 'GET', '/v1/ticker/BTC-USD')
    expect(read.status).toBe(200)

    const refused = await create({ dialect: 'rfc9421', alg: 'ed25519', publicKey: privateKey })
    expect(refused).toMatchObject({ status: 422, json: { errors: [{ pointer: '/publicKey' }] } })
    expect(JSON.stringify(refused.json)).not.toContain(privateKey.slice(40, 60))
  })
})

// @control mission/scopes rts6/15(5)-instruments
test('a key that is bound to symbols places orders for these, and can cancel', async () => {
  const permissions = ['order.write', 'order.cancel']
  const { json } = await create({ symbols: ['BTC-USD'], permissions })
  const { id, secret } = json.credential
  const credential = { id, secret, dialect: 'compact' } as const
  const place = (symbol: string) => {
    const { body = '' } = order(`bound-${symbol}`)
    const wire = { ...JSON.parse(String(body)), symbol }
    return askSigned(demo.file.gateway, credential, 'POST', '/v1/orders', wire)
  }
  expect((await place('BTC-USD')).status).toBe(201)
  expect(await place('ETH-USD')).toMatchObject({
    status: 403,
    json: { code: 'permission_missing', required: ['symbol:ETH-USD'] },
  })
  const all = await askSigned(demo.file.gateway, credential, 'DELETE', '/v1/orders')
  expect(all.status).toBe(200)
  const seen = demo.journal().filter(({ body }) => body.includes('bound-ETH-USD'))
  expect(seen).toEqual([])
})

// @control mission/mtls-client
test('a key that is bound to a client certificate is refused without it', async () => {
  const { clientCertificate } = JSON.parse(fs.readFileSync(demo.path('demo.json'), 'utf8'))
  const pem = fs.readFileSync(clientCertificate.certificate, 'utf8')
  const certificate = createHash('sha256').update(new X509Certificate(pem).raw).digest('hex')
  const { json } = await create({ certificate })
  const { id, secret } = json.credential
  const credential = { id, secret, dialect: 'compact' } as const
  const target = '/v1/ticker/BTC-USD'
  const url = demo.file.gatewayTls + target
  const call = async (options: object) => {
    const headers = await sign({ method: 'GET', url }, credential)
    return demo.send({ method: 'GET', target, headers }, { tls: true, ...options })
  }
  expect(codeOf(await call({}))).toBe('client_certificate_required')
  const shownOne = { cert: pem, key: fs.readFileSync(clientCertificate.key, 'utf8') }
  expect((await call(shownOne)).status).toBe(200)
})

test('a key that expires says when, warns, and is refused from then on', async () => {
  const expiresAt = new Date(Date.now() + 3_000).toISOString()
  const { json } = await create({ expiresAt })
  const { id, secret } = json.credential
  const credential = { id, secret, dialect: 'compact' } as const
  const self = await askSigned(demo.file.gateway, credential, 'GET', '/gw/v1/keys/self')
  expect(self.json).toMatchObject({
    endsAt: expiresAt,
    warnings: [expect.stringContaining(expiresAt)],
  })
  await demo.until(() => demo.output.includes('"credential_ending"'))
  await demo.until(() => Date.now() > Date.parse(expiresAt))
  const late = await askSigned(demo.file.gateway, credential, 'GET', '/gw/v1/keys/self')
  expect(late).toMatchObject({ status: 403, json: { code: 'credential_expired' } })
})

test('a key rotates itself and tightens its own limits, and loosens none', async () => {
  const { json } = await create({})
  const { id, secret } = json.credential
  const first = { id, secret, dialect: 'compact' } as const
  const { gateway } = demo.file
  const rotated = await askSigned(gateway, first, 'POST', '/gw/v1/keys/self/rotate', {
    overlapSeconds: 60,
  })
  expect(rotated.status).toBe(200)
  const next = { ...first, id: rotated.json.credential.id, secret: rotated.json.credential.secret }
  for (const credential of [first, next])
    expect((await askSigned(gateway, credential, 'GET', '/v1/ticker/BTC-USD')).status).toBe(200)

  const cap = (limit: number) =>
    askSigned(gateway, next, 'PUT', '/gw/v1/keys/self/caps', {
      limits: [{ name: 'burst', limit, windowSeconds: 1 }],
    })
  expect((await cap(2)).status).toBe(200)
  expect(await cap(3)).toMatchObject({ status: 403, json: { code: 'role_missing' } })
  const self = await askSigned(gateway, next, 'GET', '/gw/v1/keys/self')
  expect(self.json.limits).toContainEqual(expect.objectContaining({ name: 'burst', limit: 2 }))
  const seen = await cast.owner.call('GET', `/admin/keys/${json.keyId}`)
  expect(seen.json.credentials).toHaveLength(2)
  expect(seen.json.credentials[0]).toMatchObject({ lastUsed: expect.any(String) })
})
