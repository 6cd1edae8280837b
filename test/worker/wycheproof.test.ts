/** Project Wycheproof's edge cases through our own verify and open, inside workerd. */
import { env } from 'cloudflare:workers'
import { describe, expect, test } from 'vitest'
import { openBytes } from '../../src/credential/aes-gcm.ts'
import { concat, fromHex } from '../../src/lib/bytes.ts'
import { Secret } from '../../src/lib/secret.ts'
import { ALGORITHMS } from '../../src/signature/algorithm.ts'
import { verifySigned } from '../../src/signature/verify.ts'

const { WYCHEPROOF } = env
const groups = (name: string) => WYCHEPROOF?.[name]?.testGroups ?? []
const bytes = (hex: string) => fromHex(hex) ?? expect.fail(`not hexadecimal: ${hex}`)

describe.skipIf(WYCHEPROOF === undefined)('Wycheproof', () => {
  async function accepts(
    algorithm: 'hmac-sha256' | 'ed25519',
    material: string,
    signature: string,
    message: string,
  ) {
    const key = await ALGORITHMS[algorithm]
      .importKey(new Secret(bytes(material)))
      .catch(() => undefined)
    if (key === undefined) return false
    const signed = { signedAtMs: 0, signature: bytes(signature), octets: [bytes(message)] }
    return (await verifySigned(signed, algorithm, key)) !== undefined
  }

  test('HMAC-SHA-256', async () => {
    const cases = groups('hmac_sha256_test')
      .filter(({ tagSize }) => tagSize === 256)
      .flatMap(({ tests }) => tests)
    expect(cases.length).toBeGreaterThan(80)
    for (const { tcId, comment, key, tag, msg, result } of cases) {
      expect(await accepts('hmac-sha256', key, tag, msg), `${tcId} ${comment}`).toBe(
        result === 'valid',
      )
    }
  })

  test('HMAC-SHA-256, truncated: never accepted', async () => {
    const cases = groups('hmac_sha256_test')
      .filter(({ tagSize }) => tagSize !== 256)
      .flatMap(({ tests }) => tests)
    for (const { tcId, key, tag, msg } of cases)
      expect(await accepts('hmac-sha256', key, tag, msg), `${tcId}`).toBe(false)
  })

  test('Ed25519', async () => {
    const cases = groups('ed25519_test').flatMap(({ publicKeyDer, tests }) =>
      tests.map((one) => ({ ...one, publicKeyDer })),
    )
    expect(cases.length).toBeGreaterThan(140)
    for (const { tcId, comment, publicKeyDer, sig, msg, result } of cases) {
      expect(await accepts('ed25519', publicKeyDer, sig, msg), `${tcId} ${comment}`).toBe(
        result === 'valid',
      )
    }
  })

  test('AES-256-GCM: opens what is valid and nothing else', async () => {
    const ours = groups('aes_gcm_test').filter(
      ({ keySize, ivSize, tagSize }) => keySize === 256 && ivSize === 96 && tagSize === 128,
    )
    const cases = ours.flatMap(({ tests }) => tests)
    expect(cases.length).toBeGreaterThan(40)
    for (const { tcId, comment, key, iv, ct, tag, aad, msg, result } of cases) {
      const opened = await openBytes(
        new Secret(bytes(key)),
        concat(bytes(iv), bytes(ct), bytes(tag)),
        bytes(aad),
      )
      expect(opened?.reveal(), `${tcId} ${comment}`).toEqual(
        result === 'valid' ? bytes(msg) : undefined,
      )
    }
  })
})
