/** AES-256-GCM over whole values: a random 96-bit IV, then ciphertext with its 128-bit tag. */
import { concat } from '../lib/bytes.ts'
import { Secret } from '../lib/secret.ts'

const IV_BYTES = 12
const TAG_BYTES = 16

/** Encrypts `plain` and binds it to `context`, the additional authenticated data. */
export async function sealBytes(
  key: Secret,
  plain: Secret,
  context: Uint8Array,
): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const imported = await importAesKey(key, 'encrypt')
  const sealed = await crypto.subtle.encrypt(parameters(iv, context), imported, plain.reveal())
  return concat(iv, new Uint8Array(sealed))
}

/** Decrypts, or answers `undefined` when key, context or a single bit is not what it was. */
export async function openBytes(
  key: Secret,
  sealed: Uint8Array,
  context: Uint8Array,
): Promise<Secret | undefined> {
  if (sealed.length < IV_BYTES + TAG_BYTES) return undefined
  const imported = await importAesKey(key, 'decrypt')
  try {
    const iv = sealed.subarray(0, IV_BYTES)
    return new Secret(
      new Uint8Array(
        await crypto.subtle.decrypt(parameters(iv, context), imported, sealed.subarray(IV_BYTES)),
      ),
    )
  } catch {
    return undefined
  }
}

function parameters(iv: Uint8Array, context: Uint8Array) {
  return { name: 'AES-GCM', iv, additionalData: context, tagLength: TAG_BYTES * 8 }
}

function importAesKey(key: Secret, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', key.reveal(), 'AES-GCM', false, [usage])
}
