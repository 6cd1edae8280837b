/** Stolen refresh tokens: each is good once, from one network, with one key; and who uses one twice ends the session. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Caller, refusalOf, seeded, type Someone } from '../support/node/caller.ts'
import { Demo } from '../support/node/demo.ts'
import { tally } from '../support/node/tally.ts'
import type { Reply, Tokens } from '../support/node/person.ts'
import { Prover } from '../support/node/prover.ts'

const demo = new Demo()
let caller: Caller
let owner: Tokens
let networks = 0

beforeAll(async () => {
  await demo.start()
  caller = new Caller(demo.file.gateway)
  owner = await caller.begin(seeded(demo, 'owner'))
})
afterAll(() => demo.stop())

/** A person of its own for each test, in a network of its own. */
async function somebody(): Promise<{ someone: Someone; from: string }> {
  networks += 1
  return { someone: await caller.person(owner), from: `127.9.${networks}.1` }
}

async function begun(): Promise<{ tokens: Tokens; from: string }> {
  const { someone, from } = await somebody()
  return { tokens: await caller.begin(someone, from), from }
}

/** Nothing of the session is good any more: reads, and every refresh token that there ever was. */
async function expectEnded(from: string, ...all: readonly Tokens[]): Promise<void> {
  const before = demo.journal().length
  for (const { access_token, refresh_token } of all) {
    const read = await caller.bearing(access_token, 'GET', '/v1/account', undefined, { from })
    expect(refusalOf(read)).toBe('401 unauthorized')
    expect(refusalOf(await caller.refresh(refresh_token, { from }))).toBe('401 unauthorized')
  }
  expect(demo.journal()).toHaveLength(before)
}

async function expectAlive(from: string, { access_token }: Tokens): Promise<void> {
  const read = await caller.bearing(access_token, 'GET', '/v1/account', undefined, { from })
  expect(read.status).toBe(200)
}

describe('used twice:', () => {
  // @control mission/sessions
  test.each([2, 10])(
    'of %i at one instant one is good at most, and then nobody is in',
    async (count) => {
      const { tokens, from } = await begun()
      const replies = await Promise.all(
        Array.from({ length: count }, () => caller.refresh(tokens.refresh_token, { from })),
      )
      expect(tally(replies.map(refusalOf))).toEqual({ 200: 1, '401 unauthorized': count - 1 })
      const winners = replies.filter(({ status }) => status === 200).map(({ json }): Tokens => json)
      await expectEnded(from, tokens, ...winners)
    },
  )

  test('from two networks at once, too', async () => {
    const { tokens, from } = await begun()
    const places = [from, '127.9.200.1']
    const replies = await Promise.all(
      places.map((place) => caller.refresh(tokens.refresh_token, { from: place })),
    )
    expect(replies.map(refusalOf)).toEqual(['200', '401 unauthorized'])
  })

  test('the thief is first: the owner, a generation later, ends it for both', async () => {
    const { tokens, from } = await begun()
    const thief: Tokens = (await caller.refresh(tokens.refresh_token, { from })).json
    const later: Tokens = (await caller.refresh(thief.refresh_token, { from })).json
    await expectAlive(from, later)
    expect(refusalOf(await caller.refresh(tokens.refresh_token, { from }))).toBe('401 unauthorized')
    await expectEnded(from, later, thief, tokens)
  })

  test('an old one from another network ends it as well', async () => {
    const { tokens, from } = await begun()
    const later: Tokens = (await caller.refresh(tokens.refresh_token, { from })).json
    const elsewhere = await caller.refresh(tokens.refresh_token, { from: '127.9.201.1' })
    expect(refusalOf(elsewhere)).toBe('401 unauthorized')
    await expectEnded(from, later)
  })

  test('one session of a person ends, the other goes on', async () => {
    const { someone, from } = await somebody()
    const [one, other] = [await caller.begin(someone, from), await caller.begin(someone, from)]
    await caller.refresh(one.refresh_token, { from })
    await caller.refresh(one.refresh_token, { from })
    await expectEnded(from, one)
    await expectAlive(from, other)
    expect((await caller.refresh(other.refresh_token, { from })).status).toBe(200)
  })
})

