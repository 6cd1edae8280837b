/** Checks a claim against a key. The only place where a signature is found good. */
import { ALGORITHMS, type AlgorithmId } from './algorithm.ts'
import type { Claim } from './dialect.ts'

/** A verified claim's signed octets, or `undefined` when it proves nothing. */
export async function verifyClaim(
  claim: Claim,
  body: Uint8Array,
  algorithm: AlgorithmId,
  key: CryptoKey,
): Promise<Uint8Array | undefined> {
  const signed = await claim.stringToSign(body)
  // Both are always done: a wrong digest must cost what a wrong signature costs.
  const good = await ALGORITHMS[algorithm].verify(
    key,
    claim.signature,
    signed ?? new Uint8Array(body.length),
  )
  if (!good || (claim.algorithm !== undefined && claim.algorithm !== algorithm)) return undefined
  return signed
}
