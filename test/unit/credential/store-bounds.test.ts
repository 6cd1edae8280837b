/** How much of the store strangers can cause to be read, and what of that an owner feels: nothing. */
import { describe, expect, test } from 'vitest'
import { NOW, storeWorld as world } from '../../support/store.ts'

describe('I4: one id is read by one request at a time', () => {
  /** Lets what is under way come to the store, however busy the machine is. */
  async function asked(kv: { readonly reads: number }, reads = 1): Promise<void> {
    while (kv.reads < reads) await new Promise((resolve) => setTimeout(resolve, 1))
  }

  test('seven hundred at once cost one read, and all are served', async () => {
    const { find, id, kv } = await world()
    const found = await Promise.all(Array.from({ length: 700 }, () => find(id)))
    expect(found.every(({ ok }) => ok)).toBe(true)
    expect(kv.reads).toBe(1)
  })

  test('seven hundred at once for what is absent, too', async () => {
    const { find, ids, kv } = await world()
    const id = await ids.mint()
    const found = await Promise.all(Array.from({ length: 700 }, () => find(id)))
    expect(found.some(({ ok }) => ok)).toBe(false)
    expect(kv.reads).toBe(1)
  })

  test('another id does not wait for it', async () => {
    const { find, id, ids, kv } = await world()
    kv.held = new Promise(() => undefined)
    void find(id)
    await asked(kv)
    kv.held = Promise.resolve()
    expect(await find(await ids.mint())).toMatchObject({ ok: false })
  })

  test('the read goes on when its client has left, for those who wait', async () => {
    const { find, id, kv, kept } = await world()
    await Promise.all([find(id), find(id)])
    expect([kv.reads, kept.length]).toEqual([1, 1])
  })

  test('a read that was cut off is begun again by one who waits, after two seconds', async () => {
    const { find, id, kv, clock } = await world()
    kv.held = new Promise(() => undefined)
    void find(id)
    await asked(kv)
    kv.held = Promise.resolve()
    expect(await find(id)).toMatchObject({ ok: true, value: { id } })
    expect(kv.reads).toBe(2)
    expect(clock.nowMs - NOW).toBeGreaterThanOrEqual(2_000)
    expect(clock.nowMs - NOW).toBeLessThan(2_200)
  })

  test('a store that hangs is asked once in two seconds for an id, and nobody waits for ever', async () => {
    const { find, id, kv, clock } = await world()
    kv.held = new Promise(() => undefined)
    const found = Array.from({ length: 20 }, () => find(id))
    const first = await Promise.race(found)
    expect(first).toMatchObject({ error: { code: 'credential_unavailable', retryAfterSeconds: 1 } })
    expect(kv.reads).toBeLessThanOrEqual(Math.ceil((clock.nowMs - NOW) / 2_000))
  })

  test('while an opened one is read again it is served as it was', async () => {
    const { find, id, kv } = await world()
    await find(id)
    kv.held = new Promise(() => undefined)
    void find(id, NOW + 600_000)
    await asked(kv, 2)
    expect(await find(id, NOW + 600_001)).toMatchObject({ ok: true, value: { id } })
    expect(kv.reads).toBe(2)
  })
})

test('a read that failed is remembered for a second', async () => {
  const { find, id, kv, shield } = await world()
  kv.down = true
  await Promise.all(Array.from({ length: 50 }, () => find(id)))
  await find(id, NOW + 999)
  expect(kv.reads).toBe(1)
  kv.down = false
  expect(await find(id, NOW + 1_000)).toMatchObject({ ok: true })
  expect(shield.asked).toBe(0)
})

describe('the shield', () => {
  const SETTLED = 300_000

  test('I4: is never asked about what is there, nor about what may be there soon', async () => {
    const { find, id, ids, stored, kv, shield } = await world()
    shield.spares = false
    expect(await find(id)).toMatchObject({ ok: true, value: { id } })
    expect(await find(id, NOW + 600_000)).toMatchObject({ ok: true, value: { id } })
    // A new key's record that KV has not shown here yet, and of which strangers have heard already.
    const fresh = await ids.mint()
    for (let ms = 0; ms < SETTLED; ms += 1_000) await find(fresh, NOW + ms)
    const record = stored.get(id) ?? ''
    stored.set(fresh, record)
    expect([kv.reads, shield.asked]).toEqual([2 + SETTLED / 1_000, 0])
  })

  test('stands before what has been absent for five minutes; the answer is that of any absent id', async () => {
    const { find, ids, kv, shield, clock } = await world()
    const id = await ids.mint()
    const absent = await find(id)
    shield.spares = false
    const reads = kv.reads
    const found = await Promise.all(Array.from({ length: 50 }, () => find(id, NOW + SETTLED)))
    for (const shielded of found) {
      expect(shielded).toMatchObject({
        error: { code: 'credential_unavailable', retryAfterSeconds: 1 },
      })
      expect(Object.keys(shielded)).toEqual(Object.keys(absent))
    }
    expect([kv.reads - reads, shield.asked]).toEqual([0, 1])
    shield.spares = true
    await find(id, clock.nowMs + 1_000)
    expect([kv.reads - reads, shield.asked]).toEqual([1, 2])
  })

  test('is not asked in an outage', async () => {
    const { find, id, kv, shield } = await world()
    kv.down = true
    for (let ms = 0; ms < 2 * SETTLED; ms += 1_000) await find(id, NOW + ms)
    expect(shield.asked).toBe(0)
  })

  test('is not asked about ids that were not minted here', async () => {
    const { find, shield } = await world()
    for (let ms = 0; ms < 2 * SETTLED; ms += 10_000) await find('nobody', NOW + ms)
    expect(shield.asked).toBe(0)
  })

  test('that is down lets look-ups go on: it bounds cost and nothing else', async () => {
    const { find, ids, kv, shield } = await world()
    const id = await ids.mint()
    await find(id)
    shield.down = true
    await find(id, NOW + SETTLED)
    expect(kv.reads).toBe(2)
  })
})

test('ids without a record push no credential out of memory', async () => {
  const { find, id, ids, kv } = await world()
  await find(id)
  for (let i = 0; i < 10_001; i += 1) await find(await ids.mint())
  const { reads } = kv
  expect(await find(id)).toMatchObject({ ok: true })
  expect(kv.reads).toBe(reads)
})
