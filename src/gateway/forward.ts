/** The last step before the answer: the request goes to the origin, once, under the gateway's own name. */
import { isUnsafe } from '../access/policy.ts'
import { sha256, toBase64 } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { originHeaders } from './headers.ts'
import type { Ports } from './ports.ts'
import type { Admitted } from './stages.ts'

/** What must be left of a request's time for recording its outcome, in milliseconds. */
const RECORD_RESERVE_MS = 3_000

/**
 * Sends the admitted request to the origin and answers with what it says.
 *
 * @param deadlineMs when everything about this request must be over; nothing is sent too late for that.
 */
export async function forward(
  admitted: Admitted,
  deadlineMs: number,
  ports: Ports,
): Promise<Result<Response, Refusal>> {
  const { timeoutMs, forwardHeaders } = ports.policy.origin
  const { head, bodyBytes, operation } = admitted
  const headers = originHeaders(head.headers, forwardHeaders, admitted.requestId)
  headers.set('portcullis-assertion', await assertionFor(admitted, ports))
  if (ports.nowMs() + timeoutMs + RECORD_RESERVE_MS > deadlineMs) {
    return refuse('guard_unavailable', {
      reason: 'too late to forward',
      detail: 'The request was not forwarded. Sign it again.',
      retryAfterSeconds: 1,
    })
  }

  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), timeoutMs)
  try {
    // One try, and no redirects: an unsafe request is never sent twice.
    return ok(
      await ports.fetchOrigin(head.target, {
        method: head.method,
        headers,
        redirect: 'manual',
        signal: abort.signal,
        ...(bodyBytes.length > 0 ? { body: bodyBytes } : {}),
      }),
    )
  } catch {
    return originFailed(abort.signal.aborted, isUnsafe(operation.kind))
  } finally {
    clearTimeout(timer)
  }
}

/** For an unsafe request nobody can say whether the origin acted on it, and the caller is told so. */
function originFailed(timedOut: boolean, unsafe: boolean) {
  const what = timedOut ? 'The origin did not answer in time' : 'The origin could not be reached'
  return refuse(timedOut ? 'origin_timeout' : 'origin_unreachable', {
    detail: unsafe
      ? `${what}: whether it acted is unknown. Look the order up before you send another.`
      : `${what}. Try again.`,
    ...(unsafe ? { members: { outcome: 'unknown' } } : {}),
  })
}

async function assertionFor(
  { grant, credential, operation, verdict, head, ...rest }: Admitted,
  ports: Ports,
) {
  const hash = toBase64(await sha256(rest.bodyBytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
  return ports.assert({
    account: grant.account,
    keyId: grant.keyId,
    credentialId: credential.id,
    user: grant.user,
    permissions: grant.permissions,
    operation: operation.id,
    requestId: rest.requestId,
    sequence: verdict.sequence,
    admittedAtMs: verdict.decidedAtMs,
    method: head.method,
    target: head.target,
    bodyHash: hash,
    nowMs: ports.nowMs(),
  })
}
