/** Joins the path to the platform: bindings in, ports out. The only file that knows both. */
import policy from '../gateway.config.ts'
import { readConfig, type Config } from './config.ts'
import { CredentialIds } from './credential/id.ts'
import { localKeyEncryptionKey } from './credential/kek/local.ts'
import { CredentialStore } from './credential/store.ts'
import { signAssertion } from './gateway/assertion.ts'
import type { Ports } from './gateway/ports.ts'
import { writeRecord } from './gateway/record.ts'
import { ALGORITHM_IDS, ALGORITHMS, type AlgorithmId } from './signature/algorithm.ts'

/** What an isolate keeps between requests: plain values, never promises, streams or stubs. */
export interface Shared {
  readonly config: Config
  readonly credentials: CredentialStore
  readonly strangersKeys: ReadonlyMap<AlgorithmId, CryptoKey>
}

let shared: Shared | undefined

/** Two first requests at once may both do this; the second result replaces an equal first one. */
export async function sharedFor(env: Env): Promise<Shared> {
  if (shared !== undefined) return shared
  const config = await readConfig({ ...env })
  const ids = new CredentialIds(config.credentialIdKey)
  const credentials = new CredentialStore(ids, localKeyEncryptionKey(config.credentialKek))
  const strangersKeys = new Map<AlgorithmId, CryptoKey>()
  for (const id of ALGORITHM_IDS) {
    const { importKey, stranger } = ALGORITHMS[id]
    strangersKeys.set(id, await importKey(stranger()))
  }
  shared = { config, credentials, strangersKeys }
  return shared
}

export function portsFor(
  env: Env,
  { config, ...held }: Shared,
  waitUntil: (work: Promise<unknown>) => void,
): Ports {
  return {
    policy,
    nowMs: () => Date.now(),
    credential: (id) => held.credentials.find(id, Date.now(), (key) => env.CREDENTIALS.get(key)),
    strangersKey: async (algorithm) => {
      const key = held.strangersKeys.get(algorithm)
      if (key === undefined) throw new Error(`No key for strangers who sign with ${algorithm}`)
      return key
    },
    shield: async (network) => (await env.SHIELD.limit({ key: network })).success,
    // A fresh stub for each call: one that has seen its object reset stays broken.
    admit: async (keyId, ask) =>
      env.KEY_GUARD.getByName(keyId, { locationHint: policy.origin.region }).admit(ask),
    assert: (assertion) =>
      signAssertion(assertion, config.issuer, config.originUrl.origin, config.assertionKey),
    fetchOrigin: (target, init) => env.ORIGIN.fetch(config.originUrl.origin + target, init),
    record: writeRecord,
    waitUntil,
  }
}
