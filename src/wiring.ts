/** Joins the path to the platform: bindings in, ports out. The gateway's own calls are joined in `own-wiring.ts`. */
import type { JWK } from 'jose'
import policy from '../gateway.config.ts'
import { networkOf } from './access/address.ts'
import { readConfig, type Config } from './config.ts'
import { Recorder, TIMEOUT_MS, type Message, type RecorderPorts } from './audit/recorder.ts'
import { saltBytes, saltOfAttempt } from './audit/kept.ts'
import { commitTo } from './audit/leaf.ts'
import { formatReceipt } from './audit/receipt.ts'
import { admissionRecord, recordText, type OutcomeRecord } from './audit/record.ts'
import { Clocks } from './clock/clocks.ts'
import { ControlCopies } from './control/control-copy.ts'
import { SignalGate, signalOf, type Signal } from './control/signal.ts'
import type { Credential } from './credential/credential.ts'
import { CredentialIds } from './credential/id.ts'
import { localKeyEncryptionKey } from './credential/kek/local.ts'
import { CredentialStore } from './credential/store.ts'
import { signAssertion, type Assertion } from './gateway/assertion.ts'
import type { Ports } from './gateway/ports.ts'
import { Console } from './gateway/line.ts'
import type { Admission, Judge, Verdict } from './guard/key.ts'
import { lockRules } from './guard/lockout.ts'
import type { SourceReply, SourceReport } from './guard/source.ts'
import { SourceWatch } from './guard/source-watch.ts'
import { BoundedMap } from './lib/bounded-map.ts'
import type { Answer } from './admin/call.ts'
import { serveOwn } from './admin/serve.ts'
import { STRANGERS } from './admin/table.ts'
import type { Admitted, Place, Routed } from './gateway/stages.ts'
import type { Result } from './lib/result.ts'
import { OwnWiring, signingKeys } from './own-wiring.ts'
import { refuse, type Refusal } from './refusal.ts'
import { readAccessToken, type Session } from './session/access-token.ts'
import { DpopNonces } from './session/dpop-nonce.ts'
import { RefreshTokens } from './session/refresh-token.ts'
import type { RiskAsk, RiskVerdict } from './risk/account-port.ts'
import { FirmCopies, type FirmCopy } from './risk/firm-copy.ts'
import { renewControl } from './control-wiring.ts'
import { RiskWiring } from './risk-wiring.ts'
import { SessionKeys } from './session-keys.ts'
import { ALGORITHM_IDS, ALGORITHMS, type AlgorithmId } from './signature/algorithm.ts'
import { whereItIs } from './where-it-is.ts'
import { within } from './within.ts'

/** What an isolate keeps between requests: plain values, never promises, streams or stubs. */
export interface Shared {
  readonly config: Config
  readonly ids: CredentialIds
  readonly credentials: CredentialStore
  readonly watch: SourceWatch
  readonly clocks: Clocks
  readonly signals: SignalGate
  readonly strangersKeys: ReadonlyMap<AlgorithmId, CryptoKey>
  /** The objects to which keys were moved, by key. */
  readonly places: BoundedMap<string>
  readonly sessionKeys: SessionKeys
  readonly nonces: DpopNonces
  readonly refreshTokens: RefreshTokens
  readonly firmCopies: FirmCopies
  readonly controlCopies: ControlCopies
  readonly recorder: Recorder
  readonly console: Console
  readonly judge: Judge
}

let held: Shared | undefined

