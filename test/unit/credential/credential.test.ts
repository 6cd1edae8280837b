import { expect, test } from 'vitest'
import { openCredential } from '../../../src/credential/credential.ts'
import { issueCredential, newSecret } from '../../../src/credential/issue.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { fakeIds, fakeKek } from '../../support/world.ts'

const REQUEST = { keyId: 'key_1', dialect: 'rfc9421', algorithm: 'hmac-sha256' } as const

function issued() {
  return issueCredential(REQUEST, newSecret(), fakeIds(1), fakeKek(1))
}

test('a stored record opens under its id, and says what it said when it was sealed', async () => {
  const record = await issued()
  const opened = await openCredential(record.id, JSON.stringify(record), fakeKek(1))
  expect(opened).toMatchObject({ ...REQUEST, id: record.id, windowMs: 10_000 })
  expect(opened?.verificationKey.extractable).toBe(false)
})

test('a decoy says that it is one, and cannot be made to say otherwise', async () => {
  const decoy = await issueCredential(
    { ...REQUEST, canary: true },
    newSecret(),
    fakeIds(1),
    fakeKek(1),
  )
  const opened = (record: object) => openCredential(decoy.id, JSON.stringify(record), fakeKek(1))
  expect(await opened(decoy)).toMatchObject({ canary: true })
  const { canary: _canary, ...cleared } = decoy
  expect(await opened(cleared)).toBeUndefined()
  expect(await opened({ ...decoy, canary: false })).toBeUndefined()
})

/** Sealed by the code of before there were decoys, from an obviously fake secret under an obviously fake key. */
const OLD =
  '{"v":1,"id":"pc1_idz3oeyo77fcwpyaxgqo6quchme4qza6232s7xq","keyId":"key_1","dialect":"rfc9421","algorithm":"hmac-sha256","windowMs":10000,"sealed":{"kek":"local:1","dataKey":"7PZDQupIa6EXU1Mvy4nROgw7cJkY51NZ/TubPQmMN5HvM3pFgbYFXliP6Y49Yi/aG4ZzF6aJu3r6odkR","value":"/24Ycj8XLMGO1As1kC2K8lXz/xmX2DbY4PseUHF2NtH7bBNi2ukpgtqKzXeFWKnMglKWNaCLPNIJfsE0"}}'

test('a record from before there were decoys is none, and opens', async () => {
  const { id }: { id: string } = JSON.parse(OLD)
  expect(await openCredential(id, OLD, fakeKek(1))).toMatchObject({ canary: false })
})

test.each<[string, object]>([
  ['a decoy’s mark', { canary: true }],
  ['a longer window', { windowMs: 60_000 }],
  ['another dialect', { dialect: 'compact' }],
  ['another algorithm', { algorithm: 'ed25519' }],
  ['another key', { keyId: 'key_2' }],
  ['a window beyond the widest', { windowMs: 60_001 }],
  ['a member more', { extra: 1 }],
])('%s written into the record, and it does not open', async (_what, change) => {
  const record = await issued()
  const text = JSON.stringify({ ...record, ...change })
  expect(await openCredential(record.id, text, fakeKek(1))).toBeUndefined()
})

// @control mission/at-rest mission/masking
test('the record shows nothing of the secret', async () => {
  const canary = 'canary-canary-canary-canary-0123'
  const secret = new Secret(new TextEncoder().encode(canary))
  const record = await issueCredential(REQUEST, secret, fakeIds(1), fakeKek(1))
  expect(JSON.stringify(record)).not.toContain('canary')
  expect(JSON.stringify(record)).not.toContain(btoa(canary).slice(0, 20))
})

test('material that is no key of the algorithm makes no credential', async () => {
  const request = { ...REQUEST, algorithm: 'ed25519' } as const
  await expect(issueCredential(request, newSecret(), fakeIds(1), fakeKek(1))).rejects.toThrow(
    TypeError,
  )
})
