import { describe, expect, test } from 'vitest'
import { isRecoveryCode, newRecoveryCodes, recoveryHash } from '../../../src/session/recovery.ts'

const CODE = 'abcd-efgh-ijkl-mnop'

test('ten codes of eighty bits in groups that a person can type, no two alike', () => {
  const codes = Array.from({ length: 20 }, newRecoveryCodes)
  for (const ten of codes) expect(ten).toHaveLength(10)
  expect(new Set(codes.flat()).size).toBe(200)
  for (const code of codes.flat()) {
    expect(code).toMatch(/^[a-z2-7]{4}(-[a-z2-7]{4}){3}$/)
    expect(isRecoveryCode(code)).toBe(true)
  }
  // Every place varies: none of the bits is lost on the way to text.
  for (let place = 0; place < CODE.length; place += 1) {
    const seen = new Set(codes.flat().map((code) => code.charAt(place)))
    if (CODE.charAt(place) !== '-') expect(seen.size).toBeGreaterThan(16)
  }
})

test('the hash is the SHA-256 of the sixteen characters', async () => {
  // printf abcdefghijklmnop | sha256sum
  expect(await recoveryHash(CODE)).toBe(
    'f39dac6cbaba535e2c207cd0cd8f154974223c848f727f98b3564cea569b41cf',
  )
})

describe('a code is the same code', () => {
  test.each([
    'abcdefghijklmnop',
    'ABCD-EFGH-IJKL-MNOP',
    ' abcd efgh ijkl mnop\n',
    'Abcd–Efgh—Ijkl‑Mnop',
    'abcd\u00a0efgh\tijkl--mnop',
  ])('written %j', async (text) => {
    expect(isRecoveryCode(text)).toBe(true)
    expect(await recoveryHash(text)).toBe(await recoveryHash(CODE))
  })
})

test('another code has another hash', async () => {
  expect(await recoveryHash('abcd-efgh-ijkl-mnoq')).not.toBe(await recoveryHash(CODE))
})

test.each([
  '',
  '123456',
  'abcd-efgh-ijkl-mno',
  'abcd-efgh-ijkl-mnopq',
  'abcd-efgh-ijkl-mn01',
  'abcd_efgh_ijkl_mnop',
  'äbcd-efgh-ijkl-mnop',
])('what is no code is told apart: %j', (text) => {
  expect(isRecoveryCode(text)).toBe(false)
})
