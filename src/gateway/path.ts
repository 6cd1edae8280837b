/**
 * The path of a request, top to bottom: the order below is the order in which a caller can be turned away.
 * Authentication comes before anything that writes, so that a stranger can spend nothing of anybody's.
 */
import { networkOf } from '../access/address.ts'
import { isUnsafe } from '../access/kind.ts'
import type { Verdict } from '../guard/key.ts'
import type { Refusal } from '../refusal.ts'
import { requestHash } from '../signature/replay-id.ts'
import { admit } from './admit.ts'
import { identify, verify } from './authenticate.ts'
import { isSigned, readClaim, speaker } from './claim.ts'
import { forward, outboundOf } from './forward.ts'
import { describeSelf } from './own.ts'
import type { Ports } from './ports.ts'
import { callRecord } from './record.ts'
import { complete, json, originAnswer, problem } from './reply.ts'
import { route } from './route.ts'
import type { Admitted, Reached, Received, Routed, Verified } from './stages.ts'

/** From the call of the key's object to the end of the record, in milliseconds: production cuts off at 30 s. */
const DEADLINE_MS = 25_000
/** The period of the shield's limit: after it a network may ask again, in seconds. */
const SHIELD_SECONDS = 60

export async function travel(received: Received, ports: Ports): Promise<Response> {
  const routed = route(received, ports.policy)
  if (!routed.ok) return turnAway(received, routed.error, ports)

  if (routed.value.operation.public && !isSigned(routed.value))
    return serveAnyone(routed.value, ports)

  const claimed = readClaim(routed.value, ports.policy.dialects)
  if (!claimed.ok) return turnAway(routed.value, claimed.error, ports)

  const identified = await identify(claimed.value, ports)
  if (!identified.ok) return turnAway(claimed.value, identified.error, ports)

  const verified = await verify(identified.value, ports)
  if (!verified.ok) return turnAway(identified.value, verified.error, ports)

  // From here on the work ends even if the client leaves: an admitted order is forwarded and recorded.
  const work = carryOut(verified.value, ports)
  ports.waitUntil(work)
  return work
}

async function carryOut(verified: Verified, ports: Ports): Promise<Response> {
  const deadlineMs = ports.nowMs() + DEADLINE_MS
  const { verdict, result: admitted } = await admit(verified, ports)
  if (!admitted.ok) return turnAway(verified, admitted.error, ports, verdict)

  if (admitted.value.target === 'gateway')
    return answer(admitted.value, json(describeSelf(admitted.value)), 'answered', ports)

  const forwarded = await forward(outboundOf(admitted.value), deadlineMs, ports)
  if (!forwarded.ok) return turnAway(admitted.value, forwarded.error, ports, verdict)

  return answer(admitted.value, originAnswer(forwarded.value), 'forwarded', ports)
}

/** What the policy lets anyone read, within what one network may ask for. Nobody's key is touched. */
async function serveAnyone(routed: Routed, ports: Ports): Promise<Response> {
  const spared = await ports.shield(networkOf(routed.place.address))
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
  const response = originAnswer(forwarded.value)
  const outcome = {
    reached: routed,
    verdict: undefined,
    status: response.status,
    decision: 'forwarded',
  } as const
  ports.record(callRecord(outcome, ports.nowMs()))
  return complete(response, routed, undefined)
}

async function answer(
  admitted: Admitted,
  response: Response,
  decision: 'answered' | 'forwarded',
  ports: Ports,
) {
  const { verdict, signedOctets } = admitted
  const hash = await requestHash(signedOctets)
  const outcome = {
    reached: admitted,
    verdict,
    status: response.status,
    decision,
    requestHash: hash,
  }
  ports.record(callRecord(outcome, ports.nowMs()))
  return complete(response, admitted, verdict)
}

/** Answers a refusal and records it. */
export function turnAway(
  reached: Reached,
  refusal: Refusal,
  ports: Pick<Ports, 'record' | 'nowMs'>,
  verdict?: Verdict,
): Response {
  const unsafe = reached.operation !== undefined && isUnsafe(reached.operation.kind)
  const native = speaker(reached.head.headers)?.nativeRefusal?.(refusal.code, unsafe)
  const response = problem(refusal, reached.requestId, native)
  const { code, reason, members } = refusal
  ports.record(
    callRecord(
      {
        reached,
        verdict,
        status: response.status,
        decision: 'refused',
        code,
        ...(reason === undefined ? {} : { reason }),
        outcomeUnknown: members?.['outcome'] === 'unknown',
      },
      ports.nowMs(),
    ),
  )
  return complete(response, reached, verdict)
}
