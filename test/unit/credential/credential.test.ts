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

test.each<[string, object]>([
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
