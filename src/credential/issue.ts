/** Makes a new credential: the record to store, from a secret of ours or a public key of the customer's. */
import { Secret } from '../lib/secret.ts'
import { ALGORITHMS, type AlgorithmId } from '../signature/algorithm.ts'
import type { DialectId } from '../signature/dialect.ts'
import { DEFAULT_WINDOW_MS } from '../signature/freshness.ts'
import { fits, sealCredential, type CredentialRecord } from './credential.ts'
import type { CredentialIds } from './id.ts'
import type { KeyEncryptionKey } from './kek/provider.ts'

const SECRET_BYTES = 32

export interface CredentialRequest {
  readonly keyId: string
  readonly dialect: DialectId
  readonly algorithm: AlgorithmId
  /** A decoy, to be left where only an intruder finds it. */
  readonly canary?: boolean
}

/** A secret of 256 random bits, to be shown once. */
export function newSecret(): Secret {
  return new Secret(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))
}

/**
 * @param material the shared secret, or the public key (SPKI, DER). A public key is sealed too: who can write
 *   to the store cannot put their own key in its place.
 * @throws when the material is not a key of that algorithm.
 */
export async function issueCredential(
  { keyId, dialect, algorithm, canary = false }: CredentialRequest,
  material: Secret,
  ids: CredentialIds,
  kek: KeyEncryptionKey,
): Promise<CredentialRecord> {
  if (!fits({ dialect, algorithm }))
    throw new TypeError(`Cannot make the credential: ${dialect} does not know ${algorithm}`)
  await ALGORITHMS[algorithm].importKey(material)
  const id = await ids.mint()
  const credential = { id, keyId, dialect, algorithm, windowMs: DEFAULT_WINDOW_MS }
  return sealCredential(canary ? { ...credential, canary } : credential, material, kek)
}
