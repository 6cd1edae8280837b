/**
 * The algorithms a credential may have, one row each. The credential names its algorithm; what a request
 * says about it can only agree or be refused.
 */
import { fromBase64, toHex } from '../lib/bytes.ts'
import { Secret } from '../lib/secret.ts'

export const ALGORITHM_IDS = ['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256'] as const
export type AlgorithmId = (typeof ALGORITHM_IDS)[number]

interface Algorithm {
  /** Whether the gateway must hold what the client signs with; otherwise it holds the public half. */
  readonly shared: boolean
  /** Makes the key that checks signatures: from the secret, or from a public key (SPKI, DER). Rejects bad material. */
  importKey(material: Secret): Promise<CryptoKey>
  /** The web standard's own comparison: constant time, no text in between. */
  verify(key: CryptoKey, signature: Uint8Array, signed: Uint8Array): Promise<boolean>
  /** Material of no credential: a stranger's signature is checked against it, and refused whatever comes out. */
  stranger(): Secret
}

/** What stands before the key in an SPKI: RFC 8410 section 4; RFC 5480 section 2, uncompressed. */
const ED25519_SPKI = '302a300506032b6570032100'
const P256_SPKI = '3059301306072a8648ce3d020106082a8648ce3d030107034200'

export const ALGORITHMS = {
  'hmac-sha256': {
    shared: true,
    importKey: (material) =>
      crypto.subtle.importKey('raw', material.reveal(), { name: 'HMAC', hash: 'SHA-256' }, false, [
        'verify',
      ]),
    verify: (key, signature, signed) => crypto.subtle.verify('HMAC', key, signature, signed),
    stranger: () => new Secret(crypto.getRandomValues(new Uint8Array(32))),
  },
  ed25519: {
    shared: false,
    importKey: (material) => importSpki(material, ED25519_SPKI, 32, { name: 'Ed25519' }),
    verify: (key, signature, signed) => crypto.subtle.verify('Ed25519', key, signature, signed),
    // The test key of RFC 9421 appendix B.1.4.
    stranger: () => published('MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs='),
  },
  // The signature is r and s, 32 octets each, as RFC 9421 section 3.3.4 and WebCrypto have it.
  'ecdsa-p256-sha256': {
    shared: false,
    importKey: (material) =>
      importSpki(material, P256_SPKI, 65, { name: 'ECDSA', namedCurve: 'P-256' }),
    verify: (key, signature, signed) =>
      crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, signed),
    // The example key of RFC 7515 appendix A.3.
    stranger: () =>
      published(
        'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==',
      ),
  },
} as const satisfies Record<AlgorithmId, Algorithm>

/**
 * A runtime may take one kind of key for another, so the octets in front of the key itself are compared.
 *
 * @throws {TypeError} when the material is not a public key of that kind.
 */
async function importSpki(
  material: Secret,
  prefix: string,
  keyBytes: number,
  algorithm: { name: string; namedCurve?: string },
): Promise<CryptoKey> {
  const spki = material.reveal()
  if (toHex(spki.subarray(0, -keyBytes)) !== prefix) {
    throw new TypeError(`Cannot import the public key: it is not an SPKI of ${algorithm.name}`)
  }
  return crypto.subtle.importKey('spki', spki, algorithm, false, ['verify'])
}

function published(spki: string): Secret {
  return new Secret(fromBase64(spki) ?? new Uint8Array())
}
