/** Key pairs, made here: the private half does not leave this machine. */

const KINDS = {
  ed25519: { name: 'Ed25519' },
  'ecdsa-p256-sha256': { name: 'ECDSA', namedCurve: 'P-256' },
} as const

export type PairKind = keyof typeof KINDS

export const PAIR_KINDS: readonly PairKind[] = ['ed25519', 'ecdsa-p256-sha256']

export interface KeyPair {
  readonly alg: PairKind
  /** SPKI, PEM. */
  readonly publicKey: string
  /** PKCS#8, PEM. */
  readonly privateKey: string
}

export async function newKeyPair(alg: PairKind): Promise<KeyPair> {
  const pair = await crypto.subtle.generateKey(KINDS[alg], true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new Error(`Cannot make a key pair of ${alg}`)
  const [spki, pkcs8] = await Promise.all([
    crypto.subtle.exportKey('spki', pair.publicKey),
    crypto.subtle.exportKey('pkcs8', pair.privateKey),
  ])
  return { alg, publicKey: pem('PUBLIC KEY', spki), privateKey: pem('PRIVATE KEY', pkcs8) }
}

/** RFC 7468: 64 characters a line. */
function pem(label: string, der: ArrayBuffer): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replaceAll(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
