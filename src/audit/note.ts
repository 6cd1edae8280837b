/**
 * Signed notes: C2SP signed-note v1.0.0. A text, and under it one line for each signature. What is signed with keys
 * that the reader does not know is no business of the reader's; a known key's signature must be right.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { concat, fromBase64, toBase64, toHex, utf8 } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'

/** How a signature is made, by the first octet of the key (signed-note, "Signature types"). */
export const ED25519 = 0x01
export const COSIGNATURE = 0x04

export type SignatureType = typeof ED25519 | typeof COSIGNATURE

/** A public key as a note knows it: by name and key id together. */
export interface NoteKey {
  readonly name: string
  /** Eight hexadecimal digits. */
  readonly id: string
  readonly type: SignatureType
  readonly publicKey: Uint8Array
}

export interface NoteSignature {
  readonly name: string
  readonly id: string
  /** What follows the key id. */
  readonly value: Uint8Array
}

export interface Note {
  /** What is signed; ends with a newline. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** Checks what is signed with one kind of key. */
export type VerifySignature = (
  key: NoteKey,
  text: string,
  signature: Uint8Array,
) => Promise<boolean>

export interface OpenedNote {
  readonly text: string
  /** The trusted keys that signed, each once, in the order of their lines. */
  readonly signed: readonly { readonly key: NoteKey; readonly signature: NoteSignature }[]
}

export type NoteProblem = 'not a note' | 'a signature is wrong' | 'no trusted key signed it'

/** Far more than any note that a log or a witness writes. */
const NOTE_BYTES = 1_000_000
const SIGNATURES = 100

const PUBLIC_KEY_BYTES = 32
const ID_BYTES = 4
const NAME = /^[^\p{White_Space}\p{Cc}+]+$/u

/** `name+id+base64(type and key)`, as verifiers are told of a key. */
export function formatVkey({ name, id, type, publicKey }: NoteKey): string {
  return `${name}+${id}+${toBase64(concat(Uint8Array.of(type), publicKey))}`
}

/** The key of a vkey, or `undefined` when it is not one of the two types, or its id does not belong to it. */
export function parseVkey(vkey: string): NoteKey | undefined {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? []
  const octets = encoded === undefined ? undefined : fromBase64(encoded)
  const type = octets?.[0]
  if (name === undefined || octets === undefined) return undefined
  if (type !== ED25519 && type !== COSIGNATURE) return undefined
  const key = noteKey(name, type, octets.subarray(1))
  return key?.id === id ? key : undefined
}

/** The key of this name, or `undefined` when the name or the key cannot be one. */
export function noteKey(
  name: string,
  type: SignatureType,
  publicKey: Uint8Array,
): NoteKey | undefined {
  if (!isKeyName(name) || publicKey.length !== PUBLIC_KEY_BYTES) return undefined
  const named = concat(utf8(`${name}\n`), Uint8Array.of(type), publicKey)
  return { name, id: toHex(sha256(named).subarray(0, ID_BYTES)), type, publicKey }
}

/** Whether a key may be called so: no spaces and no `+`, for these end a name. */
export function isKeyName(name: string): boolean {
  return NAME.test(name) && name.isWellFormed()
}

/** The note as it is stored and sent. */
export function formatNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map(signatureLine).join('')}`
}

/** One line under a note, its newline included. */
export function signatureLine({ name, id, value }: NoteSignature): string {
  const octets = concat(Uint8Array.from(idOctets(id)), value)
  return `— ${name} ${toBase64(octets)}\n`
}

function idOctets(id: string): readonly number[] {
  return (id.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
}

/** The parts of a note, none of them verified, or `undefined` when it is not written as one. */
export function parseNote(note: string): Note | undefined {
  // Of UTF-16 units there are never more than octets.
  if (note.length > NOTE_BYTES || utf8(note).length > NOTE_BYTES) return undefined
  if (!note.isWellFormed() || !/^[^\p{Cc}]*$/u.test(note.replaceAll('\n', ''))) return undefined
  // The last empty line: the text may have such lines itself.
  const split = note.lastIndexOf('\n\n')
  const lines = note.slice(split + 2)
  if (split < 0 || !lines.endsWith('\n')) return undefined
  const signatures: NoteSignature[] = []
  for (const line of lines.slice(0, -1).split('\n')) {
    const signature = parseSignatureLine(line)
    if (signature === undefined || signatures.push(signature) > SIGNATURES) return undefined
  }
  return { text: note.slice(0, split + 1), signatures }
}

/** The signature of one line, without its newline. */
export function parseSignatureLine(line: string): NoteSignature | undefined {
  const [, name, encoded] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? []
  const octets = encoded === undefined ? undefined : fromBase64(encoded)
  if (name === undefined || !isKeyName(name) || octets === undefined) return undefined
  if (octets.length <= ID_BYTES) return undefined
  return { name, id: toHex(octets.subarray(0, ID_BYTES)), value: octets.subarray(ID_BYTES) }
}

/** The text of a note that at least one trusted key signed. Signatures of other keys are passed over. */
export async function openNote(
  note: string,
  trusted: readonly NoteKey[],
  verify: VerifySignature = verifyEd25519,
): Promise<Result<OpenedNote, NoteProblem>> {
  const parsed = parseNote(note)
  if (parsed === undefined) return { ok: false, error: 'not a note' }
  const signed = new Map<NoteKey, OpenedNote['signed'][number]>()
  for (const signature of parsed.signatures) {
    const key = trusted.find(({ name, id }) => name === signature.name && id === signature.id)
    if (key === undefined) continue
    if (!(await verify(key, parsed.text, signature.value)))
      return { ok: false, error: 'a signature is wrong' }
    signed.set(key, { key, signature })
  }
  if (signed.size === 0) return { ok: false, error: 'no trusted key signed it' }
  return ok({ text: parsed.text, signed: [...signed.values()] })
}

/** Whether an Ed25519 key (type 0x01) signed the text. */
export async function verifyEd25519(
  { type, publicKey }: NoteKey,
  text: string,
  signature: Uint8Array,
): Promise<boolean> {
  return type === ED25519 && (await verifyWith(publicKey, signature, utf8(text)))
}

/** Whether the holder of an Ed25519 public key signed the octets. */
export async function verifyWith(
  publicKey: Uint8Array,
  signature: Uint8Array,
  signed: Uint8Array,
): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, signature, signed)
  } catch {
    // A public key that is no point of the curve, or a signature of another length.
    return false
  }
}

/** The text, signed with this key (type 0x01). */
export async function signNote(
  text: string,
  { name, id }: Pick<NoteKey, 'name' | 'id'>,
  privateKey: CryptoKey,
): Promise<NoteSignature> {
  const value = await crypto.subtle.sign('Ed25519', privateKey, utf8(text))
  return { name, id, value: new Uint8Array(value) }
}
