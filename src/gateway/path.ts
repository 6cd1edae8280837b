/**
 * The path of a request, top to bottom: the order below is the order in which a caller can be turned away.
 * Authentication comes before anything that writes, so that a stranger can spend nothing of anybody's.
 */
import { networkOf } from '../access/address.ts'
import { isUnsafe } from '../access/kind.ts'
import type { OwnOperation } from '../admin/operation.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { readBody } from './body.ts'
import { admit } from './admit.ts'
import { authenticate } from './authenticate.ts'
import { judgeCards } from './card-numbers.ts'
import { namedId, readClaim, speaker } from './claim.ts'
import { forgive, judgeFailure, noticeCanary } from './failure.ts'
import { noticeEnding } from './ending.ts'
import { forward, outboundOf } from './forward.ts'
import type { Ports } from './ports.ts'
import { outcomeRecord, type Outcome } from './record.ts'
import { complete, originAnswer, ownAnswer, problem } from './reply.ts'
import { firmFor, judgeRisk, settleRisk, unjudgedOrders } from './risk.ts'
import { route } from './route.ts'
import type { Admitted, Reached, Received, Routed, Verified } from './stages.ts'

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
  const { own } = routed.value
  if (own?.by === 'body') return serveStranger(routed.value, own, ports)
  const claimed = readClaim(routed.value, ports.policy.dialects)
  if (!claimed.ok) {
    noticeNamed(received, ports)
    return turnAwayStranger(routed.value, claimed.error, ports)
  }

  const { reached, result: verified } = await authenticate(claimed.value, ports)
  if (!verified.ok) return turnAwayStranger(reached, verified.error, ports)
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
  const firm = firmFor(verified, ports)
  const renewed = ports.renewControl(verified.place)
  const { judged, result: admitted } = await admit(verified, ports)
  if (!admitted.ok) return turnAwayOrder(judged, admitted.error, ports)

  let { value } = admitted
  noticeEnding(value, ports)
  try {
    if (isUnsafe(value.operation.kind)) value = { ...value, receipt: await ports.receipt(value) }
    const clean = judgeCards(value, ports)
    if (!clean.ok) return turnAwayOrder(value, clean.error, ports)
    const steppedUp = await judgePassword(value, ports).catch(() => unjudged)
    if (!steppedUp.ok) return turnAwayOrder(value, steppedUp.error, ports)
    if (value.own !== undefined) return await serveItself(value, value.own, ports)

    await renewed
    const counted = await judgeRisk(value, firm, ports)
    if (!counted.ok) return turnAwayOrder(value, counted.error, ports)
    const sent = outboundOf(value, counted.value)
    const { exchange, result: forwarded } = await forward(sent, deadlineMs, ports)
    const { answered, orders } = await settleRisk(counted.value, forwarded, ports)
    value = { ...value, exchange: exchange && { ...exchange, orders } }
    if (!answered.ok) return turnAway(value, answered.error, ports)
    return answer(value, originAnswer(answered.value), 'forwarded', ports)
  } catch {
    // A fault of ours, perhaps after the origin acted: it is recorded under the number that was handed out.
    return turnAway(value, faultAfterAdmission(value), ports)
  }
}

/** The person's object did not answer: nothing was done. */
const unjudged = refuse('guard_unavailable', {
  reason: 'the one-time password could not be judged',
  detail: 'The request was not forwarded. Sign it again.',
  retryAfterSeconds: 1,
})

/** After the key's object has spoken: a replay never reaches the person's. */
async function judgePassword(admitted: Admitted, ports: Ports): Promise<Result<void, Refusal>> {
  const { grant, attempt, proof } = admitted
  if (!grant.otpDue || proof.otp === undefined) return ok(undefined)
  return ports.judgeOtp(grant.user, attempt, proof.otp)
}

