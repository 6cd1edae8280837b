/**
 * Cosignatures: C2SP tlog-cosignature v1.0.1, Ed25519. A witness's word that at a time this was the largest checkpoint
 * of the log it had seen, and that it followed from all it had seen before.
 */
import { concat, utf8 } from '../lib/bytes.ts'
import { COSIGNATURE, verifyEd25519, verifyWith, type NoteKey, type NoteSignature } from './note.ts'

const TIME_BYTES = 8
const SIGNATURE_BYTES = 64

/** Whether the witness cosigned the checkpoint's text. */
export async function verifyCosignature(
  { type, publicKey }: NoteKey,
  text: string,
  value: Uint8Array,
): Promise<boolean> {
  const timeSeconds = cosignedAtSeconds(value)
  if (type !== COSIGNATURE || timeSeconds === undefined) return false
  return verifyWith(publicKey, value.subarray(TIME_BYTES), message(text, timeSeconds))
}

/** Whether the key, a log's or a witness's, signed the text in the way that keys of its type do. */
export async function verifySignature(
  key: NoteKey,
  text: string,
  value: Uint8Array,
): Promise<boolean> {
  const verify = key.type === COSIGNATURE ? verifyCosignature : verifyEd25519
  return verify(key, text, value)
}

/** When a cosignature says it was made, in seconds since 1970, or `undefined` when it is not one. */
export function cosignedAtSeconds(value: Uint8Array): number | undefined {
  if (value.length !== TIME_BYTES + SIGNATURE_BYTES) return undefined
  const seconds = new DataView(value.buffer, value.byteOffset).getBigUint64(0)
  return seconds > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(seconds)
}

/** A witness's cosignature of a checkpoint's text. That the log is consistent is for the caller to have seen. */
export async function cosign(
  text: string,
  timeSeconds: number,
  { name, id }: Pick<NoteKey, 'name' | 'id'>,
  privateKey: CryptoKey,
): Promise<NoteSignature> {
  const time = new Uint8Array(TIME_BYTES)
  new DataView(time.buffer).setBigUint64(0, BigInt(timeSeconds))
  const signature = await crypto.subtle.sign('Ed25519', privateKey, message(text, timeSeconds))
  return { name, id, value: concat(time, new Uint8Array(signature)) }
}

/** The first line keeps a cosignature from being passed off as the signature of a note. */
function message(text: string, timeSeconds: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${timeSeconds}\n${text}`)
}
