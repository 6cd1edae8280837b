/** Joins the path to the platform: bindings in, ports out. The only file that knows both. */
import policy from '../gateway.config.ts'
import { networkOf } from './access/address.ts'
import { readConfig, type Config } from './config.ts'
import { SignalGate } from './control/signal.ts'
import { CredentialIds } from './credential/id.ts'
import { localKeyEncryptionKey } from './credential/kek/local.ts'
import { CredentialStore } from './credential/store.ts'
import { signAssertion } from './gateway/assertion.ts'
import type { Ports } from './gateway/ports.ts'
import { writeRecord } from './gateway/record.ts'
import { SourceWatch } from './guard/source-watch.ts'
import { ALGORITHM_IDS, ALGORITHMS, type AlgorithmId } from './signature/algorithm.ts'

/** What an isolate keeps between requests: plain values, never promises, streams or stubs. */
export interface Shared {
  readonly config: Config
  readonly ids: CredentialIds
  readonly credentials: CredentialStore
  readonly watch: SourceWatch
  readonly signals: SignalGate
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
  shared = {
    config,
    ids,
    credentials,
    strangersKeys,
    watch: new SourceWatch(),
    signals: new SignalGate(),
  }
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
    credential: (id, address) =>
      held.credentials.find(id, Date.now(), {
        read: (key) => env.CREDENTIALS.get(key),
        spared: () => spared(env, `credential:${networkOf(address)}`),
      }),
    strangersKey: async (algorithm) => {
      const key = held.strangersKeys.get(algorithm)
      if (key === undefined) throw new Error(`No key for strangers who sign with ${algorithm}`)
      return key
    },
    shield: (network) => spared(env, `public:${network}`),
    watch: held.watch,
    fingerprint: (claimed) => held.ids.fingerprint(claimed),
    // Without a location hint: the object is born where the Workers are that first see its source.
    reportSource: async (source, report) => env.SOURCE_GUARD.getByName(source).report(report),
    signal(signal) {
      const passed = held.signals.pass(signal, Date.now())
      if (passed !== undefined) writeRecord(passed)
    },
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
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

/** Whether Cloudflare's rate limit lets this key through once more. */
async function spared(env: Env, key: string): Promise<boolean> {
  return (await env.SHIELD.limit({ key })).success
}
