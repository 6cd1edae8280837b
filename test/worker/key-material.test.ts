/** New credentials: made here or brought along, beside the old ones for as long as was said, and told once. */
import { env } from 'cloudflare:workers'
import { exportSPKI, generateKeyPair } from 'jose'
import { describe, expect, test } from 'vitest'
import { secretDigest } from '../../src/credential/strength.ts'
import { toBase64, toHex, utf8 } from '../../src/lib/bytes.ts'
import { ask, askSigned, Caller } from './gateway.ts'
import { BoundSession, newProver } from './prover.ts'
import { join, make, movingClock, pass, said, theOwner, wrongAt } from './staff.ts'

movingClock()

const KEYS = '/gw/v1/admin/keys'
const rotation = (keyId: string) => `${KEYS}/${keyId}/rotate`

function randomBase64(): string {
  return toBase64(crypto.getRandomValues(new Uint8Array(32)))
}

describe('a rotated key', () => {
  // @control mission/rotation
  test('goes on under both credentials until the overlap ends, then under the new one', async () => {
    const owner = await theOwner()
    const bob = await make(owner, ['client'])
    const rotated = await owner.call('POST', rotation(bob.keyId), { overlapSeconds: 60 })
    expect(rotated.status).toBe(200)
    const { id, secret } = rotated.json.credential
    expect(Date.parse(rotated.json.previousEndsAt)).toBe(Date.now() + 60_000)
    const use = async (credential: typeof bob.credential) => {
      pass(2)
      return (await askSigned(credential, 'GET', '/v1/ticker/BTC-USD')).json.code
    }
    const fresh = { id, secret, dialect: 'compact' } as const
    expect(await use(bob.credential)).toBe('origin_unreachable')
    expect(await use(fresh)).toBe('origin_unreachable')
    pass(60)
    expect(await use(bob.credential)).toBe('credential_expired')
    expect(await use(fresh)).toBe('origin_unreachable')
    const read = await owner.call('GET', `${KEYS}/${bob.keyId}`)
    expect(read.json.credentials.map((one: { id: string }) => one.id)).toEqual([
      bob.credential.id,
      id,
    ])
  })

  test('is turned by its client in a fresh session, and by an officer never', async () => {
    const owner = await theOwner()
    const who = await make(owner, ['client'])
    const session = await BoundSession.begin(who, await newProver())
    const body = JSON.stringify({ overlapSeconds: 3_600 })
    const turned = await session.call('POST', '/gw/v1/keys/self/rotate', body)
    expect(turned).toMatchObject({
      status: 200,
      json: { credential: { secret: expect.any(String) } },
    })
    pass(301)
    // The nonce is too old by now: any call is answered with the next one.
    await session.call('GET', '/gw/v1/keys/self')
    const late = await session.call('POST', '/gw/v1/keys/self/rotate', body)
    expect(late).toMatchObject({ status: 401, json: { code: 'step_up_required', max_age: 300 } })
    const officer = await join(await Caller.begin(owner.who), ['security'])
    const refused = await officer.call('POST', rotation(who.keyId), { overlapSeconds: 0 })
    expect(said(refused)).toBe('403 role_missing')
  })

  test('is not turned with a body that is no rotation, nor once it is revoked', async () => {
    const owner = await theOwner()
    const bob = await join(owner, ['client'])
    const at = rotation(bob.who.keyId)
    for (const overlapSeconds of [-1, 7 * 86_400 + 1, 1.5, '60']) {
      const refused = await bob.call('POST', at, { overlapSeconds })
      expect(wrongAt(refused)).toContain('/overlapSeconds')
    }
    const weak = await bob.call('POST', at, { overlapSeconds: 0, secret: 'hunter2' })
    expect(wrongAt(weak)).toEqual(['/secret'])
    const none = await bob.call('POST', rotation('key_none'), { overlapSeconds: 0 })
    expect(said(none)).toBe('404 not_found')
    pass(2)
    const revoke = `${KEYS}/${bob.who.keyId}/revoke`
    expect((await bob.call('POST', revoke, { reason: 'lost' })).status).toBe(200)
    pass(2)
    expect(said(await owner.call('POST', at, { overlapSeconds: 0 }))).toBe('409 conflict')
  })
})

