/** I4: what strangers can do, which is nothing to anybody but themselves. */
import { describe, expect, test } from 'vitest'
import { sign } from '../../../src/client/sign.ts'
import { VERDICT, world, type Script } from '../../support/path.ts'
import { NOW } from '../../support/request.ts'
import { codeOf, facts, FORGED, forgedFrom, NETWORK, ORDER, times } from '../../support/stranger.ts'

const READ = { method: 'GET', target: '/v1/account' }

describe('failures', () => {
  // @control mission/lockout soc2/CC6.6
  test('of one id from one network: the fifth meets a lock, which says how long and of what', async () => {
    const { send, seen } = await world()
    const answers = await times(6, () => send(ORDER, FORGED))
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 429, 429])
    expect(answers[5]?.headers.get('retry-after')).toBe('30')
    expect(answers[5]?.headers.has('www-authenticate')).toBe(false)
    expect((await facts(answers[5] ?? expect.fail())).body).toEqual({
      type: 'urn:portcullis:problem:source_locked',
      title: 'Too many failed attempts',
      status: 429,
      code: 'source_locked',
      limit: 'credential',
    })
    expect(seen.admissions).toEqual([])
    expect(seen.forwarded).toEqual([])
  })

  test('of any ids from one network: the tenth meets a lock, also for an id never seen', async () => {
    const { send, seen } = await world()
    const answers = await times(12, (i) => send(ORDER, { ...FORGED, 'pc-key': `nobody-${i}` }))
    expect(answers.map(({ status }) => status).slice(8)).toEqual([401, 429, 429, 429])
    expect((await facts(answers[11] ?? expect.fail())).body).toMatchObject({ limit: 'network' })
    expect((await send(ORDER, FORGED)).status).toBe(429)
    // Another network is not concerned, nor is the same one's neighbour an escape.
    expect((await send(ORDER, forgedFrom('192.0.3.7'))).status).toBe(401)
    expect((await send(ORDER, forgedFrom('192.0.2.200'))).status).toBe(429)
    expect(seen.admissions).toEqual([])
  })

  test('Retry-After is true to the second: locked one before, not locked when it has passed', async () => {
    const { send, clock } = await world()
    await times(5, () => send(ORDER, FORGED))
    clock.nowMs = NOW + 11_001
    const wait = Number((await send(ORDER, FORGED)).headers.get('retry-after'))
    expect(wait).toBe(19)
    clock.nowMs = NOW + 11_001 + (wait - 1) * 1_000
    const last = await send(ORDER, FORGED)
    expect([last.status, last.headers.get('retry-after')]).toEqual([429, '1'])
    clock.nowMs = NOW + 11_001 + wait * 1_000
    expect((await send(ORDER, FORGED)).status).toBe(401)
  })

  // @control mission/lockout
  test('a lock is no signature: who signs correctly passes, and is cleared', async () => {
    const { send, seen, settle } = await world()
    await times(20, () => send(ORDER, FORGED))
    expect((await send(ORDER, FORGED)).status).toBe(429)
    expect((await send(ORDER, { 'cf-connecting-ip': '192.0.2.7' })).status).toBe(201)
    await settle()
    expect((await send(ORDER, FORGED)).status).toBe(401)
    expect(seen.admissions).toHaveLength(1)
    expect(seen.reports.flatMap(({ report }) => report.failures)).toContainEqual(
      expect.objectContaining({ cleared: true }),
    )
  })

  test('while their whole network is locked its owner trades on, every time', async () => {
    const { send, seen } = await world()
    for (let i = 0; i < 50; i += 1) {
      await send(ORDER, { ...FORGED, 'pc-key': `nobody-${i}` })
      await send(ORDER, FORGED)
      expect((await send(ORDER, { 'cf-connecting-ip': '192.0.2.7' })).status).toBe(201)
    }
    expect((await send(ORDER, FORGED)).status).toBe(429)
    expect(seen.admissions).toHaveLength(50)
  })
})

