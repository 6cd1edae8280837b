/** Obviously fake keys and the parts made of them: nothing here is used outside tests. */
import { CredentialIds } from '../../src/credential/id.ts'
import { localKeyEncryptionKey } from '../../src/credential/kek/local.ts'
import type { KeyRing } from '../../src/credential/key-ring.ts'
import { Secret } from '../../src/lib/secret.ts'

export function fakeRing(...versions: readonly number[]): KeyRing {
  const [current = 1] = versions
  const fill = (version: number) => new Secret(new Uint8Array(32).fill(version))
  return { current: String(current), keys: new Map(versions.map((n) => [String(n), fill(n)])) }
}

export function fakeIds(...versions: readonly number[]): CredentialIds {
  return new CredentialIds(fakeRing(...versions))
}

export function fakeKek(...versions: readonly number[]) {
  return localKeyEncryptionKey(fakeRing(...versions))
}
