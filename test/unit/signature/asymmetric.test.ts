/** Public-key credentials: the gateway holds the public half, and nothing else opens. */
import { createSignature, webcrypto } from 'http-message-sig'
import { parseDictionary, type InnerList } from 'structured-headers'
import { describe, expect, test } from 'vitest'
import { sign } from '../../../src/client/sign.ts'
import { fromBase64, toBase64, utf8 } from '../../../src/lib/bytes.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { ALGORITHMS, type AlgorithmId } from '../../../src/signature/algorithm.ts'
import { signatureBase } from '../../../src/signature/dialects/rfc9421.ts'
import { verifySigned } from '../../../src/signature/verify.ts'
import { claimed, headOf, ID, NOW, type Sent } from '../../support/request.ts'
import vectors from '../../vectors/dialects.json' with { type: 'json' }

const GENERATE = {
  ed25519: { name: 'Ed25519' },
  'ecdsa-p256-sha256': { name: 'ECDSA', namedCurve: 'P-256' },
} as const
type Asymmetric = keyof typeof GENERATE

async function newPair(alg: Asymmetric) {
  const pair = await crypto.subtle.generateKey(GENERATE[alg], true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new Error('not a pair')
  const bytes = async (format: 'spki' | 'pkcs8', key: CryptoKey) => {
    const exported = await crypto.subtle.exportKey(format, key)
    if (!(exported instanceof ArrayBuffer)) throw new Error('not bytes')
    return new Uint8Array(exported)
  }
  const pkcs8 = toBase64(await bytes('pkcs8', pair.privateKey))
  return {
    signingKey: pair.privateKey,
    spki: await bytes('spki', pair.publicKey),
    privateKey: `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
  }
}

const REQUEST = { method: 'POST', url: 'https://gw.example/v1/orders', body: '{"a":1}' }

async function verdict(sent: Sent, algorithm: AlgorithmId, spki: Uint8Array): Promise<string> {
  const made = await claimed('rfc9421', sent)
  if (typeof made === 'string') return made
  const key = await ALGORITHMS[algorithm].importKey(new Secret(spki))
  return (await verifySigned(made.signed, algorithm, key)) === undefined
    ? 'not verified'
    : 'verified'
}

describe.each(['ed25519', 'ecdsa-p256-sha256'] as const)('%s', (alg) => {
  // @control mission/asymmetric
  test('verifies with the public half, and not with another or in another algorithm', async () => {
    const { privateKey, spki } = await newPair(alg)
    const headers = await sign(
      REQUEST,
      { id: ID, dialect: 'rfc9421', alg, privateKey },
      { nowMs: NOW },
    )
    const sent = { ...REQUEST, headers }
    expect(await verdict(sent, alg, spki)).toBe('verified')
    expect(await verdict(sent, alg, (await newPair(alg)).spki)).toBe('not verified')
    const other = alg === 'ed25519' ? 'ecdsa-p256-sha256' : 'ed25519'
    expect(await verdict(sent, other, (await newPair(other)).spki)).toBe('not verified')
    // The classic confusion: the public key, which everyone has, taken for an HMAC secret.
    const claim = await claimed('rfc9421', sent)
    expect(typeof claim).toBe('object')
    expect(await verdict(sent, 'hmac-sha256', spki)).toBe('not verified')
  })

  test.each([0, 1, 63, 65, 200])(
    'a signature of %i octets is a no, not a fault',
    async (length) => {
      const { privateKey, spki } = await newPair(alg)
      const headers = await sign(
        REQUEST,
        { id: ID, dialect: 'rfc9421', alg, privateKey },
        { nowMs: NOW },
      )
      const signature = `pc=:${toBase64(new Uint8Array(length))}:`
      expect(await verdict({ ...REQUEST, headers: { ...headers, signature } }, alg, spki)).toBe(
        'not verified',
      )
    },
  )

  test('key material that is no such key is refused when the credential is made', async () => {
    for (const material of [
      new Uint8Array(),
      utf8('key'),
      new Uint8Array(44),
      (await newPair(alg === 'ed25519' ? 'ecdsa-p256-sha256' : 'ed25519')).spki,
    ]) {
      await expect(ALGORITHMS[alg].importKey(new Secret(material))).rejects.toThrow()
    }
  })

  test('the key for strangers imports and verifies nothing', async () => {
    const key = await ALGORITHMS[alg].importKey(ALGORITHMS[alg].stranger())
    const signed = { signedAtMs: 0, signature: new Uint8Array(64), octets: [utf8('x')] }
    expect(await verifySigned(signed, alg, key)).toBeUndefined()
  })
})

// @control mission/asymmetric
test('verifies what another library signed with Ed25519', async () => {
  const { signingKey, spki } = await newPair('ed25519')
  const { signature, signatureInput } = await createSignature(
    { kind: 'request', method: 'GET', targetUri: 'https://gw.example/v1/time', fields: [] },
    {
      components: ['@method', '@authority', '@path', '@query'],
      parameters: {
        created: NOW / 1000,
        nonce: 'nonce-0123456789abcdef',
        keyid: ID,
        tag: 'portcullis',
        alg: 'ed25519',
      },
      signer: webcrypto.signer(signingKey),
    },
  )
  const headers = { signature, 'signature-input': signatureInput }
  expect(
    await verdict(
      { method: 'GET', url: 'https://gw.example/v1/time', headers, body: '' },
      'ed25519',
      spki,
    ),
  ).toBe('verified')
})

describe('RFC 9421 appendix B.2: base and signature of the published examples', () => {
  const { request, cases } = vectors.rfc.rfc9421
  const headers = Object.fromEntries(
    request.headers.map(([name, value]) => [name ?? '', value ?? '']),
  )
  const head = headOf({ method: request.method, url: request.target_uri, headers })

  test.each(cases)('$name', async (example) => {
    const [[label = '', input] = []] = parseDictionary(example.signature_input)
    const signature = parseDictionary(example.signature).get(label)?.[0]
    const base = input !== undefined && isInnerList(input) ? signatureBase(head, input) : undefined
    if (base === undefined || !(signature instanceof ArrayBuffer)) throw new Error('not readable')
    const alg = example.alg === 'ed25519' ? 'ed25519' : 'hmac-sha256'
    const material =
      'key_base64' in example && example.key_base64 !== undefined
        ? fromBase64(example.key_base64)
        : spkiOf(example.jwk?.x ?? '')
    const key = await ALGORITHMS[alg].importKey(new Secret(material ?? new Uint8Array()))
    const signed = { signedAtMs: 0, signature: new Uint8Array(signature), octets: [utf8(base)] }
    expect(await verifySigned(signed, alg, key)).toEqual(utf8(base))
    expect(await verifySigned({ ...signed, octets: [utf8(`${base} `)] }, alg, key)).toBeUndefined()
  })
})

function isInnerList(member: unknown): member is InnerList {
  return Array.isArray(member) && Array.isArray(member[0])
}

/** An Ed25519 public key (RFC 8410) around the 32 octets of a JWK. */
function spkiOf(x: string): Uint8Array {
  const raw = fromBase64(`${x.replaceAll('-', '+').replaceAll('_', '/')}=`) ?? new Uint8Array()
  return Uint8Array.from([
    0x30,
    0x2a,
    0x30,
    0x05,
    0x06,
    0x03,
    0x2b,
    0x65,
    0x70,
    0x03,
    0x21,
    0x00,
    ...raw,
  ])
}