describe('alike are answered', () => {
  /** Twelve failures in a row, then what follows a lock's end. */
  async function story(script: Script, change: (i: number) => Record<string, string>) {
    const { send, clock, seen } = await world(script)
    const told = []
    for (let i = 0; i < 12; i += 1) told.push(await facts(await send(ORDER, change(i))))
    clock.nowMs += 30_000
    for (let i = 0; i < 12; i += 1) told.push(await facts(await send(ORDER, change(i))))
    expect(seen.admissions).toEqual([])
    return told
  }
  const place = { 'cf-connecting-ip': '192.0.2.7' }

  test('I4: a known id, an unknown one and a decoy, at every count, locked or not', async () => {
    const known = await story({}, () => FORGED)
    expect(new Set(known.map(({ status }) => status))).toEqual(new Set([401, 429]))
    expect(await story({}, () => ({ ...FORGED, 'pc-key': 'nobody' }))).toEqual(known)
    expect(await story({ canary: true }, () => FORGED)).toEqual(known)
    expect(await story({ canary: true }, () => place)).toEqual(known)
  })

  test('I4: many known ids and many unknown ones', async () => {
    const forged = (i: number) => ({ ...FORGED, 'pc-key': `nobody-${i}` })
    const unknown = await story({}, forged)
    const oneKnown = await story({}, (i) => (i % 12 === 3 ? FORGED : forged(i)))
    expect(oneKnown).toEqual(unknown)
  })
})

describe('what is no failure', () => {
  test.each<[string, Script, (w: Awaited<ReturnType<typeof world>>) => Promise<Response>, string]>([
    [
      'a signature that is too old',
      {},
      async ({ send, clock }) => {
        clock.nowMs = NOW
        const stale = send(READ)
        clock.nowMs = NOW + 20_000
        return stale
      },
      'timestamp_skew',
    ],
    [
      'a request without a signature',
      {},
      ({ sendRaw }) => sendRaw('/v1/account', { method: 'GET', headers: {} }),
      'unauthorized',
    ],
    [
      'a claim that cannot be read',
      {},
      ({ sendRaw }) => sendRaw('/v1/account', { method: 'GET', headers: { 'pc-key': 'x' } }),
      'malformed_request',
    ],
    ['a store that is down', { kvDown: true }, ({ send }) => send(READ), 'credential_unavailable'],
    ['an id without a record', { gone: true }, ({ send }) => send(READ), 'credential_unavailable'],
    [
      'what the key’s object refuses',
      { admit: () => ({ ...VERDICT, decision: { ok: false, error: { code: 'replayed' } } }) },
      ({ send }) => send(READ),
      'replayed',
    ],
  ])('%s', async (_what, script, sendOne, code) => {
    const it = await world(script)
    for (let i = 0; i < 25; i += 1) expect(await codeOf(await sendOne(it))).toBe(code)
    expect(it.seen.reports).toEqual([])
  })

  test('a good signature in a dialect that the credential is not for', async () => {
    const { sendRaw, secret, credentialId, seen } = await world({ dialect: 'rfc9421' })
    for (let i = 0; i < 25; i += 1) {
      const headers = await sign(
        { method: 'GET', url: 'http://gw.example/v1/account' },
        { id: credentialId, dialect: 'compact', secret },
        { nowMs: NOW },
      )
      expect(await codeOf(await sendRaw('/v1/account', { method: 'GET', headers }))).toBe(
        'unauthorized',
      )
    }
    expect(seen.reports).toEqual([])
  })
})

test('a claim that names nobody counts for its network alone', async () => {
  const { sendRaw, seen } = await world()
  const headers = {
    'cf-connecting-ip': '192.0.2.7',
    'signature-input': 'sig=("@method");created=1;tag="another"',
    signature: 'sig=:AAAA:',
  }
  const answers = await times(11, () => sendRaw('/v1/account', { method: 'GET', headers }))
  expect((await Promise.all(answers.map(codeOf))).slice(8)).toEqual([
    'unauthorized',
    'source_locked',
    'source_locked',
  ])
  expect(seen.reports.map(({ source }) => source)).toEqual([`net:${NETWORK}`])
})
