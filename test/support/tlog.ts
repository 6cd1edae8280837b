/** Logs as tests make them: naive roots, objects in memory, and keys from seeds that nobody would use. */
import { grow, EMPTY_EDGE, type Edge } from '../../src/audit/edge.ts'
import { leafHash, nodeHash, EMPTY_ROOT } from '../../src/audit/merkle.ts'
import { ED25519, noteKey, type NoteKey, type SignatureType } from '../../src/audit/note.ts'
import { parsePolicy, type Policy } from '../../src/audit/trust.ts'
import { concat, fromBase64, fromBase64Url, fromHex, utf8 } from '../../src/lib/bytes.ts'

/** What must be there for the test to mean anything. */
export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The test itself is wrong: there is no such value')
  return value
}

export function hex(text: string): Uint8Array {
  return must(fromHex(text))
}

export function base64(text: string): Uint8Array {
  return must(fromBase64(text))
}

export function entriesOf(count: number, from = 0): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => utf8(`entry ${from + i}`))
}

/** RFC 6962 section 2.1, word by word. */
export function naiveRoot(entries: readonly Uint8Array[]): Uint8Array {
  const [only] = entries
  if (only === undefined) return EMPTY_ROOT
  if (entries.length === 1) return leafHash(only)
  let k = 1
  while (k * 2 < entries.length) k *= 2
  return nodeHash(naiveRoot(entries.slice(0, k)), naiveRoot(entries.slice(k)))
}

/** The objects of a log, by name. */
export class Objects extends Map<string, Uint8Array> {
  edge: Edge = EMPTY_EDGE

  /** Lets the log grow; a name that is there must keep its octets. */
  append(entries: readonly Uint8Array[]): void {
    const { edge, objects } = grow(this.edge, entries)
    for (const { name, bytes } of objects) {
      if (this.has(name)) throw new Error(`${name} is written twice`)
      this.set(name, bytes)
    }
    this.edge = edge
  }

  readonly read = async (name: string): Promise<Uint8Array | undefined> => this.get(name)
}

export interface TestKey {
  readonly key: NoteKey
  readonly privateKey: CryptoKey
  /** A JWK with its private half, as a secret of a deployment holds it. */
  readonly jwk: { kty: string; crv: string; x: string; d: string }
}

const PKCS8 = hex('302e020100300506032b657004220420')

/** The key pair of a seed of 32 octets. */
export async function testKey(
  name: string,
  seed: Uint8Array,
  type: SignatureType = ED25519,
): Promise<TestKey> {
  const privateKey = await crypto.subtle.importKey('pkcs8', concat(PKCS8, seed), 'Ed25519', true, [
    'sign',
  ])
  const exported = await crypto.subtle.exportKey('jwk', privateKey)
  if (exported instanceof ArrayBuffer) throw new TypeError('Not a JWK')
  const { x = '', d = '' } = exported
  const key = must(noteKey(name, type, must(fromBase64Url(x))))
  return { key, privateKey, jwk: { kty: 'OKP', crv: 'Ed25519', x, d } }
}

/** The policy of these lines. */
export function policyOf(...lines: readonly string[]): Policy {
  const policy = parsePolicy(lines.join('\n'))
  if (!policy.ok) throw new Error(policy.error.join('; '))
  return policy.value
}