describe('a key made with', () => {
  async function creating(owner: Caller, user: string, key: object) {
    pass(1)
    const common = { account: 'a', user, tier: 'retail', permissions: ['market.read'] }
    return owner.call('POST', KEYS, { ...common, ...key })
  }

  test('the customer’s own secret signs, and the secret is not shown', async () => {
    const owner = await theOwner()
    const { userId } = await make(owner, ['client'])
    for (const dialect of ['compact', 'rfc9421'] as const) {
      const secret = randomBase64()
      const made = await creating(owner, userId, { dialect, secret })
      expect(made.status).toBe(201)
      expect(made.json.credential.secret).toBeUndefined()
      const credential = { id: made.json.credential.id, secret, dialect }
      expect((await askSigned(credential, 'GET', '/gw/v1/keys/self')).status).toBe(200)
    }
  })

  test('a venue’s dialect gets a secret that its clients use as text', async () => {
    const owner = await theOwner()
    const { userId } = await make(owner, ['client'])
    const made = await creating(owner, userId, { dialect: 'binance' })
    expect(made.json.credential.secret).toMatch(/^[0-9a-f]{64}$/)
    const own = toHex(crypto.getRandomValues(new Uint8Array(32)))
    expect((await creating(owner, userId, { dialect: 'binance', secret: own })).status).toBe(201)
  })

  test('a public key shows nothing, for the private half never came', async () => {
    const owner = await theOwner()
    const { userId } = await make(owner, ['client'])
    const { publicKey } = await generateKeyPair('Ed25519', { extractable: true })
    const pem = await exportSPKI(publicKey)
    const der = pem.replaceAll(/-----.*-----|\s/g, '')
    for (const text of [pem, der]) {
      const made = await creating(owner, userId, {
        dialect: 'rfc9421',
        alg: 'ed25519',
        publicKey: text,
      })
      expect(made).toMatchObject({ status: 201, json: { credential: { algorithm: 'ed25519' } } })
      expect(made.json.credential.secret).toBeUndefined()
    }
    const bad: readonly [object, string][] = [
      [{}, '/publicKey'],
      [{ publicKey: 'not base64!' }, '/publicKey'],
      [{ publicKey: randomBase64() }, '/publicKey'],
      [{ publicKey: der, secret: randomBase64() }, '/secret'],
    ]
    for (const [members, pointer] of bad) {
      const key = { dialect: 'rfc9421', alg: 'ed25519', ...members }
      const refused = await creating(owner, userId, key)
      expect([said(refused), ...wrongAt(refused)]).toEqual(['422 invalid_body', pointer])
    }
  })

  test('a secret that was published somewhere is refused', async () => {
    const owner = await theOwner()
    const { userId } = await make(owner, ['client'])
    const text = toHex(crypto.getRandomValues(new Uint8Array(32)))
    const digest = await secretDigest(utf8(text))
    await env.CREDENTIALS.put(`known-secret:${digest}`, '1')
    const refused = await creating(owner, userId, { dialect: 'binance', secret: text })
    expect(wrongAt(refused)).toEqual(['/secret'])
    expect(JSON.stringify(refused.json)).not.toContain(text)
  })
})

test('a credential that ends soon says so, and its key’s client may still rotate it', async () => {
  const owner = await theOwner()
  const expiresAt = new Date(Date.now() + 10 * 86_400_000).toISOString()
  const bob = await join(owner, ['client'], { expiresAt })
  const self = await bob.call('GET', '/gw/v1/keys/self')
  expect(self.json.endsAt).toBe(expiresAt)
  expect(self.json.warnings).toEqual([
    `This credential ends at ${expiresAt}. Rotate the key before.`,
  ])
})

test('the document says of each call what it takes, what it answers and who may call it', async () => {
  const { status, json } = await ask('GET', '/gw/v1/openapi.json')
  expect(status).toBe(200)
  const create = json.paths['/gw/v1/admin/keys'].post
  expect(create).toMatchObject({ operationId: 'gateway.keys.create', 'x-right': 'keys.create' })
  expect(create.security).toEqual([{ bearer: [] }, { dpop: [] }])
  const limits = json.paths['/gw/v1/admin/keys/{keyId}/limits'].put
  expect(limits.parameters.map(({ name }: { name: string }) => name)).toEqual(['keyId', 'If-Match'])
  expect(json.paths['/gw/v1/sessions/refresh'].post.security).toEqual([])
  expect(json.paths['/gw/v1/sessions/current'].delete.responses['204'].description).toBe('Done')
})
