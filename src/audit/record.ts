/**
 * Audit records: what is kept of a call. Every member is named here and filled from facts that the
 * gateway itself established; nothing that a stranger sent is copied (allow-list, never block-list).
 */
import type { Admission, Key } from '../guard/key.ts'

/** The durable half of an unsafe call: written with the verdict, before the request leaves. */
export interface AdmissionRecord {
  readonly v: 1
  readonly type: 'admission'
  readonly requestId: string
  readonly sequence: number
  readonly decidedAtMs: number
  readonly signedAtMs: number
  readonly keyId: string
  readonly credentialId: string
  readonly account: string
  readonly user: string
  readonly operation: string
  readonly route: string
  readonly kind: string
  /** Units of every limit that it spent. */
  readonly weight: number
  readonly requestHash: string
  readonly address: string | undefined
}

export function admissionRecord(
  key: Key,
  ask: Admission,
  sequence: number,
  decidedAtMs: number,
): AdmissionRecord {
  return {
    v: 1,
    type: 'admission',
    requestId: ask.requestId,
    sequence,
    decidedAtMs,
    signedAtMs: ask.signedAtMs,
    keyId: key.keyId,
    credentialId: ask.credentialId,
    account: key.account,
    user: key.user,
    operation: ask.operation,
    route: ask.route,
    kind: ask.kind,
    weight: ask.weight,
    requestHash: ask.requestHash,
    address: ask.address,
  }
}
