/** The last step before the answer: the request goes to the origin, once, under the gateway's own name. */
import { isUnsafe } from '../access/kind.ts'
import { moveOf } from '../control/level.ts'
import { sha256, toBase64Url, toHex, utf8 } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { exchanged, type Answered, type OriginTimes } from './exchange.ts'
import { originHeaders } from './headers.ts'
import { Late, within } from '../within.ts'
import type { Ports } from './ports.ts'
import type { Admitted, Outbound } from './stages.ts'

/** What must be left of a request's time for recording its outcome, in milliseconds. */
const RECORD_RESERVE_MS = 3_000

/** What the origin answered, and when what is unsafe was there. */
export interface Forwarded {
  readonly exchange: OriginTimes | undefined
  readonly result: Result<Response, Refusal>
}

/** What an admitted request becomes: without the proof that some dialects put into target and body. */
export function outboundOf(admitted: Admitted, orders: Outbound['orders']): Outbound {
  const { head, bodyBytes, stripped, proof, grant, credential, verdict } = admitted
  const signable = proof.bindsHeaders
  const outbound = stripped ?? { target: head.target, body: bodyBytes }
  return { ...admitted, outbound, orders, caller: { grant, credential, verdict, signable } }
}

/**
 * Sends a request to the origin and answers with what it says.
 *
 * @param deadlineMs when everything about this request must be over; nothing is sent too late for that.
 */
export async function forward(
  sent: Outbound,
  deadlineMs: number,
  ports: Ports,
): Promise<Forwarded> {
  const { timeoutMs } = ports.policy.origin
  const { head, outbound, operation } = sent
  const unsafe = isUnsafe(operation.kind)
  const bodyHash = await sha256(outbound.body)
  const targetHash = unsafe ? toHex(await sha256(utf8(outbound.target))) : ''
  const headers = await headersFor(sent, bodyHash, ports)
  if (ports.nowMs() + timeoutMs + RECORD_RESERVE_MS > deadlineMs) {
    return { exchange: undefined, result: tooLate }
  }
  // After the last wait: what was tripped before this line does not leave.
  const held = judgeControl(sent, ports)
  if (!held.ok) return { exchange: undefined, result: held }

  const sentAtMs = ports.nowMs()
  let answered: Answered | undefined
  let result: Result<Response, Refusal>
  try {
    // One try, and no redirects: an unsafe request is never sent twice. What comes too late is dropped with the request:
    // to abort it first would cost every request a signal.
    const asked = ports.fetchOrigin(outbound.target, {
      method: head.method,
      headers,
      redirect: 'manual',
      ...(outbound.body.length > 0 ? { body: outbound.body } : {}),
    })
    const answer = await within(timeoutMs, asked)
    answered = { answer, atMs: ports.nowMs() }
    // A status that no answer has says nothing about what was done.
    const { status } = answer
    result = status >= 200 && status <= 599 ? ok(answer) : originFailed(false, unsafe)
  } catch (error) {
    result = originFailed(error instanceof Late, unsafe)
  }
  if (!unsafe) return { exchange: undefined, result }
  const times = exchanged(sent, sentAtMs, answered, ports)
  return { exchange: { ...times, targetHash, bodyHash: toHex(bodyHash) }, result }
}

async function headersFor(sent: Outbound, bodyHash: Uint8Array, ports: Ports) {
  const headers = originHeaders(sent.head.headers, {
    allowed: ports.policy.origin.forwardHeaders,
    signable: sent.caller?.signable ?? false,
    requestId: sent.requestId,
    clientCertificate: sent.place.clientCertificate.header,
  })
  headers['portcullis-assertion'] = await assertionFor(sent, bodyHash, ports)
  return headers
}

function judgeControl({ operation, orders }: Outbound, ports: Ports): Result<void, Refusal> {
  const { reduces = false, symbols = [] } = orders ?? {}
  const touched = { operation: operation.id, symbols }
  return ports.control.judge(moveOf(operation.kind, reduces), touched, ports.nowMs())
}

const tooLate = refuse('guard_unavailable', {
  reason: 'too late to forward',
  detail: 'The request was not forwarded. Sign it again.',
  retryAfterSeconds: 1,
})

/** For an unsafe request nobody can say whether the origin acted on it, and the caller is told so. */
export function originFailed(timedOut: boolean, unsafe: boolean) {
  const what = timedOut ? 'The origin did not answer in time' : 'The origin could not be reached'
  return refuse(timedOut ? 'origin_timeout' : 'origin_unreachable', {
    detail: unsafe
      ? `${what}: whether it acted is unknown. Look the order up before you send another.`
      : `${what}. Try again.`,
    ...(unsafe ? { members: { outcome: 'unknown' } } : {}),
  })
}

async function assertionFor(
  { caller, operation, outbound, head, requestId }: Outbound,
  bodyHash: Uint8Array,
  ports: Ports,
) {
  return ports.assert({
    caller: caller && {
      account: caller.grant.account,
      keyId: caller.grant.keyId,
      credentialId: caller.credential.id,
      user: caller.grant.user,
      permissions: caller.grant.permissions,
      sequence: caller.verdict.sequence,
      admittedAtMs: caller.verdict.decidedAtMs,
    },
    operation: operation.id,
    requestId,
    method: head.method,
    target: outbound.target,
    bodyHash: toBase64Url(bodyHash),
    nowMs: ports.nowMs(),
  })
}
