/**
 * One line for each request, shipped by Logpush. Members are listed here one by one and hold only what the
 * gateway established itself: an id that was not minted here, a path that no route names, a header or a body
 * never gets in.
 */
import type { Signal } from '../control/signal.ts'
import type { Refusal, RefusalCode } from '../refusal.ts'
import type { Reached } from './stages.ts'

export interface CallRecord {
  readonly v: 1
  readonly type: 'call'
  readonly at: string
  readonly requestId: string
  readonly decision: 'forwarded' | 'answered' | 'refused'
  readonly status: number
  readonly code: RefusalCode | undefined
  readonly reason: string | undefined
  readonly operation: string | undefined
  readonly route: string | undefined
  readonly kind: string | undefined
  readonly dialect: string | undefined
  readonly credentialId: string | undefined
  readonly session: string | undefined
  readonly keyId: string | undefined
  readonly account: string | undefined
  readonly user: string | undefined
  readonly sequence: number | undefined
  readonly requestHash: string | undefined
  readonly outcome: 'unknown' | undefined
  readonly address: string | undefined
  readonly country: string | undefined
  readonly asn: number | undefined
  readonly colo: string | undefined
  readonly tlsVersion: string | undefined
  readonly durationMs: number
}

export interface Outcome {
  readonly decision: CallRecord['decision']
  readonly status: number
  readonly refusal?: Refusal
}

export function callRecord(reached: Reached, outcome: Outcome, nowMs: number): CallRecord {
  const { refusal } = outcome
  const { credential, grant, place } = reached
  return {
    v: 1,
    type: 'call',
    at: new Date(nowMs).toISOString(),
    requestId: reached.requestId,
    decision: outcome.decision,
    status: outcome.status,
    code: refusal?.code,
    reason: refusal?.reason,
    operation: reached.operation?.id,
    route: reached.route,
    kind: reached.operation?.kind,
    dialect: reached.claim?.dialect.id,
    credentialId: credential?.id,
    session: reached.session?.sid,
    keyId: credential?.keyId,
    account: grant?.account,
    user: grant?.user,
    sequence: reached.verdict?.sequence,
    requestHash: reached.requestHash,
    outcome: refusal?.members?.['outcome'] === 'unknown' ? 'unknown' : undefined,
    address: place.address,
    country: place.country,
    asn: place.asn,
    colo: place.colo,
    tlsVersion: place.tlsVersion,
    durationMs: nowMs - reached.receivedAtMs,
  }
}

/** The only place that writes to the console. */
export function writeRecord(
  record: CallRecord | Signal | { readonly v: 1; readonly type: 'fault'; readonly message: string },
): void {
  // oxlint-disable-next-line no-console -- this line is the product: Logpush ships what is printed here
  console.log(JSON.stringify(record))
}
