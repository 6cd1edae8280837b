import { assert, integer, property, string } from 'fast-check'
import { generateSync } from 'otplib/functional'
import { describe, expect, test } from 'vitest'
import { utf8 } from '../../../src/lib/bytes.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { judgeOtp, NEW_FACTOR } from '../../../src/session/second-factor.ts'
import { matchingSteps, newTotpSecret, totpText, totpUri } from '../../../src/session/totp.ts'
import rfc4226 from '../../vectors/rfc4226.json' with { type: 'json' }
import rfc6238 from '../../vectors/rfc6238.json' with { type: 'json' }

const SECRET = new Secret(utf8(rfc4226.secret_ascii))
const STEP_MS = 30_000

/** What an authenticator shows for a step. */
function codeOf(step: number, secret = SECRET): string {
  return generateSync({ secret: secret.reveal(), epoch: step * 30 })
}

describe('published vectors', () => {
  test.each(rfc4226.hotp.map((code, step) => ({ code, step })))(
    'RFC 4226: $code is the code of step $step',
    ({ code, step }) => {
      expect(matchingSteps(SECRET, code, step * STEP_MS)).toEqual([step])
    },
  )

  // @control mission/totp nist/otp
  test.each(rfc6238.totp)('RFC 6238: at $time s', (row) => {
    // Fewer digits are the last ones of more (RFC 4226 section 5.3).
    const step = Math.floor(row.time / 30)
    expect(matchingSteps(SECRET, row.sha1.slice(2), row.time * 1000)).toEqual([step])
    for (const algorithm of ['sha1', 'sha256', 'sha512'] as const) {
      const secret = utf8(rfc6238.secret_ascii[algorithm])
      expect(generateSync({ secret, algorithm, digits: 8, epoch: row.time })).toBe(row[algorithm])
    }
  })
})

describe('a code', () => {
  test('is known from the first millisecond of the step before its own to the last of the step after', () => {
    assert(
      property(integer({ min: 2, max: 200_000_000 }), (step) => {
        const code = codeOf(step)
        const at = (nowMs: number) => matchingSteps(SECRET, code, nowMs).includes(step)
        const first = (step - 1) * STEP_MS
        const last = (step + 2) * STEP_MS - 1
        expect([first - 1, first, last, last + 1].map(at)).toEqual([false, true, true, false])
      }),
      { numRuns: 20 },
    )
  })

  test('is nobody else’s', () => {
    expect(matchingSteps(newTotpSecret(), codeOf(1), STEP_MS)).toEqual([])
  })

  test('at the very beginning of time has no step before it', () => {
    expect(matchingSteps(SECRET, codeOf(0), 0)).toEqual([0])
  })

  test.each([
    '',
    '75522',
    '7552244',
    ' 755224',
    '755224\n',
    '755 24',
    '75522a',
    '+55224',
    '７５５２２４',
    '٧٥٥٢٢٤',
    'abcd-efgh-ijkl-mnop',
  ])('that is not six ASCII digits matches nothing: %j', (text) => {
    expect(matchingSteps(SECRET, text, 0)).toEqual([])
  })

  test('of any text: a match is always one of the codes', () => {
    assert(
      property(string({ maxLength: 8 }), (text) => {
        const expected = [0, 1, 2].filter((step) => codeOf(step) === text)
        expect(matchingSteps(SECRET, text, STEP_MS)).toEqual(expected)
      }),
    )
  })
})

/** Found by search: with the secret of the RFCs these two steps share a code. */
const SHARED = { code: '235522', first: 62_075_368 }

describe('a code that two neighbours share', () => {
  const { code, first } = SHARED

  test('is the code of both', () => {
    expect([codeOf(first), codeOf(first + 1)]).toEqual([code, code])
    for (const step of [first - 1, first, first + 1]) {
      expect(matchingSteps(SECRET, code, step * STEP_MS)).toEqual([first, first + 1])
    }
    expect(matchingSteps(SECRET, code, (first + 2) * STEP_MS)).toEqual([first + 1])
  })

  test('is accepted once in all, whenever it is shown first and again', () => {
    const steps = [first - 1, first, first + 1, first + 2]
    for (const shown of steps) {
      for (const again of steps) {
        const { next, verdict } = judgeAt({ ...NEW_FACTOR, confirmed: true }, shown)
        expect(verdict).toBe('accepted')
        expect(judgeAt(next, again).verdict).toBe('used')
      }
    }
  })

  function judgeAt(factor: typeof NEW_FACTOR, step: number) {
    const nowMs = step * STEP_MS
    return judgeOtp(factor, matchingSteps(SECRET, code, nowMs), nowMs)
  }
})

test('a code of two steps that are not neighbours names both', () => {
  const first = 61_331_809
  expect(matchingSteps(SECRET, '768734', (first + 1) * STEP_MS)).toEqual([first, first + 2])
})

describe('a secret', () => {
  // @control nist/otp
  test('is 160 bits, another one each time', () => {
    const texts = Array.from({ length: 20 }, () => totpText(newTotpSecret()))
    expect(newTotpSecret().reveal()).toHaveLength(20)
    expect(new Set(texts).size).toBe(20)
    for (const text of texts) expect(text).toMatch(/^[A-Z2-7]{32}$/)
  })

  test('is told to a person in base32', () => {
    expect(totpText(SECRET)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
  })
})

describe('the URI', () => {
  test('says what an authenticator must know, and leaves out what each of them takes for granted', () => {
    expect(totpUri(SECRET, { issuer: 'Portcullis Demo', label: 'ana@broker.example' })).toBe(
      'otpauth://totp/Portcullis%20Demo:ana%40broker.example' +
        '?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Portcullis%20Demo',
    )
  })

  test('holds one secret, whatever the names are', () => {
    assert(
      property(string({ unit: 'binary' }), string({ unit: 'binary' }), (issuer, label) => {
        const uri = new URL(totpUri(SECRET, { issuer, label }))
        expect(uri.searchParams.getAll('secret')).toEqual([totpText(SECRET)])
        expect(uri.hash).toBe('')
        expect(uri.pathname.split(':').length).toBeLessThanOrEqual(2)
      }),
    )
  })

  test('is made of half a surrogate pair too', () => {
    const uri = totpUri(SECRET, { issuer: '\ud800', label: 'a:b' })
    expect(uri).toMatch(/^otpauth:\/\/totp\/%EF%BF%BD:a%20b\?/)
  })
})
