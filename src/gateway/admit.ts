/** The sixth step: one call to the key's own object, which decides and remembers. */
import { toHex } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { windowOf } from '../signature/freshness.ts'
import { replayId } from '../signature/replay-id.ts'
import type { Admission, Verdict } from '../guard/key.ts'
import type { Ports } from './ports.ts'
import { within } from '../within.ts'
import type { Admitted, Judged, Verified } from './stages.ts'

/** How long the key's object may take to answer, both attempts together, in milliseconds. */
const ADMIT_TIMEOUT_MS = 5_000
/** For how long an id is kept after its window: hosts' clocks differ. In milliseconds. */
const HOST_CLOCKS_MS = 5_000

/** Answers what is known afterwards beside the refusal, because a refusal has a number and limits too. */
export async function admit(
  verified: Verified,
  ports: Ports,
): Promise<{ readonly judged: Verified | Judged; readonly result: Result<Admitted, Refusal> }> {
  const fenced = ports.policy.fenced.has(verified.claim.dialect.id)
  const ask = await admissionOf(verified, fenced, ports)
  const verdict = await askTwice(verified.credential.keyId, ask, ports)
  if (verdict === undefined) {
    const detail = 'The request was not forwarded. Sign it again.'
    return {
      judged: verified,
      result: refuse('guard_unavailable', { detail, retryAfterSeconds: 1 }),
    }
  }
  const judged = { ...verified, verdict }
  const { decision } = verdict
  return { judged, result: decision.ok ? ok({ ...judged, grant: decision.value }) : decision }
}

async function admissionOf(verified: Verified, fenced: boolean, ports: Ports): Promise<Admission> {
  const { claim, credential, operation, target, signed, signedOctets } = verified
  const windowMs = windowOf(signed, credential.windowMs)
  return {
    attempt: toHex(crypto.getRandomValues(new Uint8Array(16))),
    requestId: verified.requestId,
    requestHash: verified.requestHash,
    replayId: await replayId(claim, signed, signedOctets),
    nonced: signed.nonce !== undefined,
    fenced,
    credentialId: credential.id,
    signedAtMs: signed.signedAtMs,
    freshUntilMs: signed.signedAtMs + windowMs + HOST_CLOCKS_MS,
    operation: operation.id,
    route: verified.route,
    kind: operation.kind,
    permission: target === 'gateway' ? undefined : operation.permission,
    weight: operation.weight,
    budget: target === 'gateway' ? 'gateway' : 'tier',
    address: verified.place.address,
    epoch: ports.epoch(credential.keyId),
  }
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

function isOverloaded(error: unknown): boolean {
  return error instanceof Error && 'overloaded' in error && error.overloaded === true
}
