import { assert, asyncProperty, integer } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { open, seal, type SealContext } from '../../../src/credential/envelope.ts'
import { fromBase64, toBase64, utf8 } from '../../../src/lib/bytes.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { fakeKek } from '../../support/world.ts'

const CONTEXT: SealContext = { credentialId: 'cred', keyId: 'key', purpose: 'signing-secret' }
const SECRET = new Secret(utf8('thirty-two bytes of canary 0123456789'))
const text = (secret: Secret | undefined) => secret && new TextDecoder().decode(secret.reveal())

// @control mission/at-rest pci/3.6.1-wrapped
test('opens what it sealed', async () => {
  const sealed = await seal(SECRET, CONTEXT, fakeKek(1))
  expect(text(await open(sealed, CONTEXT, fakeKek(1)))).toBe(text(SECRET))
})

test('two seals of one secret share nothing', async () => {
  const [a, b] = await Promise.all([
    seal(SECRET, CONTEXT, fakeKek(1)),
    seal(SECRET, CONTEXT, fakeKek(1)),
  ])
  expect(a.dataKey).not.toBe(b.dataKey)
  expect(a.value).not.toBe(b.value)
})

describe.each<[string, Partial<Record<keyof SealContext, string>>]>([
  ['another credential', { credentialId: 'other' }],
  ['another key', { keyId: 'other' }],
  ['parts shifted between the two', { credentialId: 'cre', keyId: 'dkey' }],
])('moved to %s', (_where, change) => {
  test('it does not open', async () => {
    const sealed = await seal(SECRET, CONTEXT, fakeKek(1))
    expect(
      await open(sealed, { ...CONTEXT, ...change, purpose: 'signing-secret' }, fakeKek(1)),
    ).toBeUndefined()
  })
})

// @control mission/at-rest
test('a data key of another record does not open it', async () => {
  const [a, b] = await Promise.all([
    seal(SECRET, CONTEXT, fakeKek(1)),
    seal(SECRET, CONTEXT, fakeKek(1)),
  ])
  expect(await open({ ...a, dataKey: b.dataKey }, CONTEXT, fakeKek(1))).toBeUndefined()
})

// @control pci/3.7
test('wrapped key and value cannot change places', async () => {
  const sealed = await seal(SECRET, CONTEXT, fakeKek(1))
  expect(
    await open({ ...sealed, dataKey: sealed.value, value: sealed.dataKey }, CONTEXT, fakeKek(1)),
  ).toBeUndefined()
})

// @control pci/3.6.1-wrapped
test('another key-encryption key, or an unknown version, does not open it', async () => {
  const sealed = await seal(SECRET, CONTEXT, fakeKek(1))
  expect(await open({ ...sealed, kek: 'local:2' }, CONTEXT, fakeKek(2, 1))).toBeUndefined()
  expect(await open(sealed, CONTEXT, fakeKek(2))).toBeUndefined()
  expect(await open({ ...sealed, kek: '1' }, CONTEXT, fakeKek(1))).toBeUndefined()
})

test('old versions stay readable beside a new one', async () => {
  const sealed = await seal(SECRET, CONTEXT, fakeKek(1))
  expect(text(await open(sealed, CONTEXT, fakeKek(2, 1)))).toBe(text(SECRET))
})

// @control mission/at-rest
test('a single changed or missing octet, anywhere, and it does not open', async () => {
  const sealed = await seal(SECRET, CONTEXT, fakeKek(1))
  const damage = (encoded: string, at: number, cut: boolean) => {
    const bytes = fromBase64(encoded) ?? new Uint8Array()
    if (cut) return toBase64(bytes.subarray(0, at % bytes.length))
    bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1
    return toBase64(bytes)
  }
  await assert(
    asyncProperty(
      integer({ min: 0, max: 1_000 }),
      integer({ min: 0, max: 3 }),
      async (at, which) => {
        const field = which % 2 === 0 ? 'dataKey' : 'value'
        const damaged = { ...sealed, [field]: damage(sealed[field], at, which > 1) }
        expect(await open(damaged, CONTEXT, fakeKek(1))).toBeUndefined()
      },
    ),
  )
})