/** What the gateway does itself: recorded like everything else, forwarded to nobody. */
async function serveItself(admitted: Admitted, own: OwnOperation, ports: Ports): Promise<Response> {
  const done = await ports.own(admitted)
  if (done.ok) return answer(admitted, ownAnswer(own, done.value), 'answered', ports)
  return turnAway(await withNonce(admitted, done.error, ports), done.error, ports)
}

/**
 * A call with its proof in its body. Whoever fails here counts as a stranger. What was not minted here is known by its
 * MAC, and reaches nobody: nothing that strangers can use up stands before.
 */
async function serveStranger(routed: Routed, own: OwnOperation, ports: Ports): Promise<Response> {
  const body = await readBody(routed.body)
  if (!body.ok) return turnAway(routed, body.error, ports)
  const done = await ports.strangersOwn(routed, body.value)
  if (done.ok) return answer(routed, ownAnswer(own, done.value), 'answered', ports)
  const reached = await withNonce(routed, done.error, ports)
  return turnAwayStranger(reached, done.error, ports)
}

/** Whoever lacks a nonce is given one (RFC 9449 section 8). */
async function withNonce(reached: Reached, { code }: Refusal, ports: Ports): Promise<Reached> {
  if (code !== 'use_dpop_nonce') return reached
  return { ...reached, nextNonce: await ports.nonces.mint(ports.nowMs()) }
}

/** An order that nobody judged is recorded with what it would have been. */
function turnAwayOrder(reached: Reached, refusal: Refusal, ports: Ports): Response {
  return turnAway(
    { ...reached, refusedOrders: unjudgedOrders(reached, refusal, ports) },
    refusal,
    ports,
  )
}

function faultAfterAdmission({ operation, own }: Routed): Refusal {
  const refusal = {
    code: 'internal',
    reason: 'a fault after admission',
    retryAfterSeconds: 1,
  } as const
  if (!isUnsafe(operation.kind)) return refusal
  const detail =
    own === undefined
      ? 'Whether the origin acted is unknown. Look the order up before you send another.'
      : 'Whether it was done is unknown. Look before you repeat it.'
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
  const clean = judgeCards(routed, ports)
  if (!clean.ok) return turnAway(routed, clean.error, ports)
  const outbound = { target: routed.head.target, body: new Uint8Array() }
  await ports.renewControl(routed.place)
  const sent = { ...routed, outbound, caller: undefined }
  const { result: forwarded } = await forward(sent, ports.nowMs() + DEADLINE_MS, ports)
  if (!forwarded.ok) return turnAway(routed, forwarded.error, ports)
  return answer(routed, originAnswer(forwarded.value), 'forwarded', ports)
}

/** Answers and records: the only two ends of the path are this and `turnAway`. */
export function answer(
  reached: Reached,
  response: Response,
  decision: 'answered' | 'forwarded',
  ports: RecordPorts,
): Response {
  const completed = complete(response, reached)
  record(reached, { decision, status: completed.status }, ports)
  return completed
}

type RecordPorts = Pick<Ports, 'record' | 'nowMs' | 'judge'>

function record(reached: Reached, outcome: Outcome, ports: RecordPorts): void {
  ports.record(outcomeRecord(reached, outcome, ports.judge, ports.nowMs()))
}

/** Whoever has not proved who they are: a failure is counted first, and may meet a lock. */
async function turnAwayStranger(
  reached: Reached,
  refusal: Refusal,
  ports: Ports,
): Promise<Response> {
  const answered = refusal.failure === true ? await judgeFailure(reached, refusal, ports) : refusal
  return turnAway(await withNonce(reached, answered, ports), answered, ports)
}

export function turnAway(reached: Reached, refusal: Refusal, ports: RecordPorts): Response {
  const unknown = refusal.members?.['outcome'] === 'unknown'
  const native = speaker(reached.head.headers)?.nativeRefusal?.(refusal.code, unknown)
  const response = complete(problem(refusal, reached, native), reached)
  record(reached, { decision: 'refused', status: response.status, refusal }, ports)
  return response
}
