import { describe, expect, test } from 'vitest'
import { NOW, storeWorld as world } from '../../support/store.ts'

test('reads a credential once and serves it from memory', async () => {
  const { find, id, kv } = await world()
  for (let i = 0; i < 5; i += 1) {
    expect(await find(id)).toMatchObject({
      ok: true,
      value: { id, keyId: 'key_1', dialect: 'compact' },
    })
  }
  expect(kv.reads).toBe(1)
})

test('what it opened is kept for ten minutes', async () => {
  const { find, id, kv } = await world()
  await find(id)
  await find(id, NOW + 599_999)
  expect(kv.reads).toBe(1)
  await find(id, NOW + 600_000)
  expect(kv.reads).toBe(2)
})

test('I4: an id that was not minted here never reaches the store', async () => {
  const { find, id, kv } = await world()
  for (const other of [`${id.slice(0, -1)}7`, 'pc1_nonsense', '', 'trade']) {
    const found = await find(other === id ? `${id.slice(0, -1)}2` : other)
    expect(found).toEqual({ ok: true, value: undefined })
  }
  expect(kv.reads).toBe(0)
})

describe('an id that was minted here and cannot be read is an outage, not a guess', () => {
  test('when it is not stored; asked again only after a second', async () => {
    const { find, ids, kv } = await world()
    const id = await ids.mint()
    expect(await find(id)).toMatchObject({
      error: { code: 'credential_unavailable', retryAfterSeconds: 1 },
    })
    await find(id, NOW + 999)
    expect(kv.reads).toBe(1)
    await find(id, NOW + 1_000)
    expect(kv.reads).toBe(2)
  })

  test('when the store is down; a warm credential is served all the same', async () => {
    const { find, id, ids, kv } = await world()
    await find(id)
    kv.down = true
    expect(await find(id)).toMatchObject({ ok: true, value: { id } })
    expect(await find(await ids.mint())).toMatchObject({
      error: { code: 'credential_unavailable' },
    })
  })

  test.each(['', '{', '{}', '[]', '{"v":2}'])('when the record reads %j', async (text) => {
    const { find, id, stored } = await world()
    stored.set(id, text)
    expect(await find(id)).toMatchObject({ error: { code: 'credential_unavailable' } })
  })

  test('when the record is another credential’s', async () => {
    const { find, id, ids, stored } = await world()
    const other = await ids.mint()
    stored.set(other, stored.get(id) ?? '')
    expect(await find(other)).toMatchObject({ error: { code: 'credential_unavailable' } })
    stored.set(other, (stored.get(id) ?? '').replace(id, other))
    expect(await find(other, NOW + 1_000)).toMatchObject({
      error: { code: 'credential_unavailable' },
    })
  })
})

describe('while the store is down', () => {
  const TEN_MINUTES = 600_000
  const TWELVE_HOURS = 12 * 3_600_000

  test('a credential whose time is up is kept for another minute, again and again', async () => {
    const { find, id, kv } = await world()
    await find(id)
    kv.down = true
    for (let minute = 0; minute < 30; minute += 1) {
      const nowMs = NOW + TEN_MINUTES + minute * 60_000
      expect(await find(id, nowMs)).toMatchObject({ ok: true, value: { id } })
      expect(await find(id, nowMs + 59_999)).toMatchObject({ ok: true })
    }
    // It is asked for once a minute, not with each request.
    expect(kv.reads).toBe(1 + 30)
  })

  test('but no longer than twelve hours after it was last read', async () => {
    const { find, id, kv } = await world()
    await find(id)
    kv.down = true
    expect(await find(id, NOW + TWELVE_HOURS - 1)).toMatchObject({ ok: true })
    for (const laterMs of [0, 1, 60_000]) {
      expect(await find(id, NOW + TWELVE_HOURS + laterMs)).toMatchObject({
        error: { code: 'credential_unavailable' },
      })
    }
  })

  test('when it is back the record counts again: one that is gone is gone', async () => {
    const { find, id, kv, stored } = await world()
    await find(id)
    kv.down = true
    await find(id, NOW + TEN_MINUTES)
    kv.down = false
    stored.delete(id)
    expect(await find(id, NOW + TEN_MINUTES + 60_000)).toMatchObject({
      error: { code: 'credential_unavailable' },
    })
    kv.down = true
    expect(await find(id, NOW + TEN_MINUTES + 62_000)).toMatchObject({
      error: { code: 'credential_unavailable' },
    })
  })

  test('a cold one is an outage', async () => {
    const { find, id, kv } = await world()
    kv.down = true
    expect(await find(id)).toMatchObject({ error: { code: 'credential_unavailable' } })
  })
})
