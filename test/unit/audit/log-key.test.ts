import { expect, test } from 'vitest'
import { openCheckpoint } from '../../../src/audit/checkpoint.ts'
import { readLogKeys } from '../../../src/audit/log-key.ts'
import { EMPTY_ROOT } from '../../../src/audit/merkle.ts'
import { parseVkey } from '../../../src/audit/note.ts'
import { must, testKey } from '../../support/tlog.ts'

const ORIGIN = 'gateway.example/audit'
const key = async (seed: number) => (await testKey(ORIGIN, new Uint8Array(32).fill(seed))).jwk

test('every key that is set signs, and is known by the name of the log', async () => {
  const keys = must(await readLogKeys(JSON.stringify([await key(1), await key(2)]), ORIGIN))
  expect(keys.vkeys).toHaveLength(2)
  const note = await keys.sign({ size: 0, root: EMPTY_ROOT })
  for (const vkey of keys.vkeys) {
    const opened = await openCheckpoint(note, [must(parseVkey(vkey))])
    expect(opened).toMatchObject({ ok: true, value: { checkpoint: { origin: ORIGIN, size: 0 } } })
  }
})

test('a key may carry other members, and none of them matters', async () => {
  const jwk = { ...(await key(1)), kid: 'log-1', use: 'sig', alg: 'EdDSA', ext: true }
  expect(await readLogKeys(JSON.stringify([jwk]), ORIGIN)).toBeDefined()
})

test('keys of which one cannot be used are not used', async () => {
  const [one, two] = [await key(1), await key(2)]
  for (const text of [
    '',
    '{}',
    '[]',
    JSON.stringify(one),
    JSON.stringify([one, one]),
    JSON.stringify([one, { ...two, d: undefined }]),
    JSON.stringify([one, { ...two, d: 'short' }]),
    JSON.stringify([one, { ...two, x: 'AA' }]),
    // The public half of another key: nobody could verify what it signs.
    JSON.stringify([{ ...one, x: two.x }]),
    JSON.stringify([{ ...one, crv: 'X25519' }]),
    JSON.stringify(Array.from({ length: 9 }, () => one)),
  ])
    expect(await readLogKeys(text, ORIGIN)).toBeUndefined()
})

test.each(['', 'two words', 'a+b'])('a log is not called %j', async (origin) => {
  expect(await readLogKeys(JSON.stringify([await key(1)]), origin)).toBeUndefined()
})

test('I7: nothing of a key is in what is made of it', async () => {
  const jwk = await key(1)
  const keys = must(await readLogKeys(JSON.stringify([jwk]), ORIGIN))
  expect(JSON.stringify(keys) + (await keys.sign({ size: 0, root: EMPTY_ROOT }))).not.toContain(
    jwk.d,
  )
})
