/**
 * Versioned keys, as a Workers secret holds them: `2:<base64>,1:<base64>`. The first is used for new
 * work; the others only open or check what was made with them.
 */
import { fromBase64 } from '../lib/bytes.ts'
import { Secret } from '../lib/secret.ts'

export interface KeyRing {
  readonly current: string
  readonly keys: ReadonlyMap<string, Secret>
}

const KEY_BYTES = 32

/** Reads a ring of 256-bit keys, or `undefined` when any entry is not one. */
export function readKeyRing(text: string): KeyRing | undefined {
  const keys = new Map<string, Secret>()
  for (const entry of text.split(',')) {
    const [, version, encoded] = /^([1-9][0-9]{0,2}):(.+)$/.exec(entry.trim()) ?? []
    const bytes = encoded === undefined ? undefined : fromBase64(encoded)
    if (version === undefined || bytes?.length !== KEY_BYTES || keys.has(version)) return undefined
    keys.set(version, new Secret(bytes))
  }
  const [current] = keys.keys()
  return current === undefined ? undefined : { current, keys }
}
