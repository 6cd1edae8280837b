/** What the path of a request needs from the outside. Made in `wiring.ts`; tests bring their own. */
import type { GatewayPolicy } from '../access/policy.ts'
import type { ControlCopies } from '../control/control-copy.ts'
import type { Signal } from '../control/signal.ts'
import type { Clocks } from '../clock/clocks.ts'
import type { Credential } from '../credential/credential.ts'
import type { OutcomeRecord } from '../audit/record.ts'
import type { Admission, Judge, Verdict } from '../guard/key.ts'
import type { SourceReply, SourceReport } from '../guard/source.ts'
import type { SourceWatch } from '../guard/source-watch.ts'
import type { Result } from '../lib/result.ts'
import type { Refusal } from '../refusal.ts'
import type { RiskAsk, RiskVerdict } from '../risk/account-port.ts'
import type { FirmCopy } from '../risk/firm-copy.ts'
import type { Answered } from '../risk/order.ts'
import type { AlgorithmId } from '../signature/algorithm.ts'
import type { Assertion } from './assertion.ts'
import type { Answer } from '../admin/call.ts'
import type { Session } from '../session/access-token.ts'
import type { DpopNonces } from '../session/dpop-nonce.ts'
import type { Admitted, Place, Routed } from './stages.ts'

export interface Ports {
  readonly policy: GatewayPolicy
  /** Milliseconds since 1970. */
  nowMs(): number
  /** The credential, `undefined` for an id that we did not mint, or why it cannot be had from this address. */
  credential(
    id: string,
    address: string | undefined,
  ): Promise<Result<Credential | undefined, Refusal>>
  /** The credential as far as this isolate has it in memory; nothing is read. */
  inMemory(id: string): Credential | undefined
  /** A key that no credential has, to check a stranger's signature with. */
  strangersKey(algorithm: AlgorithmId): Promise<CryptoKey>
  /** Whether this network may make another call that nobody signed; rejects when that cannot be said. */
  shield(network: string): Promise<boolean>
  /** What this isolate knows of failed authentication. */
  readonly watch: SourceWatch
  /** What this isolate knows of the origin's clock. */
  readonly clocks: Clocks
  /** Stands for an id that somebody claimed, without saying it. */
  fingerprint(claimed: string): Promise<string>
  /** Tells a source's object what failed there, and hears what it knows; rejects when it cannot be reached. */
  reportSource(source: string, report: SourceReport): Promise<SourceReply>
  /** Tells whoever watches; the same thing is told once in a while. */
  signal(signal: Signal): void
  pause(ms: number): Promise<void>
  /** How often the key's object is known to have been restored from an older state. */
  epoch(keyId: string): number
  /** Asks the key's own object; rejects when it cannot be reached. Each call asks anew. */
  admit(keyId: string, ask: Admission): Promise<Verdict | undefined>
  /** The session that an access token of ours speaks for, or `undefined`. */
  session(token: string): Promise<Session | undefined>
  readonly nonces: DpopNonces
  /** Judges a one-time password, in the person's own object; the same attempt is answered alike. */
  judgeOtp(user: string, attempt: string, otp: string): Promise<Result<void, Refusal>>
  /** Carries out one of the gateway's own calls. */
  own(admitted: Admitted): Promise<Result<Answer, Refusal>>
  /** Carries out one that brings its proof in its body; `undefined` when there is none of that name. */
  strangersOwn(routed: Routed, bodyBytes: Uint8Array): Promise<Result<Answer, Refusal>>
  /** What is known of the firm's limits and of prices; rejects when that cannot be had. */
  firm(): Promise<FirmCopy>
  /** What this isolate knows of the kill switch. */
  readonly control: ControlCopies
  /** Renews that where it is time to; `undefined` where a request need not wait for it. Never rejects. */
  renewControl(place: Place): Promise<void> | undefined
  /** Asks the account's own object; rejects when it cannot be reached. The same attempt is answered alike. */
  judgeRisk(account: string, ask: RiskAsk): Promise<RiskVerdict>
  /** Tells the account what became of its orders: `undefined` when nobody knows, `never` when they did not leave. */
  settleRisk(
    account: string,
    number: number,
    answers: readonly Answered[] | undefined | 'never',
    attempt: string,
  ): Promise<void>
  /** Tells the account that the request of this attempt never left, whatever it said of it. */
  forgetRisk(account: string, attempt: string): Promise<void>
  /** The signed word that an admission was recorded. */
  receipt(admitted: Admitted): Promise<string>
  /** Signs who this is, for the origin. */
  assert(assertion: Assertion): Promise<string>
  /** Sends a request to the origin over mTLS; rejects when it cannot be reached. */
  fetchOrigin(target: string, init: RequestInit): Promise<Response>
  /** Which worker judges, by which policy. */
  readonly judge: Judge
  /** Reports how a call ended: to the audit log, and on the line that is shipped from here. */
  record(record: OutcomeRecord): void
  /** Keeps the work going when the client has left. */
  waitUntil(work: Promise<unknown>): void
}
