/**
 * A receipt: the gateway's signed word that an admission was recorded, given with the answer. Whoever holds one whose
 * commitment is not in the log a minute later holds a proof that the log was tampered with.
 */
import { fromBase64, toBase64 } from '../lib/bytes.ts'

/** An admission is in the log at the latest so long after its receipt, in milliseconds. */
export const MERGE_DELAY_MS = 60_000

export interface Receipt {
  readonly keyId: string
  readonly sequence: number
  /** The commitment to the admission record, base64url. */
  readonly commit: string
  readonly atMs: number
}

/** What is signed. It begins like no checkpoint and no cosignature of any log does. */
export function receiptText(origin: string, { keyId, sequence, commit, atMs }: Receipt): string {
  return `portcullis-receipt/v1\n${origin}\nkey ${keyId}\nseq ${sequence}\ncommit ${commit}\nat ${atMs}\n`
}

/** The value of the `Portcullis-Receipt` field: a dictionary (RFC 8941 section 3.2). */
export function formatReceipt(
  { keyId, sequence, commit, atMs }: Receipt,
  signature: Uint8Array,
): string {
  return `key="${keyId}", seq=${sequence}, commit="${commit}", at=${atMs}, sig=:${toBase64(signature)}:`
}

const FORM =
  /^key="(?<key>[A-Za-z0-9_-]{1,64})", seq=(?<seq>[0-9]{1,16}), commit="(?<commit>[A-Za-z0-9_-]{43})", at=(?<at>[0-9]{1,16}), sig=:(?<sig>[A-Za-z0-9+/=]{88}):$/

/** The receipt that a field's value is, as this gateway writes it, or `undefined`. */
export function parseReceipt(
  value: string,
): { readonly receipt: Receipt; readonly signature: Uint8Array } | undefined {
  const { key, seq, commit, at, sig } = FORM.exec(value)?.groups ?? {}
  const signature = fromBase64(sig ?? '')
  if (key === undefined || commit === undefined || signature === undefined) return undefined
  return { receipt: { keyId: key, sequence: Number(seq), commit, atMs: Number(at) }, signature }
}
