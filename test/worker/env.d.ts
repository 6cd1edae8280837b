/** Third-party test data that the test runner hands over, where it is beside the repository. */
declare namespace Cloudflare {
  interface Env {
    readonly WYCHEPROOF?: Readonly<Record<string, WycheproofFile>>
  }
}

interface WycheproofFile {
  readonly testGroups: readonly WycheproofGroup[]
}

interface WycheproofGroup {
  readonly tests: readonly WycheproofCase[]
  readonly keySize?: number
  readonly ivSize?: number
  readonly tagSize?: number
  readonly publicKeyDer: string
}

interface WycheproofCase {
  readonly tcId: number
  readonly comment: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
  readonly key: string
  readonly msg: string
  readonly tag: string
  readonly sig: string
  readonly iv: string
  readonly aad: string
  readonly ct: string
}
