/** When each credential of a key was last used. In memory; stored with whatever is written anyway. */
import type { CredentialsUsed, Key } from './key.ts'

export class CredentialUse {
  readonly #atMs: Map<string, number>

  constructor(stored: CredentialsUsed) {
    this.#atMs = new Map(stored.map(({ id, atMs }) => [id, atMs]))
  }

  note(credentialId: string, nowMs: number): void {
    this.#atMs.set(credentialId, nowMs)
  }

  /** Of the credentials that the key has: what another id was used for is nobody's. */
  of({ credentials }: Pick<Key, 'credentials'>): CredentialsUsed {
    return credentials.flatMap(({ id }) => {
      const atMs = this.#atMs.get(id)
      return atMs === undefined ? [] : [{ id, atMs }]
    })
  }
}