describe('not what was given:', () => {
  const PARTS: readonly [name: string, at: number][] = [
    ['user', 0],
    ['session', 1],
    ['generation', 2],
    ['secret', 3],
    ['MAC', 4],
  ]

  test.each(PARTS)('another %s', async (_name, at) => {
    const { tokens, from } = await begun()
    const parts = tokens.refresh_token.split('.')
    const swap = (text: string) => `${text.slice(0, -1)}${text.endsWith('2') ? '3' : '2'}`
    const wrong = parts.map((text, i) => (i === at ? swap(text) : text)).join('.')
    expect(wrong).not.toBe(tokens.refresh_token)
    expect(refusalOf(await caller.refresh(wrong, { from }))).toBe('401 unauthorized')
    await expectAlive(from, tokens)
    expect((await caller.refresh(tokens.refresh_token, { from })).status).toBe(200)
  })

  test("parts of another person's", async () => {
    const [{ tokens: mine, from }, { tokens: theirs }] = [await begun(), await begun()]
    const [own, their] = [mine.refresh_token.split('.'), theirs.refresh_token.split('.')]
    for (let at = 0; at < 5; at += 1) {
      const mixed = own.map((text, i) => (i === at ? their[i] : text)).join('.')
      // What is alike in both, the generation, changes nothing.
      if (mixed === mine.refresh_token) continue
      expect(refusalOf(await caller.refresh(mixed, { from }))).toBe('401 unauthorized')
    }
    await expectAlive(from, mine)
  })

  test.each<[string, (tokens: Tokens) => string, string?]>([
    // Longer than any refresh token: the body is not what this takes.
    ['the access token', ({ access_token }) => access_token, '422 invalid_body'],
    ['nothing', () => ''],
    ['a token and more', ({ refresh_token }) => `${refresh_token} `],
    ['capitals', ({ refresh_token }) => refresh_token.toUpperCase()],
    ['another version of the key', ({ refresh_token }) => refresh_token.replace(/^pcr1/, 'pcr2')],
    ['generation 01', ({ refresh_token }) => refresh_token.replace('.1.', '.01.')],
  ])('%s', async (_what, wrong, expected = '401 unauthorized') => {
    const { tokens, from } = await begun()
    expect(wrong(tokens)).not.toBe(tokens.refresh_token)
    expect(refusalOf(await caller.refresh(wrong(tokens), { from }))).toBe(expected)
    await expectAlive(from, tokens)
  })

  test('a refresh token is no access token', async () => {
    const { tokens, from } = await begun()
    const { refresh_token } = tokens
    const read = await caller.bearing(refresh_token, 'GET', '/v1/account', undefined, { from })
    expect(refusalOf(read)).toBe('401 unauthorized')
  })

  test('more members than a refresh has are refused, and use nothing up', async () => {
    const { tokens, from } = await begun()
    const { refresh_token } = tokens
    const path = '/gw/v1/sessions/refresh'
    const wider = { refresh_token, scope: 'withdrawal.write', roles: ['owner'] }
    expect(refusalOf(await caller.ask('POST', path, wider, { from }))).toBe('422 invalid_body')
    const twice = `{"refresh_token":"x","refresh_token":${JSON.stringify(refresh_token)}}`
    expect(refusalOf(await caller.ask('POST', path, twice, { from }))).toBe('422 invalid_body')
    expect((await caller.refresh(refresh_token, { from })).status).toBe(200)
  })
})

describe('somewhere else, or by somebody else:', () => {
  test('from another network it is refused, and the owner goes on', async () => {
    const { tokens, from } = await begun()
    for (const place of ['127.0.0.1', '127.9.203.1', '127.90.0.1'])
      expect(refusalOf(await caller.refresh(tokens.refresh_token, { from: place }))).toBe(
        '401 unauthorized',
      )
    const headers = { 'x-forwarded-for': from, 'cf-connecting-ip': from, forwarded: `for=${from}` }
    const forged = await caller.refresh(tokens.refresh_token, { from: '127.9.204.1', headers })
    expect(refusalOf(forged)).toBe('401 unauthorized')
    expect((await caller.refresh(tokens.refresh_token, { from })).status).toBe(200)
  })

  async function bound() {
    const { someone, from } = await somebody()
    const prover = await Prover.make()
    return { tokens: await caller.beginBound(someone, prover, from), prover, from }
  }

  async function refreshBy(
    prover: Prover,
    { refresh_token }: Tokens,
    from: string,
    path = '/gw/v1/sessions/refresh',
  ): Promise<Reply> {
    const dpop = await prover.prove('POST', caller.base + path)
    return caller.refresh(refresh_token, { from, headers: { dpop } })
  }

  test('of a bound session: without a proof, by another key, for another call; the owner goes on', async () => {
    const { tokens, prover, from } = await bound()
    expect(refusalOf(await caller.refresh(tokens.refresh_token, { from }))).toBe('401 unauthorized')
    const other = await Prover.make()
    expect(refusalOf(await refreshBy(other, tokens, from))).toBe('401 use_dpop_nonce')
    other.nonce = prover.nonce
    expect(refusalOf(await refreshBy(other, tokens, from))).toBe('401 unauthorized')
    expect(refusalOf(await refreshBy(prover, tokens, from, '/gw/v1/sessions'))).toBe(
      '401 unauthorized',
    )
    const good = await refreshBy(prover, tokens, from)
    expect(good).toMatchObject({ status: 200, json: { token_type: 'DPoP' } })
    expect(refusalOf(await refreshBy(prover, tokens, from))).toBe('401 unauthorized')
    // That one was used before: its owner is out as well.
    expect(refusalOf(await refreshBy(prover, good.json, from))).toBe('401 unauthorized')
  })

  test('a session that is not bound does not become bound to who refreshes it', async () => {
    const { tokens, from } = await begun()
    const thief = await Prover.make()
    thief.hear(await refreshBy(thief, tokens, from))
    expect(thief.nonce).toBeDefined()
    expect(refusalOf(await refreshBy(thief, tokens, from))).toBe('401 unauthorized')
    expect(await caller.refresh(tokens.refresh_token, { from })).toMatchObject({
      status: 200,
      json: { token_type: 'Bearer' },
    })
  })
})

test.each([1, 2, 3, 4])('logged out while it is refreshed, nobody is in (%i)', async () => {
  const { tokens, from } = await begun()
  const path = '/gw/v1/sessions/current'
  const [over, refreshed] = await Promise.all([
    caller.bearing(tokens.access_token, 'DELETE', path, undefined, { from }),
    caller.refresh(tokens.refresh_token, { from }),
  ])
  expect(over.status).toBe(204)
  expect(['200', '401 unauthorized']).toContain(refusalOf(refreshed))
  const newer: Tokens[] = refreshed.status === 200 ? [refreshed.json] : []
  await expectEnded(from, tokens, ...newer)
})

test('silence: no token or one-time password was printed, or reached the broker', () => {
  const { soughtCount, found } = caller.findAnywhere(demo)
  expect(soughtCount).toBeGreaterThan(50)
  expect(found).toEqual([])
})
