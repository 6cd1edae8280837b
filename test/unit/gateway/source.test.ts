/** What is told of failures and by them: calls of the source's object, signals, decoys, the shield. */
import { describe, expect, test } from 'vitest'
import { NOTHING_KNOWN, world } from '../../support/path.ts'
import { codeOf, facts, FORGED, forgedFrom, NETWORK, ORDER, times } from '../../support/stranger.ts'

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
    const { send, seen, settle, clock } = await world()
    await times(4, () => send(ORDER, FORGED))
    const own = () => seen.reports.filter(({ source }) => source.startsWith('net:'))
    expect(own()).toHaveLength(1)
    expect(seen.paused.map(({ ms }) => ms)).toEqual([1_000, 1_000])
    clock.nowMs += 1_000
    await settle()
    expect(own()[1]?.report).toMatchObject({ ageMs: 1_000, failures: [{ count: 3 }] })
  })

  test('under a flood is called twenty times a second and no more; a locked network costs nothing', async () => {
    const { send, seen, settle } = await world({ asn: 64_500 })
    for (let i = 0; i < 3_000; i += 1) {
      const claimed = i % 2 === 0 ? {} : { 'pc-key': `nobody-${i}` }
      await send(ORDER, { ...forgedFrom(`198.18.${i % 100}.1`), ...claimed })
    }
    expect(seen.reports.length).toBeLessThanOrEqual(20)
    expect(seen.reports.length).toBeGreaterThanOrEqual(17)
    // Nobody could be asked about most of these networks; what there is to notice is noticed all the same.
    await settle()
    const noticed = new Set(seen.signals.map(({ subject }) => subject.id))
    expect(noticed.size).toBeGreaterThanOrEqual(50)
    expect(seen.admissions).toEqual([])
  })
})

describe('signals', () => {
  const sighting = (rule: 'one_id_many_networks' | 'many_ids_one_asn') => ({
    ...NOTHING_KNOWN,
    sightings: [{ rule, features: { failures: 3 } }],
  })

  test('name an id of ours; of any other not even its object’s name says what was sent', async () => {
    const source = (name: string) =>
      name.startsWith('id:') ? sighting('one_id_many_networks') : NOTHING_KNOWN
    const { send, seen, settle, credentialId } = await world({ source })
    await send(ORDER, FORGED)
    await send(ORDER, { ...forgedFrom('198.51.100.1'), 'pc-key': 'a-secret-sent-by-mistake' })
    await settle()
    expect(seen.signals.map(({ subject }) => subject)).toEqual([
      { type: 'credential', id: credentialId },
    ])
    // Nobody makes objects of ours by thinking of ids.
    expect(seen.reports.filter(({ source: name }) => name.startsWith('id:'))).toHaveLength(1)
    expect(JSON.stringify([seen.signals, seen.reports, seen.records])).not.toContain('by-mistake')
  })

  test('of one thing are given once in a while, from whichever object they came', async () => {
    const source = (name: string) =>
      name.startsWith('asn:') ? sighting('many_ids_one_asn') : NOTHING_KNOWN
    const { send, seen, settle, clock } = await world({ source, asn: 64_500 })
    for (let i = 0; i < 10; i += 1) {
      clock.nowMs += 1_000
      await send(ORDER, forgedFrom(`198.51.${i}.1`))
    }
    await settle()
    expect(seen.reports.filter(({ source: name }) => name === 'asn:64500')).toHaveLength(10)
    expect(seen.signals).toMatchObject([
      { rule: 'many_ids_one_asn', severity: 'medium', subject: { type: 'asn', id: '64500' } },
    ])
  })
})

describe('a decoy', () => {
  // @control mission/intrusion-alerts pci/11.5 rts6/18
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

describe('a decoy that memory knows is noticed too', () => {
  const READ = { method: 'GET', target: '/v1/account' }
  test.each<[string, typeof READ, Readonly<Record<string, string>>]>([
    ['on a path that is no operation', { method: 'GET', target: '/v1/wallet' }, {}],
    ['with a signature that cannot be read', READ, { 'pc-signature': 'zz' }],
    ['without a nonce', READ, { 'pc-nonce': '' }],
    ['where anyone may read', { method: 'GET', target: '/api/v3/exchangeInfo' }, {}],
  ])('%s', async (_where, request, change) => {
    const { send, seen, clock } = await world({ canary: true })
    await send(request, change)
    // Nobody has the store read for it.
    expect([seen.reads, seen.signals]).toEqual([0, []])
    await send(ORDER)
    clock.nowMs += 60_000
    await send(request, change)
    expect(seen.signals).toHaveLength(2)
    expect(seen.reads).toBe(1)
  })

  test.each(['/v1/account', '/v1/wallet'])('sent as a venue’s key to %s', async (target) => {
    const { send, sendRaw, seen, credentialId, clock } = await world({ canary: true })
    await send(ORDER)
    clock.nowMs += 60_000
    await sendRaw(target, { method: 'GET', headers: { 'x-mbx-apikey': credentialId } })
    expect(seen.signals).toHaveLength(2)
  })

  test('in a claim whose components are not what they must be', async () => {
    const { send, sendRaw, seen, credentialId, clock } = await world({
      canary: true,
      dialect: 'rfc9421',
    })
    await send(ORDER)
    clock.nowMs += 60_000
    const headers = {
      'signature-input': `a=("@method");keyid="${credentialId}";tag="portcullis"`,
      signature: 'a=:AAAA:',
    }
    await sendRaw('/v1/account', { method: 'GET', headers })
    expect(seen.signals).toHaveLength(2)
  })
})

describe('the shield', () => {
  test('I4: spent by strangers, stands before no look-up of a credential that there is', async () => {
    const { send, seen } = await world({ spared: false })
    await Promise.all(Array.from({ length: 50 }, () => send(ORDER, FORGED)))
    await times(5, () => send(ORDER, { 'cf-connecting-ip': '192.0.2.7' }))
    expect(seen.admissions).toHaveLength(5)
    expect([seen.shielded, seen.reads]).toEqual([[], 1])
  })

  test('bounds by network, under a name of its own, look-ups of what has long been absent', async () => {
    const { send, seen, clock } = await world({ gone: true, spared: false })
    const absent = await facts(await send(ORDER, { 'cf-connecting-ip': '192.0.2.7' }))
    expect([absent.status, absent.headers['retry-after']]).toEqual([503, '1'])
    expect([seen.shielded, seen.reads]).toEqual([[], 1])
    clock.nowMs += 300_000
    const shielded = await times(5, () => send(ORDER, { 'cf-connecting-ip': '192.0.2.7' }))
    expect([seen.shielded, seen.reads]).toEqual([[`credential:${NETWORK}`], 1])
    for (const answer of shielded) expect(await facts(answer)).toEqual(absent)
  })

  test('is not asked, nor is the store, about ids that nobody minted', async () => {
    const { send, seen } = await world()
    await times(30, (i) => send(ORDER, { ...forgedFrom(`198.51.${i}.1`), 'pc-key': `nobody-${i}` }))
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
