import { expect, test } from 'vitest'
import { readKeyRing } from '../../../src/credential/key-ring.ts'
import { toBase64 } from '../../../src/lib/bytes.ts'

const key = (fill: number, length = 32) => toBase64(new Uint8Array(length).fill(fill))

// @control pci/3.7
test('the first key is the one for new work, the others stay readable', () => {
  const ring = readKeyRing(`2:${key(2)}, 1:${key(1)}`)
  expect(ring?.current).toBe('2')
  expect([...(ring?.keys.keys() ?? [])]).toEqual(['2', '1'])
  expect(ring?.keys.get('1')?.reveal()[0]).toBe(1)
})

test.each([
  '',
  key(1),
  `1:${key(1, 31)}`,
  `1:${key(1, 33)}`,
  `1:${key(1)},`,
  `1:${key(1)},1:${key(2)}`,
  `0:${key(1)}`,
  `1:not base64`,
])('refuses %j', (text) => {
  expect(readKeyRing(text)).toBeUndefined()
})
