import { array, assert, integer, property, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import {
  concat,
  equalBytes,
  fromBase64,
  fromBase64Url,
  fromHex,
  toBase32,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from '../../../src/lib/bytes.ts'

test('hexadecimal and base64 come back as the same octets', () => {
  assert(
    property(uint8Array({ maxLength: 100 }), (bytes) => {
      expect(fromHex(toHex(bytes))).toEqual(bytes)
      expect(fromBase64(toBase64(bytes))).toEqual(bytes)
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes)
    }),
  )
})

test('base64 has one spelling: white space, missing padding and spare bits are refused', () => {
  expect(fromBase64('QUI=')).toEqual(utf8('AB'))
  for (const other of [
    'QUI',
    'QUI= ',
    ' QUI=',
    'QUJ=',
    'QU I=',
    'QUI==',
    'QUI-',
    'QUI=\n',
    '====',
  ]) {
    expect(fromBase64(other), other).toBeUndefined()
  }
})

test('base64url has one spelling: padding, the other alphabet and spare bits are refused', () => {
  expect(fromBase64Url('-_8')).toEqual(new Uint8Array([0xfb, 0xff]))
  for (const other of ['-_8=', '+/8', '-_9', '-_8 ', '-', '-_8\n', '-_8====', '='])
    expect(fromBase64Url(other), other).toBeUndefined()
})

test('hexadecimal is lower case and whole octets', () => {
  for (const other of ['0', 'AB', 'ag', ' ab', 'abc']) expect(fromHex(other), other).toBeUndefined()
})

test('base32 agrees with RFC 4648 section 10, in lower case and without padding', () => {
  const vectors = { '': '', f: 'my', fo: 'mzxq', foo: 'mzxw6', foob: 'mzxw6yq', fooba: 'mzxw6ytb' }
  for (const [text, encoded] of Object.entries(vectors)) expect(toBase32(utf8(text))).toBe(encoded)
  expect(toBase32(utf8('foobar'))).toBe('mzxw6ytboi')
})

test('bytes are equal when every one is', () => {
  assert(
    property(uint8Array({ minLength: 1, maxLength: 40 }), integer(), (bytes, n) => {
      const other = bytes.slice()
      expect(equalBytes(bytes, other)).toBe(true)
      const at = Math.abs(n) % bytes.length
      other[at] = (other[at] ?? 0) ^ 1
      expect(equalBytes(bytes, other)).toBe(false)
      expect(equalBytes(bytes, bytes.subarray(1))).toBe(false)
    }),
  )
})

test('concat keeps every octet in order', () => {
  assert(
    property(array(uint8Array({ maxLength: 9 }), { maxLength: 9 }), (parts) => {
      expect([...concat(...parts)]).toEqual(parts.flatMap((part) => [...part]))
    }),
  )
})

test('long texts are spelled as short ones are', () => {
  for (const length of [511, 512, 513, 514, 515, 3_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 151) % 256)
    const text = toBase64(bytes)
    expect(text).toBe(btoa(String.fromCharCode(...bytes)))
    expect(fromBase64(text)).toEqual(bytes)
  }
})
