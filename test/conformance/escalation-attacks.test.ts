/** A stolen bearer's token, and what it could be turned into: nothing that does more, or lasts longer, than itself. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BareGateway } from '../support/node/bare-gateway.ts'
import { refusalOf } from '../support/node/caller.ts'
import { partOf } from '../support/node/good-token.ts'
import { askSigned, otpFor, type Reply } from '../support/node/person.ts'

const gateway = new BareGateway()
const address = '192.0.2.7'
beforeAll(() => gateway.start())
afterAll(() => gateway.stop())

function signed(method: string, path: string, body?: object, id?: string, secret?: string) {
  const key = gateway.key('hot')
  const credential = {
    id: id ?? key.id,
    secret: secret ?? key.secret ?? '',
    dialect: 'compact',
  } as const
  const headers = { 'cf-connecting-ip': address }
  return askSigned(gateway.url.origin, credential, method, path, body, { headers })
}

function bearing(token: string, method: string, path: string, body: object): Promise<Reply> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return gateway.ask(method, path, JSON.stringify(body), { address, headers })
}

test('is turned into no credential: that would trade, and outlive the session', async () => {
  const otp = await otpFor(gateway.totpSecretOf('user-gamma'))
  const begun = await signed('POST', '/gw/v1/sessions', { otp })
  const { sid, ver } = partOf(String(begun.json.access_token), 1)
  const aged = (ageMs: number, change: object = {}) =>
    gateway.mint(
      gateway.session('hot', address, {
        sid: String(sid),
        version: Number(ver),
        authTimeMs: Date.now() - ageMs,
        ...change,
      }),
    )
  const rotate = async (token: string) =>
    bearing(token, 'POST', '/gw/v1/keys/self/rotate', { overlapSeconds: 60 })

  const stolen = await aged(302_000)
  const refused = await rotate(stolen)
  expect(refusalOf(refused)).toBe('401 step_up_required')
  expect(refused.json).not.toHaveProperty('credential')
  expect(refused.headers['www-authenticate']).toContain('max_age="300"')
  expect(refusalOf(await rotate(await aged(0, { sid: 'unknown' })))).toBe('401 unauthorized')
  // What only takes something away needs no more than the token.
  const caps = { limits: [{ name: 'own', limit: 1_000, windowSeconds: 60 }] }
  expect((await bearing(stolen, 'PUT', '/gw/v1/keys/self/caps', caps)).status).toBe(200)

  const fresh = await rotate(await aged(0))
  expect(fresh.status).toBe(200)
  const { id, secret } = fresh.json.credential
  expect((await signed('GET', '/v1/account', undefined, id, secret)).status).toBe(200)
  // Whoever signs has the credential already.
  expect((await signed('POST', '/gw/v1/keys/self/rotate', { overlapSeconds: 60 })).status).toBe(200)
})
