/** I4: what strangers can do, which is nothing to anybody but themselves. */
import { describe, expect, test } from 'vitest'
import { sign } from '../../../src/client/sign.ts'
import { NOTHING_KNOWN, VERDICT, world, type Script } from '../../support/path.ts'
import { NOW } from '../../support/request.ts'

const ORDER = { method: 'POST', target: '/v1/orders', body: '{"symbol":"BTC-USD"}' }
const READ = { method: 'GET', target: '/v1/account' }
const FORGED = { 'pc-signature': 'a'.repeat(64), 'cf-connecting-ip': '192.0.2.7' }
const FROM = (address: string) => ({ ...FORGED, 'cf-connecting-ip': address })
const NETWORK = '0:0:0:0:0:ffff:c000:200/120'

/** All of an answer but what is unique to each: the request's own id. */
async function facts(response: Response) {
  const { requestId: _unique, ...body }: Record<string, unknown> = JSON.parse(await response.text())
  const { 'x-request-id': _own, ...headers } = Object.fromEntries(response.headers)
  return { status: response.status, body, headers }
}

async function codeOf(response: Response): Promise<unknown> {
  return (await facts(response)).body['code']
}

async function codes(responses: readonly Response[]): Promise<unknown[]> {
  return Promise.all(responses.map(codeOf))
}

async function times<T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> {
  const made: T[] = []
  for (let i = 0; i < count; i += 1) made.push(await make(i))
  return made
}

describe('failures', () => {
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
    expect((await send(ORDER, FROM('192.0.3.7'))).status).toBe(401)
    expect((await send(ORDER, FROM('192.0.2.200'))).status).toBe(429)
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

  test('a lock is no signature: who signs correctly passes, and is cleared', async () => {
    const { send, seen } = await world()
    await times(20, () => send(ORDER, FORGED))
    expect((await send(ORDER, FORGED)).status).toBe(429)
    expect((await send(ORDER, { 'cf-connecting-ip': '192.0.2.7' })).status).toBe(201)
    for (const { resume } of seen.paused) resume()
    await Promise.all(seen.kept)
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
    ['a look-up too many', { spared: false }, ({ send }) => send(READ), 'credential_unavailable'],
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
  expect((await codes(answers)).slice(8)).toEqual([
    'unauthorized',
    'source_locked',
    'source_locked',
  ])
  expect(seen.reports.map(({ source }) => source)).toEqual([`net:${NETWORK}`])
})

describe('the source’s object', () => {
  test('is told of the first failure before it is answered, so that a lock found elsewhere holds here', async () => {
    const { send, seen } = await world({
      source: () => ({ ...NOTHING_KNOWN, own: { level: 2, lockedForMs: 45_000 } }),
    })
    const first = await send(ORDER, FORGED)
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '45'])
    await times(30, () => send(ORDER, FORGED))
    // Locked is locked: what it knows already it is not told again.
    expect(seen.reports.filter(({ source }) => source.startsWith('net:'))).toHaveLength(1)
  })

  test.each<[string, () => never]>([
    [
      'cannot be reached',
      () => {
        throw new Error('down')
      },
    ],
    [
      'is overloaded',
      () => {
        throw Object.assign(new Error('overloaded'), { overloaded: true })
      },
    ],
  ])('%s: a failure is answered as ever, and this isolate counts on', async (_what, source) => {
    const { send } = await world({ source })
    const answers = await times(6, () => send(ORDER, FORGED))
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 429, 429])
  })

  test('does not answer: a failure waits a second and no longer, a good request not at all', async () => {
    const { send } = await world({ source: () => new Promise(() => undefined) })
    const startedMs = Date.now()
    expect((await send(ORDER, FORGED)).status).toBe(401)
    expect(Date.now() - startedMs).toBeLessThan(1_500)
    const againMs = Date.now()
    for (let i = 0; i < 3; i += 1) expect((await send(ORDER, FORGED)).status).toBe(401)
    expect((await send(ORDER, { 'cf-connecting-ip': '192.0.2.7' })).status).toBe(201)
    expect(Date.now() - againMs).toBeLessThan(500)
  })

  test('hears of what followed the first failure a second later, in one call', async () => {
    const { send, seen, clock } = await world()
    await times(4, () => send(ORDER, FORGED))
    const own = () => seen.reports.filter(({ source }) => source.startsWith('net:'))
    expect(own()).toHaveLength(1)
    expect(seen.paused.map(({ ms }) => ms)).toEqual([1_000, 1_000])
    clock.nowMs += 1_000
    for (const { resume } of seen.paused) resume()
    await Promise.all(seen.kept)
    expect(own()[1]?.report).toMatchObject({ ageMs: 1_000, failures: [{ count: 3 }] })
  })

  test('under a flood is called twenty times a second and no more; a locked network costs nothing', async () => {
    const { send, seen } = await world({ asn: 64_500 })
    for (let i = 0; i < 3_000; i += 1) {
      await send(ORDER, FROM(`198.18.${i % 100}.1`))
    }
    expect(seen.reports).toHaveLength(20)
    expect(seen.admissions).toEqual([])
  })
})

