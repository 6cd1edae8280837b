/** Checks what was signed against a key. The only place where a signature is found good. */
import { ALGORITHMS, type AlgorithmId } from './algorithm.ts'
import type { Signed } from './dialect.ts'

/** The octets that the signature proves, or `undefined` when it proves none. */
export async function verifySigned(
  { octets, signature, algorithm: named }: Signed,
  algorithm: AlgorithmId,
  key: CryptoKey,
): Promise<Uint8Array | undefined> {
  for (const candidate of octets) {
    // The runtime throws on a signature that cannot be one, of the wrong length say: that is a no.
    const good = await ALGORITHMS[algorithm].verify(key, signature, candidate).catch(() => false)
    if (good && (named === undefined || named === algorithm)) return candidate
  }
  return undefined
}
