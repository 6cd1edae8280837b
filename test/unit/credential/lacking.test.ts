/** Rings that lack their own key, and sealed values that are none: nothing is made, nothing is opened. */
import { expect, test } from 'vitest'
import { open, seal } from '../../../src/credential/envelope.ts'
import { CredentialIds } from '../../../src/credential/id.ts'
import { issueCredential, newSecret } from '../../../src/credential/issue.ts'
import { localKeyEncryptionKey } from '../../../src/credential/kek/local.ts'
import { fakeIds, fakeKek, fakeRing } from '../../support/world.ts'

const LACKING = { ...fakeRing(1), current: '2' }
const CONTEXT = { purpose: 'test' }

test('a ring without its current key mints no id, tells no fingerprint and wraps nothing', async () => {
  const ids = new CredentialIds(LACKING)
  await expect(ids.mint()).rejects.toThrow('lacks its current key')
  await expect(ids.fingerprint('pc1_x')).rejects.toThrow('lacks its current key')
  await expect(seal(newSecret(), CONTEXT, localKeyEncryptionKey(LACKING))).rejects.toThrow(
    'lacks its current key',
  )
})

test('what is sealed opens under its own ring alone, and not when any part is no base64', async () => {
  const sealed = await seal(newSecret(), CONTEXT, fakeKek(1))
  expect(await open(sealed, CONTEXT, fakeKek(1))).toBeDefined()
  expect(await open(sealed, CONTEXT, fakeKek(2))).toBeUndefined()
  for (const broken of [{ dataKey: '!' }, { value: '!' }, { kek: 'vault:1' }])
    expect(await open({ ...sealed, ...broken }, CONTEXT, fakeKek(1))).toBeUndefined()
})

test('no credential is made of an algorithm that its dialect does not know', async () => {
  const request = { keyId: 'key_1', dialect: 'compact', algorithm: 'ed25519' } as const
  await expect(issueCredential(request, newSecret(), fakeIds(1), fakeKek(1))).rejects.toThrow(
    'compact does not know ed25519',
  )
})
