/**
 * How a call ended, for the audit log and for the line that Logpush ships. Members are listed here one by one and hold
 * only what the gateway established itself: an id that was not minted here, a path that no route names, a header or a
 * body never gets in.
 */
import { isUnsafe } from '../access/kind.ts'
import type { OutcomeRecord } from '../audit/record.ts'
import type { Judge } from '../guard/key.ts'
import type { Refusal } from '../refusal.ts'
import type { Reached } from './stages.ts'

export interface Outcome {
  readonly decision: OutcomeRecord['decision']
  readonly status: number
  readonly refusal?: Refusal
}

export function outcomeRecord(
  reached: Reached,
  { decision, status, refusal }: Outcome,
  judge: Judge,
  nowMs: number,
): OutcomeRecord {
  const { credential, grant, operation, place, verdict, requestId } = reached
  return {
    v: 1,
    type: 'outcome',
    uid: `${requestId}:outcome`,
    atMs: nowMs,
    ...judge,
    requestId,
    sequence: verdict?.sequence,
    keyId: credential?.keyId,
    credentialId: credential?.id,
    account: grant?.account ?? verdict?.whose?.account,
    user: grant?.user ?? verdict?.whose?.user,
    session: reached.session?.sid,
    operation: operation?.id,
    route: reached.route,
    kind: operation?.kind,
    requestHash: reached.requestHash,
    address: place.address,
    decision,
    status,
    code: refusal?.code,
    reason: refusal?.reason,
    outcome: refusal?.members?.['outcome'] === 'unknown' ? 'unknown' : undefined,
    admitted: isAdmitted(reached) ? true : undefined,
    dialect: reached.claim?.dialect.id,
    country: place.country,
    asn: place.asn,
    colo: place.colo,
    tlsVersion: place.tlsVersion,
    durationMs: nowMs - reached.receivedAtMs,
    refusedOrders: reached.refusedOrders,
    receivedAtMs: goesToBroker(reached) ? reached.receivedAtMs : undefined,
    origin: reached.exchange,
  }
}

/** Whether it changes something at the broker: when it came is part of its evidence. */
function goesToBroker({ operation, own }: Reached): boolean {
  return operation !== undefined && own === undefined && isUnsafe(operation.kind)
}

/** Whether the key's object wrote an admission of it: then the call has two parts. */
function isAdmitted({ verdict, operation }: Reached): boolean {
  return verdict?.decision.ok === true && operation !== undefined && isUnsafe(operation.kind)
}
