/** Joins the gateway's own calls to the platform: people's objects, keys' objects, the directory, the signing keys. */
import policy from '../gateway.config.ts'
import type { OwnPorts, UserPort } from './admin/call.ts'
import type { KillPort } from './admin/kill-port.ts'
import type { RiskPort } from './admin/risk-port.ts'
import type { Signal } from './control/signal.ts'
import type { CredentialRecord } from './credential/credential.ts'
import { issueCredential, type CredentialRequest } from './credential/issue.ts'
import { localKeyEncryptionKey } from './credential/kek/local.ts'
import { EvidenceWiring } from './evidence-wiring.ts'
import type { Edit } from './guard/edit.ts'
import type { KeyView, Moved } from './guard/key.ts'
import type { Result } from './lib/result.ts'
import type { Secret } from './lib/secret.ts'
import { refuse, type Refusal } from './refusal.ts'
import type { TokenParties } from './session/access-token.ts'
import type { DpopNonces } from './session/dpop-nonce.ts'
import type { RefreshTokens } from './session/refresh-token.ts'
import { killPort } from './control-wiring.ts'
import { riskPort } from './risk-wiring.ts'
import { whereItIs } from './where-it-is.ts'
import type { Shared } from './wiring.ts'

export class OwnWiring implements OwnPorts {
  readonly policy = policy
  readonly parties: TokenParties
  readonly nonces: DpopNonces
  readonly refreshTokens: RefreshTokens
  readonly bootstrapSecret: Secret | undefined
  readonly #env: Env
  readonly #shared: Shared

  constructor(env: Env, shared: Shared) {
    const { issuer, bootstrapSecret } = shared.config
    this.parties = { issuer, audience: issuer }
    this.nonces = shared.nonces
    this.refreshTokens = shared.refreshTokens
    this.bootstrapSecret = bootstrapSecret
    this.#env = env
    this.#shared = shared
  }

  get directory(): OwnPorts['directory'] {
    return this.#env.DIRECTORY.getByName('all', { locationHint: policy.origin.region })
  }

  get evidence(): EvidenceWiring {
    return new EvidenceWiring(this.#env, this.#shared.config.logKeys)
  }

  get kill(): KillPort {
    return killPort(this.#env)
  }

  get risk(): RiskPort {
    return riskPort(this.#env)
  }

  get signingKeys(): OwnPorts['signingKeys'] {
    const object = signingKeys(this.#env)
    return {
      published: () => object.published(),
      sign: (session, parties) => object.sign(session, parties),
      rotate: async (compromised, by) => {
        const turned = await object.rotate(compromised, by)
        this.#shared.sessionKeys.forget()
        return turned
      },
    }
  }

  nowMs(): number {
    return Date.now()
  }

  signal(signal: Signal): void {
    const passed = this.#shared.signals.pass(signal, Date.now())
    if (passed !== undefined) this.#shared.console.signal(passed)
  }

  user(userId: string): UserPort {
    return this.#env.USER.getByName(userId, { locationHint: policy.origin.region })
  }

  describeKey(keyId: string): Promise<KeyView | undefined> {
    return this.#atKey<KeyView | undefined>(keyId, (guard, epoch) => guard.describe(epoch))
  }

  async editKey(keyId: string, edit: Edit): Promise<Result<KeyView, Refusal>> {
    const edited = await this.#atKey<Result<KeyView, Refusal> | undefined>(keyId, (guard, epoch) =>
      guard.edit(edit, epoch),
    )
    return edited ?? refuse('not_found')
  }

  issue(request: CredentialRequest, material: Secret): Promise<CredentialRecord> {
    const { ids, config } = this.#shared
    return issueCredential(request, material, ids, localKeyEncryptionKey(config.credentialKek))
  }

  storeCredential(record: CredentialRecord): Promise<void> {
    return this.#env.CREDENTIALS.put(record.id, JSON.stringify(record))
  }

  dropCredential(id: string): Promise<void> {
    return this.#env.CREDENTIALS.delete(id)
  }

  async knownSecret(digest: string): Promise<boolean> {
    return (await this.#env.CREDENTIALS.get(`known-secret:${digest}`)) !== null
  }

  /** Asks the key's object, wherever it was moved to. */
  async #atKey<T>(
    keyId: string,
    ask: (guard: KeyGuardStub, epoch: number) => Promise<T | Moved>,
  ): Promise<T | undefined> {
    const { places, config } = this.#shared
    const epoch = config.epochs.get(keyId) ?? 0
    return whereItIs<T>(places, keyId, (object) =>
      ask(this.#env.KEY_GUARD.getByName(object, { locationHint: policy.origin.region }), epoch),
    )
  }
}

type KeyGuardStub = ReturnType<Env['KEY_GUARD']['getByName']>

/** The one object that signs sessions. */
export function signingKeys(env: Env) {
  return env.SIGNING_KEYS.getByName('sessions', { locationHint: policy.origin.region })
}