describe('signals', () => {
  const sighting = (rule: 'one_id_many_networks' | 'many_ids_one_asn') => ({
    ...NOTHING_KNOWN,
    sightings: [{ rule, features: { failures: 3 } }],
  })

  test('name an id of ours, and of any other only a fingerprint', async () => {
    const source = (name: string) =>
      name.startsWith('id:') ? sighting('one_id_many_networks') : NOTHING_KNOWN
    const { send, seen, credentialId } = await world({ source })
    await send(ORDER, FORGED)
    await send(ORDER, { ...FROM('198.51.100.1'), 'pc-key': 'a-secret-sent-by-mistake' })
    await Promise.all(seen.kept)
    expect(seen.signals.map(({ subject }) => subject)).toEqual([
      { type: 'credential', id: credentialId },
      { type: 'claimed', id: expect.stringMatching(/^[0-9a-f]{16}$/) },
    ])
    expect(JSON.stringify([seen.signals, seen.reports, seen.records])).not.toContain('by-mistake')
  })

  test('of one thing are given once in a while, from whichever object they came', async () => {
    const source = (name: string) =>
      name.startsWith('asn:') ? sighting('many_ids_one_asn') : NOTHING_KNOWN
    const { send, seen, clock } = await world({ source, asn: 64_500 })
    for (let i = 0; i < 10; i += 1) {
      clock.nowMs += 1_000
      await send(ORDER, FROM(`198.51.${i}.1`))
    }
    await Promise.all(seen.kept)
    expect(seen.reports.filter(({ source: name }) => name === 'asn:64500')).toHaveLength(10)
    expect(seen.signals).toMatchObject([
      { rule: 'many_ids_one_asn', severity: 'medium', subject: { type: 'asn', id: '64500' } },
    ])
  })
})

describe('a decoy', () => {
  test.each([
    ['signed rightly', {}],
    ['signed wrongly', { 'pc-signature': 'a'.repeat(64) }],
  ])('%s says so at once, and its key’s object is never asked', async (_how, change) => {
    const { send, seen, credentialId, clock } = await world({ canary: true, asn: 64_500 })
    const answer = await send(ORDER, { 'cf-connecting-ip': '192.0.2.7', ...change })
    expect(await codeOf(answer)).toBe('unauthorized')
    expect(seen.signals).toMatchObject([
      {
        rule: 'canary_used',
        severity: 'critical',
        subject: { type: 'credential', id: credentialId },
        features: { keyId: 'key_1', network: NETWORK, asn: 64_500, country: 'DE' },
        count: 1,
      },
    ])
    await times(9, () => send(ORDER, FORGED))
    expect(seen.signals).toHaveLength(1)
    clock.nowMs += 60_000
    await send(ORDER, FORGED)
    expect(seen.signals.map(({ count }) => count)).toEqual([1, 10])
    expect(seen.admissions).toEqual([])
    expect(seen.forwarded).toEqual([])
  })
})

describe('the shield', () => {
  test('bounds look-ups by network, under a name of its own, and never those of a warm key', async () => {
    const { send, seen } = await world()
    await times(5, () => send(ORDER, { 'cf-connecting-ip': '192.0.2.7' }))
    expect(seen.shielded).toEqual([`credential:${NETWORK}`])
    expect(seen.reads).toBe(1)

    const shut = await world({ spared: false })
    const answer = await shut.send(ORDER, { 'cf-connecting-ip': '192.0.2.7' })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60'])
    expect(await codeOf(answer)).toBe('credential_unavailable')
    expect(shut.seen.reads).toBe(0)
  })

  test('is not asked, nor is the store, about ids that nobody minted', async () => {
    const { send, seen } = await world()
    await times(30, (i) => send(ORDER, { ...FROM(`198.51.${i}.1`), 'pc-key': `nobody-${i}` }))
    expect([seen.shielded, seen.reads]).toEqual([[], 0])
  })

  test('that is down: look-ups go on, what nobody signed does not', async () => {
    const { send, sendRaw, seen } = await world({ spared: 'down' })
    expect((await send(ORDER)).status).toBe(201)
    const open = await sendRaw('/api/v3/exchangeInfo', { method: 'GET', headers: {} })
    expect([open.status, await codeOf(open)]).toEqual([503, 'guard_unavailable'])
    expect(seen.forwarded).toHaveLength(1)
  })
})
