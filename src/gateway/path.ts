/**
 * The path of a request, top to bottom: the order below is the order in which a caller can be turned away.
 * Authentication comes before anything that writes, so that a stranger can spend nothing of anybody's.
 */
import { networkOf } from '../access/address.ts'
import { isUnsafe } from '../access/kind.ts'
import type { Refusal } from '../refusal.ts'
import { admit } from './admit.ts'
import { identify, verify } from './authenticate.ts'
import { namedId, readClaim, speaker } from './claim.ts'
import { forgive, judgeFailure, noticeCanary } from './failure.ts'
import { forward, outboundOf } from './forward.ts'
import { describeSelf } from './own.ts'
import type { Ports } from './ports.ts'
import { callRecord } from './record.ts'
import { complete, json, originAnswer, problem } from './reply.ts'
import { route } from './route.ts'
import type { Reached, Received, Routed, Verified } from './stages.ts'

/** From the call of the key's object to the end of the record, in milliseconds: production cuts off at 30 s. */
const DEADLINE_MS = 25_000
/** The period of the shield's limit: after it a network may ask again, in seconds. */
const SHIELD_SECONDS = 60

export async function travel(received: Received, ports: Ports): Promise<Response> {
  const routed = route(received, ports.policy)
  if (!routed.ok) {
    noticeNamed(received, ports)
    return turnAway(received, routed.error, ports)
  }
  if (routed.value.operation.public) {
    noticeNamed(received, ports)
    return serveAnyone(routed.value, ports)
  }
  const claimed = readClaim(routed.value, ports.policy.dialects)
  if (!claimed.ok) {
    noticeNamed(received, ports)
    return turnAwayStranger(routed.value, claimed.error, ports)
  }

  const identified = await identify(claimed.value, ports)
  if (!identified.ok) return turnAway(claimed.value, identified.error, ports)
  noticeCanary(identified.value, ports)

  const verified = await verify(identified.value, ports)
  if (!verified.ok) return turnAwayStranger(identified.value, verified.error, ports)
  forgive(verified.value, ports)

  // From here on the work ends even if the client leaves: an admitted order is forwarded and recorded.
  const work = carryOut(verified.value, ports)
  ports.waitUntil(work)
  return work
}

/** What comes to no look-up may still name a decoy. */
function noticeNamed(received: Received, ports: Ports): void {
  const id = namedId(received.head.headers)
  if (id !== undefined) noticeCanary({ ...received, credential: ports.inMemory(id) }, ports)
}

async function carryOut(verified: Verified, ports: Ports): Promise<Response> {
  const deadlineMs = ports.nowMs() + DEADLINE_MS
  const { judged, result: admitted } = await admit(verified, ports)
  if (!admitted.ok) return turnAway(judged, admitted.error, ports)

  const { value } = admitted
  if (value.target === 'gateway') return answer(value, json(describeSelf(value)), 'answered', ports)

  try {
    const forwarded = await forward(outboundOf(value), deadlineMs, ports)
    if (!forwarded.ok) return turnAway(value, forwarded.error, ports)
    return answer(value, originAnswer(forwarded.value), 'forwarded', ports)
  } catch {
    // A fault of ours, perhaps after the origin acted: it is recorded under the number that was handed out.
    return turnAway(value, faultAfterAdmission(isUnsafe(value.operation.kind)), ports)
  }
}

function faultAfterAdmission(unsafe: boolean): Refusal {
  const refusal = {
    code: 'internal',
    reason: 'a fault after admission',
    retryAfterSeconds: 1,
  } as const
  if (!unsafe) return refusal
  const detail = 'Whether the origin acted is unknown. Look the order up before you send another.'
  return { ...refusal, detail, members: { outcome: 'unknown' } }
}

/** What the policy lets anyone read, within what one network may ask for. Nobody's key is touched. */
async function serveAnyone(routed: Routed, ports: Ports): Promise<Response> {
  let spared: boolean
  try {
    spared = await ports.shield(networkOf(routed.place.address))
  } catch {
    // Nothing else bounds what the origin gets from people whom nobody knows.
    const reason = 'the shield did not answer'
    return turnAway(routed, { code: 'guard_unavailable', reason, retryAfterSeconds: 1 }, ports)
  }
  if (!spared) {
    const members = { limit: 'public' }
    return turnAway(
      routed,
      { code: 'rate_limited', members, retryAfterSeconds: SHIELD_SECONDS },
      ports,
    )
  }
  const outbound = { target: routed.head.target, body: new Uint8Array() }
  const sent = { ...routed, outbound, caller: undefined }
  const forwarded = await forward(sent, ports.nowMs() + DEADLINE_MS, ports)
  if (!forwarded.ok) return turnAway(routed, forwarded.error, ports)
  return answer(routed, originAnswer(forwarded.value), 'forwarded', ports)
}

/** Answers and records: the only two ends of the path are this and `turnAway`. */
function answer(
  reached: Reached,
  response: Response,
  decision: 'answered' | 'forwarded',
  ports: Pick<Ports, 'record' | 'nowMs'>,
): Response {
  const completed = complete(response, reached)
  ports.record(callRecord(reached, { decision, status: completed.status }, ports.nowMs()))
  return completed
}

/** Whoever has not proved who they are: a failure is counted first, and may meet a lock. */
async function turnAwayStranger(
  reached: Reached,
  refusal: Refusal,
  ports: Ports,
): Promise<Response> {
  const answered = refusal.failure === true ? await judgeFailure(reached, refusal, ports) : refusal
  return turnAway(reached, answered, ports)
}

export function turnAway(
  reached: Reached,
  refusal: Refusal,
  ports: Pick<Ports, 'record' | 'nowMs'>,
): Response {
  const unknown = refusal.members?.['outcome'] === 'unknown'
  const native = speaker(reached.head.headers)?.nativeRefusal?.(refusal.code, unknown)
  const response = complete(problem(refusal, reached.requestId, native), reached)
  ports.record(
    callRecord(reached, { decision: 'refused', status: response.status, refusal }, ports.nowMs()),
  )
  return response
}
