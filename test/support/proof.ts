/** A request, the keys of those who may send it, and every way to make a proof for it. */
import { exportJWK, generateKeyPair, type CompactJWSHeaderParameters } from 'jose'
import { sha256, toBase64Url, utf8 } from '../../src/lib/bytes.ts'
import { verifyProof, type ExpectedProof } from '../../src/session/dpop.ts'
import { signed } from './jws.ts'

export const NOW = 1_800_000_000_000
export const TOKEN = 'the.access.token'
export const MALFORMED = { ok: false, error: 'malformed' }

export const ec = await generateKeyPair('ES256', { extractable: true })
export const ed = await generateKeyPair('Ed25519', { extractable: true })
export const stranger = await generateKeyPair('ES256', { extractable: true })
export const EC = await exportJWK(ec.publicKey)
export const ED = await exportJWK(ed.publicKey)

export const EXPECTED: ExpectedProof = {
  method: 'POST',
  uri: 'https://gw.example/v1/orders',
  accessToken: TOKEN,
  nowMs: NOW,
  nonceGood: () => true,
}
export const HEADER = { typ: 'dpop+jwt', alg: 'ES256', jwk: EC }
export const CLAIMS = {
  jti: '0123456789abcdef',
  htm: 'POST',
  htu: 'https://gw.example/v1/orders',
  iat: NOW / 1000,
  ath: toBase64Url(await sha256(utf8(TOKEN))),
}

export function verify(proof: string, changed: Partial<ExpectedProof> = {}) {
  return verifyProof(proof, { ...EXPECTED, ...changed })
}

/** The verdict on a proof with other claims; `undefined` takes one out. */
export async function claiming(claims: object, changed: Partial<ExpectedProof> = {}) {
  return verify(await signed(HEADER, { ...CLAIMS, ...claims }, ec.privateKey), changed)
}

export async function heading(header: Partial<CompactJWSHeaderParameters>, key = ec.privateKey) {
  return verify(await signed({ ...HEADER, ...header }, CLAIMS, key))
}
