import { exportJWK, generateKeyPair } from 'jose'
import { expect, test } from 'vitest'
import { SessionKeys } from '../../src/session-keys.ts'

const NOW = 1_800_000_000_000

function tokenOf(kid: string): string {
  const header = btoa(JSON.stringify({ alg: 'EdDSA', typ: 'at+jwt', kid }))
  return `${header.replaceAll('=', '')}.e30.AA`
}

async function published(...kids: readonly string[]) {
  const pairs = await Promise.all(
    kids.map(async (kid) => ({ kid, pair: await generateKeyPair('EdDSA', { extractable: true }) })),
  )
  return Promise.all(
    pairs.map(async ({ kid, pair }) => ({ kid, jwk: await exportJWK(pair.publicKey) })),
  )
}

async function world() {
  const reads = { count: 0, down: false, kids: await published('one') }
  const keys = new SessionKeys()
  const read = async () => {
    reads.count += 1
    if (reads.down) throw new Error('down')
    return reads.kids
  }
  const known = async (kid: string, nowMs: number) =>
    (await keys.forToken(tokenOf(kid), nowMs, read)).has(kid)
  return { reads, known }
}

test('keys are read once a minute, however many tokens come', async () => {
  const { reads, known } = await world()
  for (let i = 0; i < 100; i += 1) expect(await known('one', NOW + i)).toBe(true)
  expect(reads.count).toBe(1)
  expect(await known('one', NOW + 60_000)).toBe(true)
  expect(reads.count).toBe(2)
})

test('a token with a key that is new is read for at once, made-up ones once in five seconds', async () => {
  const { reads, known } = await world()
  await known('one', NOW)
  for (let i = 0; i < 100; i += 1) expect(await known(`made-up-${i}`, NOW + 10 * i)).toBe(false)
  expect(reads.count).toBe(1)
  reads.kids = await published('one', 'two')
  expect(await known('two', NOW + 5_000)).toBe(true)
  expect(reads.count).toBe(2)
})

test('a key that was taken back verifies for a minute at most', async () => {
  const { reads, known } = await world()
  await known('one', NOW)
  reads.kids = await published('two')
  expect(await known('one', NOW + 59_999)).toBe(true)
  expect(await known('one', NOW + 60_000)).toBe(false)
})

test('while their object does not answer, known keys verify for ten minutes and no longer', async () => {
  const { reads, known } = await world()
  await known('one', NOW)
  reads.down = true
  expect(await known('one', NOW + 599_999)).toBe(true)
  await expect(known('one', NOW + 600_000)).rejects.toThrow('down')
})

test('what is no token names no key, and causes no more than a read of those that are due', async () => {
  const { reads, known } = await world()
  const keys = new SessionKeys()
  const read = async () => {
    reads.count += 1
    return reads.kids
  }
  expect(await known('one', NOW)).toBe(true)
  for (const token of ['', 'a', 'a.b.c', `${btoa('[]')}.e30.AA`, `${btoa('{"kid":1}')}.e30.AA`])
    expect((await keys.forToken(token, NOW, read)).size).toBe(1)
  expect(reads.count).toBe(2)
})

test('what is published is as of a minute ago at most', async () => {
  const { reads } = await world()
  const keys = new SessionKeys()
  const read = async () => {
    reads.count += 1
    return reads.kids
  }
  for (const laterMs of [0, 59_999])
    expect(await keys.published(NOW + laterMs, read)).toHaveLength(1)
  expect(reads.count).toBe(1)
  reads.kids = await published('one', 'two')
  expect(await keys.published(NOW + 60_000, read)).toHaveLength(2)
})
