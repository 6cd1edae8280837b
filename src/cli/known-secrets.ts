/** Secrets that were published somewhere, as the gateway looks them up when a customer brings one. */
import { fromBase64Url, fromHex, urlSafe, utf8 } from '../lib/bytes.ts'
import { secretDigest, secretProblem } from '../credential/strength.ts'

/** One entry for `wrangler kv bulk put`. The digest alone: what it is of is not stored. */
export interface KnownSecret {
  readonly key: string
  readonly value: string
}

/** One secret a line: of each the text and whatever bytes a dialect could read it as, if only a list can tell them. */
export async function knownSecrets(text: string): Promise<readonly KnownSecret[]> {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const digests = new Set<string>()
  for (const line of lines) {
    for (const bytes of readings(line)) {
      // What is refused for its form needs no entry: of a hundred thousand lines some hundreds are left.
      if ((await secretProblem(bytes)) === undefined) digests.add(await secretDigest(bytes))
    }
  }
  return [...digests].map((digest) => ({ key: `known-secret:${digest}`, value: 'published' }))
}

function readings(line: string): readonly Uint8Array[] {
  const decoded = [fromHex(line.toLowerCase()), fromBase64Url(urlSafe(line))]
  return [utf8(line), ...decoded.filter((bytes) => bytes !== undefined && bytes.length > 0)].filter(
    (bytes) => bytes !== undefined,
  )
}
