import { expect, test } from 'vitest'
import { fakeIds } from '../../support/world.ts'

test('an id that was minted here is known, and no two are alike', async () => {
  const ids = fakeIds(1)
  const minted = await Promise.all(Array.from({ length: 50 }, () => ids.mint()))
  expect(new Set(minted).size).toBe(50)
  for (const id of minted) expect(await ids.minted(id)).toBe(true)
})

test('any change of any character makes it unknown', async () => {
  const ids = fakeIds(1)
  const id = await ids.mint()
  for (let at = 0; at < id.length; at += 1) {
    const other = id.slice(0, at) + (id[at] === 'a' ? 'b' : 'a') + id.slice(at + 1)
    expect(await ids.minted(other), `character ${at}`).toBe(false)
  }
})

test.each([
  '',
  'pc1_',
  'x',
  'pc1_' + 'a'.repeat(39),
  'pc1_' + 'a'.repeat(38),
  'PC1_' + 'a'.repeat(39),
])('%j was not minted here', async (id) => {
  expect(await fakeIds(1).minted(id)).toBe(false)
})

test('old ids verify while their key version is in the ring, and not after', async () => {
  const old = await fakeIds(1).mint()
  expect(await fakeIds(2, 1).minted(old)).toBe(true)
  expect(await fakeIds(2).minted(old)).toBe(false)
  expect(await fakeIds(2, 1).mint()).toMatch(/^pc2_/)
})

test('another deployment’s ids are unknown', async () => {
  const id = await fakeIds(7).mint()
  expect(await fakeIds(1).minted(id.replace('pc7_', 'pc1_'))).toBe(false)
})

// @control pci/3.5.1.1
test('a fingerprint tells claimed ids apart and says nothing of them', async () => {
  const ids = fakeIds(1)
  const prints = await Promise.all(
    ['a', 'b', 'a', 'x'.repeat(128)].map((id) => ids.fingerprint(id)),
  )
  expect(new Set(prints).size).toBe(3)
  expect(prints[0]).toBe(prints[2])
  for (const print of prints) expect(print).toMatch(/^[0-9a-f]{16}$/)
  // Keyed: nobody outside can try texts against it.
  expect(await fakeIds(2).fingerprint('a')).not.toBe(prints[0])
})
