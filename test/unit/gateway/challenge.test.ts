import { describe, expect, test } from 'vitest'
import { challengeFor } from '../../../src/gateway/challenge.ts'

describe('whoever showed no token', () => {
  test.each(['unauthorized', 'retry_fresh', 'timestamp_skew'] as const)(
    'hears of every way and of nothing that is wrong: %s',
    (code) => {
      const challenge = challengeFor({ code, detail: 'your secret' }, undefined)
      for (const scheme of ['Signature', 'PC1', 'Bearer', 'DPoP'])
        expect(challenge).toContain(`${scheme} realm="portcullis"`)
      expect(challenge).not.toMatch(/error|secret/)
    },
  )

  test('and signed well hears which second factor is missing, and how old it may be', () => {
    const members = { acr_values: 'urn:two', max_age: 300 }
    expect(challengeFor({ code: 'step_up_required', members }, undefined)).toBe(
      'Bearer realm="portcullis", error="insufficient_user_authentication", acr_values="urn:two", max_age="300"',
    )
  })

  test('and lacks a nonce is told in the scheme that has one', () => {
    expect(challengeFor({ code: 'use_dpop_nonce' }, undefined)).toBe(
      'DPoP realm="portcullis", error="use_dpop_nonce", algs="ES256 Ed25519 EdDSA"',
    )
  })
})

describe('whoever showed a token', () => {
  test('is answered in the scheme in which they spoke', () => {
    expect(challengeFor({ code: 'unauthorized' }, { scheme: 'Bearer' })).toBe(
      'Bearer realm="portcullis", error="invalid_token"',
    )
    const bound = challengeFor({ code: 'unauthorized' }, { scheme: 'DPoP' })
    expect(bound).toMatch(/^DPoP realm="portcullis", error="invalid_token", algs="/)
    expect(challengeFor({ code: 'retry_fresh' }, { scheme: 'DPoP' })).toContain(
      'error="invalid_dpop_proof"',
    )
  })

  test('and is refused for something else hears of no error that a token could mend', () => {
    expect(challengeFor({ code: 'timestamp_skew' }, { scheme: 'Bearer' })).toBe(
      'Bearer realm="portcullis"',
    )
  })

  test('cannot be shown a header within the header', () => {
    const detail = 'a "quote", a \\, a line\r\nset-cookie: x and an é'
    const challenge = challengeFor({ code: 'unauthorized', detail }, { scheme: 'Bearer' })
    expect(challenge).toContain(
      `error_description="a 'quote', a ', a line''set-cookie: x and an '"`,
    )
  })

  test('is not asked for what is no plain value', () => {
    const members = { acr_values: ['a', 'b'], max_age: 5 }
    const challenge = challengeFor({ code: 'step_up_required', members }, { scheme: 'Bearer' })
    expect(challenge).not.toContain('acr_values')
    expect(challenge).toContain('max_age="5"')
  })
})
