/** Proofs that are used again, or made ahead: each is good once, and only with a nonce of ours. */
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import { generateKeyPair as newPair, generateProof } from 'dpop'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readKeyRing } from '../../src/credential/key-ring.ts'
import { DpopNonces } from '../../src/session/dpop-nonce.ts'
import { BoundSession } from '../support/node/bound-session.ts'
import { Caller, refusalOf, seeded } from '../support/node/caller.ts'
import { Demo, order } from '../support/node/demo.ts'
import { tally } from '../support/node/tally.ts'
import { otpFor } from '../support/node/person.ts'
import { digestOf, Prover } from '../support/node/prover.ts'

const demo = new Demo()
let caller: Caller
let session: BoundSession

beforeAll(async () => {
  await demo.start()
  caller = new Caller(demo.file.gateway)
  const prover = await Prover.make()
  const tokens = await caller.beginBound(seeded(demo, 'hot'), prover)
  session = new BoundSession(demo, caller, prover, tokens)
})
afterAll(() => demo.stop())

function body(): string {
  return String(order(randomUUID()).body)
}

test('the right proof trades, and so does one by the library that clients use', async () => {
  const before = demo.journal().length
  const sent = await session.proved(body())
  expect(await session.send(sent)).toMatchObject({ status: 201 })

  const keys = await newPair('ES256')
  const { credential, totpSecret } = seeded(demo, 'compact')
  const [url, otp] = [session.urlOf('/gw/v1/sessions'), await otpFor(totpSecret)]
  const begin = async (nonce?: string) =>
    caller.beginWith(otp, credential, {
      headers: { dpop: await generateProof(keys, url, 'POST', nonce) },
    })
  const first = await begin()
  expect(refusalOf(first)).toBe('401 use_dpop_nonce')
  expect(first.headers['www-authenticate']).toContain('error="use_dpop_nonce"')
  const nonce = String(first.headers['dpop-nonce'])
  const begun = await begin(nonce)
  expect(begun).toMatchObject({ status: 201, json: { token_type: 'DPoP' } })
  const token: string = begun.json.access_token
  const text = body()
  const more = { content_digest: digestOf(text) }
  const dpop = await generateProof(keys, session.urlOf('/v1/orders'), 'POST', nonce, token, more)
  const headers = { authorization: `DPoP ${token}`, dpop, 'content-type': 'application/json' }
  expect((await caller.ask('POST', '/v1/orders', text, { headers })).status).toBe(201)
  expect(demo.journal()).toHaveLength(before + 2)
})

describe('a proof is used once:', () => {
  test('an order that is sent again does not reach the broker', async () => {
    const sent = await session.proved(body())
    expect((await session.send(sent)).status).toBe(201)
    for (let again = 0; again < 3; again += 1)
      expect(await session.refused(sent)).toBe('409 replayed')
  })

  test('of ten at one instant, exactly one is an order', async () => {
    const before = demo.journal().length
    const sent = await session.proved(body())
    const replies = await Promise.all(Array.from({ length: 10 }, () => session.send(sent)))
    expect(tally(replies.map(({ status }) => String(status)))).toEqual({ 201: 1, 409: 9 })
    expect(demo.journal()).toHaveLength(before + 1)
  })

  test('a read that is sent again is refused', async () => {
    const read = await session.read()
    expect((await session.send(read)).status).toBe(200)
    expect(await session.refused(read)).toBe('409 replayed')
  })

  test('its id serves no other request, though that is signed anew', async () => {
    const claims = { jti: randomUUID() }
    expect((await session.send(await session.proved(body(), { claims }))).status).toBe(201)
    expect(await session.refused(await session.proved(body(), { claims }))).toBe('409 replayed')
    expect(await session.refused(await session.read({ claims }))).toBe('409 replayed')
  })
})

describe('a proof carries a nonce of ours:', () => {
  async function minted(atMs: number): Promise<string> {
    const secrets: { CREDENTIAL_ID_KEY: string } = JSON.parse(
      fs.readFileSync(demo.path('secrets.json'), 'utf8'),
    )
    const ring = readKeyRing(secrets.CREDENTIAL_ID_KEY) ?? expect.fail('no ring')
    return new DpopNonces(ring).mint(atMs)
  }

  test.each<[string, () => Promise<string | undefined> | string]>([
    ['none', async () => undefined],
    ['an empty one', () => ''],
    ['of six minutes ago', () => minted(Date.now() - 360_000)],
    ['of a minute to come', () => minted(Date.now() + 60_000)],
    ['forged', () => `${Math.floor(Date.now() / 10_000).toString(36)}.AAAAAAAAAAAAAAAA`],
    ['one with its time moved', async () => `1${await minted(Date.now())}`],
    [
      'of another gateway',
      async () =>
        new DpopNonces(
          readKeyRing(`1:${Buffer.alloc(32, 7).toString('base64')}`) ?? expect.fail('no ring'),
        ).mint(Date.now()),
    ],
  ])('%s is answered with a good one, and nothing else happens', async (_what, nonce) => {
    const before = demo.journal().length
    const reply = await session.send(
      await session.proved(body(), { claims: { nonce: await nonce() } }),
    )
    expect(refusalOf(reply)).toBe('401 use_dpop_nonce')
    expect(reply.headers['www-authenticate']).toMatch(/^DPoP .*error="use_dpop_nonce"/)
    expect(demo.journal()).toHaveLength(before)
    const given = { nonce: reply.headers['dpop-nonce'] }
    expect((await session.send(await session.proved(body(), { claims: given }))).status).toBe(201)
  })

  test('the one that is minted here like the gateway does is good: so the others were refused for what they are', async () => {
    const claims = { nonce: await minted(Date.now()) }
    expect((await session.send(await session.proved(body(), { claims }))).status).toBe(201)
  })
})

test('silence: no token, proof or one-time password was printed, or reached the broker', () => {
  const { soughtCount, found } = caller.findAnywhere(demo)
  expect(soughtCount).toBeGreaterThan(25)
  expect(found).toEqual([])
})
