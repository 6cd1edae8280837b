/**
 * A credential: one secret with its own public id, belonging to a key. Its record is written once and
 * never edited; whatever may change (status, deadlines, permissions) lives in the key's own object.
 */
import * as v from 'valibot'
import { ALGORITHM_IDS, ALGORITHMS, type AlgorithmId } from '../signature/algorithm.ts'
import { CREDENTIAL_ID, DIALECT_IDS, type DialectId } from '../signature/dialect.ts'
import { DIALECTS } from '../signature/dialects.ts'
import { MAX_WINDOW_MS } from '../signature/freshness.ts'
import type { Secret } from '../lib/secret.ts'
import { open, seal, type SealContext } from './envelope.ts'
import type { KeyEncryptionKey } from './kek/provider.ts'

const RecordSchema = v.strictObject({
  v: v.literal(1),
  id: v.pipe(v.string(), v.regex(CREDENTIAL_ID)),
  keyId: v.pipe(v.string(), v.minLength(1)),
  dialect: v.picklist(DIALECT_IDS),
  algorithm: v.picklist(ALGORITHM_IDS),
  windowMs: v.pipe(v.number(), v.integer(), v.minValue(1_000), v.maxValue(MAX_WINDOW_MS)),
  /** A decoy: nobody has a reason to use it. Records without the member are none. */
  canary: v.optional(v.literal(true)),
  sealed: v.strictObject({ kek: v.string(), dataKey: v.string(), value: v.string() }),
})

/** What KV holds under the credential's id: nothing here is secret, and nothing here goes stale. */
export type CredentialRecord = v.InferOutput<typeof RecordSchema>

/** A credential ready to check signatures with. */
export interface Credential {
  readonly id: string
  readonly keyId: string
  readonly dialect: DialectId
  readonly algorithm: AlgorithmId
  readonly windowMs: number
  /** A decoy: any use of it is noticed, and answered as an unknown id is. */
  readonly canary: boolean
  readonly verificationKey: CryptoKey
}

export type NewCredential = Omit<CredentialRecord, 'v' | 'sealed'>

/** Seals a new credential's key material into the record that is to be stored. */
export async function sealCredential(
  credential: NewCredential,
  material: Secret,
  kek: KeyEncryptionKey,
): Promise<CredentialRecord> {
  return { v: 1, ...credential, sealed: await seal(material, contextOf(credential), kek) }
}

/** Opens a stored record, or answers `undefined` when it is damaged or belongs to another id. */
export async function openCredential(
  id: string,
  text: string,
  kek: KeyEncryptionKey,
): Promise<Credential | undefined> {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), RecordSchema), text)
  if (!parsed.success || parsed.output.id !== id) return undefined
  if (!fits(parsed.output)) return undefined
  const { sealed, v: _version, ...credential } = parsed.output
  const material = await open(sealed, contextOf(credential), kek)
  if (material === undefined) return undefined
  return {
    ...credential,
    canary: credential.canary === true,
    verificationKey: await ALGORITHMS[credential.algorithm].importKey(material),
  }
}

/** Whether the dialect knows the algorithm. */
export function fits({
  dialect,
  algorithm,
}: Pick<NewCredential, 'dialect' | 'algorithm'>): boolean {
  return DIALECTS[dialect].algorithms.includes(algorithm)
}

/** Everything the record says is bound: who can write to the store can change none of it. */
function contextOf(credential: NewCredential): SealContext {
  const { id, keyId, dialect, algorithm, windowMs, canary } = credential
  const purpose = ALGORITHMS[algorithm].shared ? 'signing-secret' : 'verification-key'
  const context = { id, keyId, dialect, algorithm, windowMs, purpose }
  // Named only where it is so: records from before there were decoys open as they were sealed.
  return canary === true ? { ...context, canary: 1 } : context
}
