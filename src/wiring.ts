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
import type { Admission, Verdict } from './guard/key.ts'
import { lockRules } from './guard/lockout.ts'
import { SourceWatch } from './guard/source-watch.ts'
import { BoundedMap } from './lib/bounded-map.ts'
import { ALGORITHM_IDS, ALGORITHMS, type AlgorithmId } from './signature/algorithm.ts'

/** What an isolate keeps between requests: plain values, never promises, streams or stubs. */
export interface Shared {
  readonly config: Config
  readonly ids: CredentialIds
  readonly credentials: CredentialStore
  readonly watch: SourceWatch
  readonly signals: SignalGate
  readonly strangersKeys: ReadonlyMap<AlgorithmId, CryptoKey>
  /** The objects to which keys were moved, by key. */
  readonly places: BoundedMap<string>
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
    places: new BoundedMap(10_000),
    watch: new SourceWatch(lockRules(policy.lockout)),
    signals: new SignalGate(),
  }
  return shared
}

/** More moves than anybody makes; a ring of signposts ends here. */
const MOST_MOVES = 4

/** Asks the key's object, wherever it was moved to. */
export async function admitWhereItIs(
  guards: Env['KEY_GUARD'],
  places: BoundedMap<string>,
  keyId: string,
  ask: Admission,
): Promise<Verdict | undefined> {
  for (let move = 0; move < MOST_MOVES; move += 1) {
    const name = places.get(keyId) ?? keyId
    // A fresh stub for each call: one that has seen its object reset stays broken.
    const stub = guards.getByName(name, { locationHint: policy.origin.region })
    const answer = await stub.admit(ask)
    if (answer === undefined || !('movedTo' in answer)) return answer
    places.set(keyId, answer.movedTo)
  }
  return undefined
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
      held.credentials.find(id, {
        nowMs: () => Date.now(),
        read: (key) => env.CREDENTIALS.get(key),
        spared: () => spared(env, `credential:${networkOf(address)}`),
        pause,
        keep: waitUntil,
      }),
    inMemory: (id) => held.credentials.inMemory(id),
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
    pause,
    epoch: (keyId) => config.epochs.get(keyId) ?? 0,
    admit: (keyId, ask) => admitWhereItIs(env.KEY_GUARD, held.places, keyId, ask),
    assert: (assertion) =>
      signAssertion(assertion, config.issuer, config.originUrl.origin, config.assertionKey),
    fetchOrigin: (target, init) => env.ORIGIN.fetch(config.originUrl.origin + target, init),
    record: writeRecord,
    waitUntil,
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Whether Cloudflare's rate limit lets this key through once more. */
async function spared(env: Env, key: string): Promise<boolean> {
  return (await env.SHIELD.limit({ key })).success
}
