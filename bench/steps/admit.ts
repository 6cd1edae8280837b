/** Without the call of the key's object: everything is admitted. */
import type { Admission, Grant, LimitState, Verdict } from '../../src/guard/key.ts'
import type { Refusal } from '../../src/refusal.ts'
import { ok, type Result } from '../../src/lib/result.ts'
import type { Admitted, Judged, Verified } from '../../src/gateway/stages.ts'

/** What the answer's headers are made of. */
const BURST = limit('burst', 20_000, 1)
const LIMITS = [BURST, limit('day', 1_000_000_000, 86_400)]

function limit(name: string, units: number, windowSeconds: number): LimitState {
  return {
    name,
    limit: units,
    windowSeconds,
    kinds: ['read'],
    remaining: units - 1,
    resetSeconds: 0,
  }
}

export async function admit(
  verified: Verified,
): Promise<{ readonly judged: Verified | Judged; readonly result: Result<Admitted, Refusal> }> {
  const grant: Grant = {
    keyId: verified.credential.keyId,
    account: 'acct-hot',
    user: 'user-hot',
    tier: 'unmetered',
    permissions: [],
    lastUsedMs: 0,
    otpDue: false,
    credentialEndsAtMs: undefined,
  }
  const verdict: Verdict = {
    decision: ok(grant),
    sequence: 1,
    decidedAtMs: Date.now(),
    limits: LIMITS,
    gatewayLimit: BURST,
  }
  const judged = { ...verified, verdict, attempt: '' }
  return { judged, result: ok({ ...judged, grant, ask: askOf(verified) }) }
}

/** What an order's receipt is made of. */
function askOf({
  credential,
  operation,
  route,
  requestId,
  requestHash,
  proof,
}: Verified): Admission {
  return {
    attempt: '',
    requestId,
    requestHash,
    replayId: proof.replayId,
    nonced: proof.nonced,
    fenced: false,
    credentialId: credential.id,
    signedAtMs: proof.signedAtMs,
    freshUntilMs: proof.freshUntilMs,
    operation: operation.id,
    route,
    kind: operation.kind,
    permission: operation.permission,
    weight: operation.weight,
    budget: 'tier',
    address: undefined,
    epoch: 0,
  }
}