/** Two first requests at once may both do this; the second result replaces an equal first one. */
export async function sharedFor(env: Env): Promise<Shared> {
  if (held !== undefined) return held
  const config = await readConfig({ ...env })
  const ids = new CredentialIds(config.credentialIdKey)
  const credentials = new CredentialStore(ids, localKeyEncryptionKey(config.credentialKek))
  const strangersKeys = new Map<AlgorithmId, CryptoKey>()
  for (const id of ALGORITHM_IDS) {
    const { importKey, stranger } = ALGORITHMS[id]
    strangersKeys.set(id, await importKey(stranger()))
  }
  held = {
    config,
    ids,
    credentials,
    strangersKeys,
    places: new BoundedMap(10_000),
    sessionKeys: new SessionKeys(),
    nonces: new DpopNonces(config.credentialIdKey),
    refreshTokens: new RefreshTokens(config.credentialIdKey),
    watch: new SourceWatch(lockRules(policy.lockout)),
    clocks: new Clocks(),
    signals: new SignalGate(),
    firmCopies: new FirmCopies(),
    controlCopies: new ControlCopies(),
    recorder: new Recorder(),
    console: new Console({ version: config.workerVersion, log: config.logKeys.origin }),
    judge: { worker: config.workerVersion, policy: policy.version },
  }
  return held
}

/** Asks the key's object, wherever it was moved to. */
export async function admitWhereItIs(
  guards: Env['KEY_GUARD'],
  places: BoundedMap<string>,
  keyId: string,
  ask: Admission,
): Promise<Verdict | undefined> {
  // A fresh stub for each call: one that has seen its object reset stays broken.
  return whereItIs<Verdict | undefined>(places, keyId, (object) =>
    guards.getByName(object, { locationHint: policy.origin.region }).admit(ask),
  )
}

/** The ports of one request. A class, so that a request makes one object and not one for each port. */
export class RequestPorts implements Ports, RecorderPorts {
  readonly policy = policy
  readonly watch: SourceWatch
  readonly clocks: Clocks
  readonly #env: Env
  readonly #shared: Shared
  readonly #ctx: Pick<ExecutionContext, 'waitUntil'>

  constructor(env: Env, shared: Shared, ctx: Pick<ExecutionContext, 'waitUntil'>) {
    this.watch = shared.watch
    this.clocks = shared.clocks
    this.#env = env
    this.#shared = shared
    this.#ctx = ctx
  }

  nowMs(): number {
    return Date.now()
  }

