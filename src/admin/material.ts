/** The secret or public key of a new credential: made here and shown once, or the customer's own, if it is any good. */
import { newSecret } from '../credential/issue.ts'
import { secretProblem } from '../credential/strength.ts'
import { fromBase64, toBase64, toHex, utf8 } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { Secret } from '../lib/secret.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { ALGORITHMS, type AlgorithmId } from '../signature/algorithm.ts'
import { bindsOperation, type DialectId } from '../signature/dialect.ts'
import { DIALECTS } from '../signature/dialects.ts'
import type { OwnPorts } from './call.ts'

export interface Wanted {
  readonly dialect: DialectId
  readonly alg?: AlgorithmId | undefined
  readonly publicKey?: string | undefined
  readonly secret?: string | undefined
}

export interface Material {
  readonly algorithm: AlgorithmId
  readonly secret: Secret
  /** What its owner is shown, once. */
  readonly shown: { readonly secret?: string }
}

export async function newMaterial(
  { dialect, alg, publicKey, secret }: Wanted,
  ports: Pick<OwnPorts, 'knownSecret'>,
): Promise<Result<Material, Refusal>> {
  const { algorithms } = DIALECTS[dialect]
  const algorithm = alg ?? algorithms[0]
  if (!algorithms.includes(algorithm)) {
    return unusable('/alg', `${dialect} does not know it; it knows ${algorithms.join(', ')}`)
  }
  if (!ALGORITHMS[algorithm].shared) {
    if (secret !== undefined) return unusable('/secret', `${algorithm} takes a public key`)
    return ownKey(algorithm, publicKey)
  }
  if (publicKey !== undefined) return unusable('/publicKey', `${algorithm} takes no public key`)
  if (secret !== undefined) return imported(dialect, algorithm, secret, ports)
  const made = newSecret()
  if (bindsOperation(DIALECTS[dialect]) && isOfOurs(dialect))
    return ok({ algorithm, secret: made, shown: { secret: toBase64(made.reveal()) } })
  // A venue's clients use the text itself as the key.
  const text = toHex(made.reveal())
  return ok({ algorithm, secret: new Secret(utf8(text)), shown: { secret: text } })
}

/** Whether secrets are written in base64 and used as octets. */
function isOfOurs(dialect: DialectId): boolean {
  return dialect === 'rfc9421' || dialect === 'compact'
}

async function imported(
  dialect: DialectId,
  algorithm: AlgorithmId,
  text: string,
  ports: Pick<OwnPorts, 'knownSecret'>,
): Promise<Result<Material, Refusal>> {
  const bytes = isOfOurs(dialect) ? fromBase64(text) : utf8(text)
  if (bytes === undefined) return unusable('/secret', 'must be base64')
  const problem = await secretProblem(bytes, (digest) => ports.knownSecret(digest))
  if (problem !== undefined) return unusable('/secret', problem)
  return ok({ algorithm, secret: new Secret(bytes), shown: {} })
}

async function ownKey(
  algorithm: AlgorithmId,
  text: string | undefined,
): Promise<Result<Material, Refusal>> {
  if (text === undefined) return unusable('/publicKey', `is needed for ${algorithm}`)
  const pem = /^-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/.exec(
    text,
  )
  const der = fromBase64((pem?.[1] ?? text).replaceAll(/\s/g, ''))
  if (der === undefined)
    return unusable('/publicKey', 'must be SPKI, in PEM or in base64; never a private key')
  const secret = new Secret(der)
  try {
    await ALGORITHMS[algorithm].importKey(secret)
  } catch {
    return unusable('/publicKey', `is no public key of ${algorithm}`)
  }
  return ok({ algorithm, secret, shown: {} })
}

function unusable(pointer: string, reason: string) {
  return refuse('invalid_body', {
    detail: 'A credential cannot be made from this.',
    members: { errors: [{ pointer, reason }] },
  })
}
