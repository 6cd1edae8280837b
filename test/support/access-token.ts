/** A session, the keys of its tokens, and every way to make one. */
import { generateKeyPair, type CompactJWSHeaderParameters } from 'jose'
import {
  accessTokenClaims,
  readAccessToken,
  type Session,
  type TokenKey,
} from '../../src/session/access-token.ts'
import { signed } from './jws.ts'

export const NOW = 1_800_000_000_000
export const PARTIES = { issuer: 'https://gw.example', audience: 'https://broker.example' }

export const SESSION: Session = {
  sid: 'session-1',
  jti: 'token-1',
  user: 'user-1',
  keyId: 'key-1',
  credentialId: 'credential-1',
  version: 7,
  permissions: ['order.write', 'order.read'],
  roles: ['trader'],
  amr: ['pop', 'otp'],
  acr: 'urn:example:2',
  authTimeMs: NOW - 60_000,
  network: '192.0.2.0/24',
  jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
  issuedAtMs: NOW,
  expiresAtMs: NOW + 600_000,
}
export const CLAIMS = accessTokenClaims(SESSION, PARTIES)

export const ec = await generateKeyPair('ES256', { extractable: true })
export const ed = await generateKeyPair('Ed25519', { extractable: true })
export const stranger = await generateKeyPair('ES256', { extractable: true })
export const KEYS: ReadonlyMap<string, TokenKey> = new Map([
  ['ec', { key: ec.publicKey, alg: 'ES256' }],
  ['ed', { key: ed.publicKey, alg: 'EdDSA' }],
])
export const HEADER = { typ: 'at+jwt', alg: 'ES256', kid: 'ec' }

export function read(token: string, nowMs = NOW) {
  return readAccessToken(token, { ...PARTIES, keys: KEYS, nowMs })
}

export function withClaims(changed: object): Promise<string> {
  return signed(HEADER, { ...CLAIMS, ...changed }, ec.privateKey)
}

export function withHeader(changed: Partial<CompactJWSHeaderParameters>): Promise<string> {
  return signed({ ...HEADER, ...changed }, CLAIMS, ec.privateKey)
}
