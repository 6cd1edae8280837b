/** Makes a new shared-secret credential: the record to store, and the secret, which is shown once. */
import { Secret } from '../lib/secret.ts'
import type { AlgorithmId } from '../signature/algorithm.ts'
import type { DialectId } from '../signature/dialect.ts'
import { DEFAULT_WINDOW_MS } from '../signature/freshness.ts'
import { sealCredential, type CredentialRecord } from './credential.ts'
import type { CredentialIds } from './id.ts'
import type { KeyEncryptionKey } from './kek/provider.ts'

const SECRET_BYTES = 32

export interface Issued {
  readonly record: CredentialRecord
  readonly secret: Secret
}

export async function issueCredential(
  keyId: string,
  dialect: DialectId,
  algorithm: AlgorithmId,
  ids: CredentialIds,
  kek: KeyEncryptionKey,
): Promise<Issued> {
  const id = await ids.mint()
  const secret = new Secret(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))
  const record = await sealCredential(
    { id, keyId, dialect, algorithm, windowMs: DEFAULT_WINDOW_MS },
    secret,
    kek,
  )
  return { record, secret }
}
