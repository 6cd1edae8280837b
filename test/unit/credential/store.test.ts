import { describe, expect, test } from 'vitest'
import { issueCredential, newSecret } from '../../../src/credential/issue.ts'
import { CredentialStore } from '../../../src/credential/store.ts'
import { fakeIds, fakeKek } from '../../support/world.ts'

const NOW = 1_800_000_000_000

/** A store over a plain map that counts its reads and can be out of order. */
async function world() {
  const ids = fakeIds(1)
  const kek = fakeKek(1)
  const stored = new Map<string, string>()
  const record = await issueCredential(
    { keyId: 'key_1', dialect: 'compact', algorithm: 'hmac-sha256' },
    newSecret(),
    ids,
    kek,
  )
  stored.set(record.id, JSON.stringify(record))
  const kv = { reads: 0, down: false }
  const store = new CredentialStore(ids, kek)
  const find = (id: string, nowMs = NOW) =>
    store.find(id, nowMs, async (key) => {
      kv.reads += 1
      if (kv.down) throw new Error('KV is down')
      return stored.get(key) ?? null
    })
  return { ids, stored, kv, find, id: record.id }
}

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
