import { assert, asyncProperty, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { secretDigest, secretProblem } from '../../../src/credential/strength.ts'
import { concat, toBase64, toBase64Url, toHex, utf8 } from '../../../src/lib/bytes.ts'
import { random } from '../../support/random.ts'

/** 32 bytes that the test wants to be random: the SHA-256 of nothing. */
const FIXED = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const CHANCE = random(1)
const bytes = (length: number, value: (i: number) => number) =>
  Uint8Array.from({ length }, (_, i) => value(i))

test('random bytes are accepted, as they are and as any text of them', async () => {
  await assert(
    asyncProperty(uint8Array({ minLength: 32, maxLength: 64 }), async (secret) => {
      const forms = [
        secret,
        utf8(toHex(secret)),
        utf8(toHex(secret).toUpperCase()),
        utf8(toBase64(secret)),
        utf8(toBase64(secret).replaceAll('=', '')),
        utf8(toBase64Url(secret)),
      ]
      for (const form of forms) expect(await secretProblem(form)).toBeUndefined()
    }),
    // Fast-check would rather try small and equal values, which are what must be refused.
    { numRuns: 10_000, unbiased: true },
  )
}, 60_000)

test.each([0, 1, 31])('%i bytes are too few', async (length) => {
  expect(await secretProblem(crypto.getRandomValues(new Uint8Array(length)))).toBe(
    'The secret has fewer than 32 bytes',
  )
})

test('the text of fewer than 32 bytes is a text, however long', async () => {
  const few = crypto.getRandomValues(new Uint8Array(31))
  for (const text of [toHex(few), toBase64(few)])
    expect(await secretProblem(utf8(text))).toMatch(/is a text/)
})

test('more bytes than a key has a use for are refused', async () => {
  expect(await secretProblem(crypto.getRandomValues(new Uint8Array(1_025)))).toMatch(/more than/)
})

test.each([
  'correct horse battery staple, and so on',
  'r9vR2#kf0!aQz7&Lw1@xNb5^Tm8*Ge3%Yp6(Uc4',
  `-----BEGIN-----\r\n\t${FIXED}`,
  'пароль для биржи никому не давать',
  '1q2w3ñ4r5t6y7u8i9o0pzaxöcdvfb§gnhmjkçl#',
])('a text is refused: %s', async (text) => {
  expect(await secretProblem(utf8(text))).toMatch(/is a text/)
  expect(await secretProblem(utf8(toBase64(utf8(text))))).toMatch(/is a text/)
  expect(await secretProblem(utf8(toHex(utf8(text))))).toMatch(/is a text/)
})

// @control mission/strong-secrets pci/8.6
test.each([
  ['one value', bytes(32, () => 0)],
  ['two values', bytes(64, (i) => (i * i * 7) % 3)],
  ['a count', bytes(32, (i) => i)],
  ['a count downwards, in threes', bytes(48, (i) => 255 - 3 * i)],
  ['a repeat', bytes(64, (i) => FIXED.charCodeAt(i % 16) ^ (0x80 + (i % 16)))],
  ['a phrase that is base64', utf8('this-is-the-secret-of-the-whole-company-1234')],
  ['words in capitals', utf8('NOBODY_WILL_EVER_GUESS_WHAT_THE_PASSWORD_IS_')],
  [
    'a repeat with other bytes between',
    bytes(64, (i) => (i % 2 === 0 ? FIXED.charCodeAt(i % 16) * 41 : CHANCE.below(256))),
  ],
  ['few values', bytes(48, () => CHANCE.pick([3, 77, 200, 131, 9, 250, 160, 95]))],
  ['a short text with accents', utf8('Grüße aus München, 12 Öl und Käse')],
  ['text of other alphabets', utf8('никому не отдавать')],
  ['text with some accents', utf8('le mot de passe est très bien gardé')],
  [
    'padding around a little',
    concat(
      bytes(28, () => 0),
      utf8('\u0001a9\u00ff'),
    ),
  ],
])('a pattern is refused: %s', async (_what, secret) => {
  expect(await secretProblem(secret)).toBe('The secret has a pattern; it must be random bytes')
})

// @control mission/strong-secrets pci/8.6
test('what a deployment knows to be published is refused in every spelling', async () => {
  const digest = await secretDigest(utf8(FIXED))
  const known = async (other: string) => other === digest
  const raw = await crypto.subtle.digest('SHA-256', new Uint8Array())
  const secret = new Uint8Array(raw)
  for (const form of [
    secret,
    utf8(toHex(secret)),
    utf8(toBase64(secret)),
    utf8(toBase64Url(secret)),
  ]) {
    expect(await secretProblem(form)).toBeUndefined()
    expect(await secretProblem(form, known)).toBe('The secret was published')
  }
  expect(await secretProblem(secret, () => false)).toBeUndefined()
})

test('says nothing of the secret itself', async () => {
  const words = 'hunter2 hunter2 hunter2 hunter2 hunter2'
  expect(await secretProblem(utf8(words))).not.toContain('hunter')
})
