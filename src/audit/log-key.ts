/** The keys with which the log signs its checkpoints. They sign and say their public halves; nothing else leaves. */
import * as v from 'valibot'
import { fromBase64Url } from '../lib/bytes.ts'
import { formatCheckpoint } from './checkpoint.ts'
import type { TreeHead } from './merkle.ts'
import {
  ED25519,
  formatNote,
  formatVkey,
  isKeyName,
  noteKey,
  signNote,
  verifyEd25519,
  type NoteKey,
} from './note.ts'
import { receiptText, type Receipt } from './receipt.ts'

export interface LogKeys {
  /** The name of the log, which is the name of each of its keys. */
  readonly origin: string
  /** The public halves, as verifiers are told of them. */
  readonly vkeys: readonly string[]
  /** The checkpoint as a note that every key signed. */
  sign(head: TreeHead): Promise<string>
  /** The first key's signature over a receipt: of texts that a caller chooses the key signs none. */
  signReceipt(receipt: Receipt): Promise<Uint8Array>
}

interface KeyPair {
  readonly key: NoteKey
  readonly privateKey: CryptoKey
}

const Jwks = v.pipe(
  v.string(),
  v.parseJson(),
  v.pipe(
    v.array(
      v.looseObject({
        kty: v.literal('OKP'),
        crv: v.literal('Ed25519'),
        x: v.pipe(v.string(), v.minLength(1)),
        d: v.pipe(v.string(), v.minLength(1)),
      }),
    ),
    v.minLength(1),
    v.maxLength(8),
  ),
)

/**
 * Reads a JSON array of Ed25519 private JWKs (RFC 8037): the first is the log's key, the others are being rotated in.
 * Answers `undefined` when any of them is not one, or when a log cannot be called so.
 */
export async function readLogKeys(text: string, origin: string): Promise<LogKeys | undefined> {
  const parsed = v.safeParse(Jwks, text)
  if (!parsed.success || !isKeyName(origin)) return undefined
  const pairs: KeyPair[] = []
  for (const { kty, crv, x, d } of parsed.output) {
    const pair = await keyPair({ kty, crv, x, d }, origin)
    if (pair === undefined || pairs.some(({ key }) => key.id === pair.key.id)) return undefined
    pairs.push(pair)
  }
  const [first] = pairs
  if (first === undefined) return undefined
  return {
    origin,
    signReceipt: async (receipt) =>
      (await signNote(receiptText(origin, receipt), first.key, first.privateKey)).value,
    vkeys: pairs.map(({ key }) => formatVkey(key)),
    async sign(head) {
      const note = formatCheckpoint({ origin, ...head })
      const signatures = pairs.map(async ({ key, privateKey }) => signNote(note, key, privateKey))
      return formatNote({ text: note, signatures: await Promise.all(signatures) })
    },
  }
}

/** One key, if its halves belong together: nobody could verify what another half signs. */
async function keyPair(
  jwk: { readonly kty: string; readonly crv: string; readonly x: string; readonly d: string },
  origin: string,
): Promise<KeyPair | undefined> {
  const publicKey = fromBase64Url(jwk.x)
  const key = publicKey && noteKey(origin, ED25519, publicKey)
  if (key === undefined) return undefined
  try {
    const privateKey = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['sign'])
    const { value } = await signNote('', key, privateKey)
    return (await verifyEd25519(key, '', value)) ? { key, privateKey } : undefined
  } catch {
    // What the platform says of a key that it cannot import may quote the key.
    return undefined
  }
}
