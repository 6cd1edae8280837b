/** The sixth step: one call to the key's own object, which decides and remembers. */
import { toHex } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { Admission, SessionFacts, Verdict } from '../guard/key.ts'
import type { Session } from '../session/access-token.ts'
import { isOverloaded } from './overloaded.ts'
import type { Ports } from './ports.ts'
import { within } from '../within.ts'
import { readResources } from './resources.ts'
import type { Admitted, Judged, Verified } from './stages.ts'

/** How long the key's object may take to answer, both attempts together, in milliseconds. */
const ADMIT_TIMEOUT_MS = 5_000

/** Answers what is known afterwards beside the refusal, because a refusal has a number and limits too. */
export async function admit(
  verified: Verified,
  ports: Ports,
): Promise<{ readonly judged: Verified | Judged; readonly result: Result<Admitted, Refusal> }> {
  const ask = admissionOf(verified, ports)
  const verdict = await askTwice(verified.credential.keyId, ask, ports)
  if (verdict === undefined) {
    const detail = 'The request was not forwarded. Sign it again.'
    return {
      judged: verified,
      result: refuse('guard_unavailable', { detail, retryAfterSeconds: 1 }),
    }
  }
  const judged = { ...verified, verdict, attempt: ask.attempt }
  const { decision } = verdict
  return {
    judged,
    result: decision.ok ? ok({ ...judged, ask, grant: decision.value }) : decision,
  }
}

function admissionOf(verified: Verified, ports: Ports): Admission {
  const { claim, credential, operation, own, place, proof, session } = verified
  return {
    attempt: toHex(crypto.getRandomValues(new Uint8Array(16))),
    requestId: verified.requestId,
    requestHash: verified.requestHash,
    replayId: proof.replayId,
    nonced: proof.nonced,
    fenced: claim !== undefined && ports.policy.fenced.has(claim.dialect.id),
    credentialId: credential.id,
    signedAtMs: proof.signedAtMs,
    freshUntilMs: proof.freshUntilMs,
    operation: operation.id,
    route: verified.route,
    kind: operation.kind,
    permission: own === undefined ? operation.permission : undefined,
    weight: operation.weight,
    budget: own === undefined ? 'tier' : own.budget,
    address: place.address,
    certificate: place.clientCertificate.thumbprint,
    ...readResources(verified),
    session: session && factsOf(session),
    stepUp: operation.stepUp,
    otp: proof.otp !== undefined ? 'sent' : proof.bindsHeaders ? 'possible' : 'impossible',
    epoch: ports.epoch(credential.keyId),
    judge: ports.judge,
  }
}

function factsOf({ sid, version, authTimeMs, permissions }: Session): SessionFacts {
  return { sid, version, authTimeMs, permissions }
}

/**
 * An object that was reset between its verdict and our reading of it answers the same attempt with the
 * same verdict, so one repeat heals that. An overloaded one must not be asked again.
 */
async function askTwice(keyId: string, ask: Admission, ports: Ports): Promise<Verdict | undefined> {
  const asked = ports
    .admit(keyId, ask)
    .catch((error: unknown) => (isOverloaded(error) ? undefined : ports.admit(keyId, ask)))
  return within(ADMIT_TIMEOUT_MS, asked).catch(() => undefined)
}