  credential(id: string, address: string | undefined): ReturnType<Ports['credential']> {
    return this.#shared.credentials.find(id, {
      nowMs: () => Date.now(),
      read: (key) => this.#env.CREDENTIALS.get(key),
      spared: () => spared(this.#env, `credential:${networkOf(address)}`),
      pause: (ms) => this.pause(ms),
      keep: (work) => this.waitUntil(work),
    })
  }

  inMemory(id: string): Credential | undefined {
    return this.#shared.credentials.inMemory(id)
  }

  async strangersKey(algorithm: AlgorithmId): Promise<CryptoKey> {
    const key = this.#shared.strangersKeys.get(algorithm)
    if (key === undefined) throw new Error(`No key for strangers who sign with ${algorithm}`)
    return key
  }

  shield(network: string): Promise<boolean> {
    return spared(this.#env, `public:${network}`)
  }

  fingerprint(claimed: string): Promise<string> {
    return this.#shared.ids.fingerprint(claimed)
  }

  // Without a location hint: the object is born where the Workers are that first see its source.
  async reportSource(source: string, report: SourceReport): Promise<SourceReply> {
    return this.#env.SOURCE_GUARD.getByName(source).report(report)
  }

  signal(signal: Signal): void {
    const passed = this.#shared.signals.pass(signal, Date.now())
    if (passed !== undefined) this.console.signal(passed)
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms))
  }

  epoch(keyId: string): number {
    return this.#shared.config.epochs.get(keyId) ?? 0
  }

  admit(keyId: string, ask: Admission): Promise<Verdict | undefined> {
    return admitWhereItIs(this.#env.KEY_GUARD, this.#shared.places, keyId, ask)
  }

  get nonces(): DpopNonces {
    return this.#shared.nonces
  }

  async session(token: string): Promise<Session | undefined> {
    const { config, sessionKeys } = this.#shared
    const nowMs = Date.now()
    const read = () => signingKeys(this.#env).published()
    const keys = await sessionKeys.forToken(token, nowMs, read)
    const { issuer } = config
    return readAccessToken(token, { keys, issuer, audience: issuer, nowMs })
  }

  /** The public keys of sessions; none while their object does not answer, so that the origin's keeps being told. */
  async publishedKeys(): Promise<readonly JWK[]> {
    const read = () => signingKeys(this.#env).published()
    return this.#shared.sessionKeys.published(Date.now(), read).catch(() => [])
  }

  async judgeOtp(user: string, attempt: string, otp: string): Promise<Result<void, Refusal>> {
    return this.#own().user(user).judgeOtp(attempt, otp)
  }

  own(admitted: Admitted): Promise<Result<Answer, Refusal>> {
    return serveOwn(admitted, this.#own())
  }

  async strangersOwn(routed: Routed, bodyBytes: Uint8Array): Promise<Result<Answer, Refusal>> {
    const serve = STRANGERS.get(routed.operation.id)
    if (serve === undefined) return refuse('unknown_operation')
    const { head, place, requestId } = routed
    return serve({ head, bodyBytes, requestId, address: place.address, ports: this.#own() })
  }

  #own(): OwnWiring {
    return new OwnWiring(this.#env, this.#shared)
  }

  get control(): ControlCopies {
    return this.#shared.controlCopies
  }

  renewControl({ colo }: Place): Promise<void> | undefined {
    const { controlCopies } = this.#shared
    return renewControl(this.#env, controlCopies, colo, (work) => this.waitUntil(work))
  }

  firm(): Promise<FirmCopy> {
    return this.#risk().firm()
  }

  judgeRisk(account: string, ask: RiskAsk): Promise<RiskVerdict> {
    return this.#risk().judgeRisk(account, ask)
  }

  settleRisk(...told: Parameters<Ports['settleRisk']>): Promise<void> {
    return this.#risk().settleRisk(...told)
  }

  forgetRisk(account: string, attempt: string): Promise<void> {
    return this.#risk().forgetRisk(account, attempt)
  }

  #risk(): RiskWiring {
    return new RiskWiring(this.#env, this.#shared.firmCopies, (work) => this.waitUntil(work))
  }

  async receipt({ grant, ask, verdict }: Admitted): Promise<string> {
    const { sequence, decidedAtMs } = verdict
    const record = admissionRecord(grant, ask, sequence, decidedAtMs)
    const commit = commitTo(saltBytes(saltOfAttempt(ask.attempt)), recordText(record))
    const { logKeys } = this.#shared.config
    const receipt = { keyId: grant.keyId, sequence, commit, atMs: decidedAtMs }
    return formatReceipt(receipt, await logKeys.signReceipt(receipt))
  }

  assert(assertion: Assertion): Promise<string> {
    const { issuer, originUrl, assertionKey } = this.#shared.config
    return signAssertion(assertion, issuer, originUrl.origin, assertionKey)
  }

  fetchOrigin(target: string, init: RequestInit): Promise<Response> {
    return this.#env.ORIGIN.fetch(this.#shared.config.originUrl.origin + target, init)
  }

  get console(): Console {
    return this.#shared.console
  }

  get judge(): Judge {
    return this.#shared.judge
  }

  record(record: OutcomeRecord): void {
    this.console.record(record)
    this.#shared.recorder.record(record, () => networkOf(record.address), this)
  }

  /** Hands a message to its shard of the audit log. @throws when that does not answer. */
  report({ shard, flush, records }: Message): Promise<void> {
    const log = this.#env.AUDIT_LOG.getByName(shard, { locationHint: policy.origin.region })
    return within(TIMEOUT_MS, log.report(flush, records))
  }

  dropped(count: number): void {
    const now = new Date()
    const subject = { type: 'audit', id: 'isolate' } as const
    this.signal(signalOf('audit_dropped', subject, { records: count }, now.toISOString()))
  }

  waitUntil(work: Promise<unknown>): void {
    this.#ctx.waitUntil(work)
  }
}

/** Whether Cloudflare's rate limit lets this key through once more. */
async function spared(env: Env, key: string): Promise<boolean> {
  return (await env.SHIELD.limit({ key })).success
}
