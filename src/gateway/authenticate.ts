/**
 * The fourth and fifth step: the credential that is named, then whether it signed this very request. Or a session's
 * token, which names its credential itself.
 */
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { Signed } from '../signature/dialect.ts'
import { judgeFreshness, windowOf } from '../signature/freshness.ts'
import { replayId, requestHash } from '../signature/replay-id.ts'
import { verifySigned } from '../signature/verify.ts'
import { readBody } from './body.ts'
import { failed, noticeCanary } from './failure.ts'
import type { Ports } from './ports.ts'
import type { Claimed, Identified, Presented, Proof, Verified } from './stages.ts'
import { verifyToken } from './token.ts'

/** For how long an id is kept after its window: hosts' clocks differ. In milliseconds. */
const HOST_CLOCKS_MS = 5_000

/** However far it came, and who it is or why nobody. */
export interface Authenticated {
  readonly reached: Identified | Claimed | Presented
  readonly result: Result<Verified, Refusal>
}

export async function authenticate(
  claimed: Claimed | Presented,
  ports: Ports,
): Promise<Authenticated> {
  if ('token' in claimed) return { reached: claimed, result: await verifyToken(claimed, ports) }
  const identified = await identify(claimed, ports)
  if (!identified.ok) return { reached: claimed, result: identified }
  noticeCanary(identified.value, ports)
  return { reached: identified.value, result: await verify(identified.value, ports) }
}

async function identify(claimed: Claimed, ports: Ports): Promise<Result<Identified, Refusal>> {
  const found = await ports.credential(claimed.claim.credentialId, claimed.place.address)
  return found.ok ? ok({ ...claimed, credential: found.value }) : found
}

/**
 * A stranger's request is read and checked like any other, against a key that no credential has, so that the
 * answer does not tell a known id from an unknown one, nor does the work that grows with the request. It is checked
 * in the dialect's common algorithm, whatever the request names: a known id's is not the request's to choose either.
 */
async function verify(identified: Identified, ports: Ports): Promise<Result<Verified, Refusal>> {
  const { claim, credential } = identified
  const body = await readBody(identified.body)
  if (!body.ok) return body
  const signed = await claim.signed(body.value)
  if (!signed.ok) return failed(signed.error)

  const algorithm = credential?.algorithm ?? claim.dialect.algorithms[0]
  const key = credential?.verificationKey ?? (await ports.strangersKey(algorithm))
  const signedOctets = await verifySigned(signed.value, algorithm, key)
  // A decoy's signature may well verify: it is checked like any other, and never good.
  if (signedOctets === undefined || credential === undefined || credential.canary) {
    return refuse('unauthorized', { reason: 'the signature does not verify', failure: true })
  }
  if (credential.dialect !== claim.dialect.id) {
    return refuse('unauthorized', { reason: 'the credential is for another dialect' })
  }

  const { clockUnitMs } = claim.dialect
  const fresh = judgeFreshness(signed.value, clockUnitMs, ports.nowMs(), credential.windowMs)
  if (!fresh.ok) return fresh
  return ok({
    ...identified,
    session: undefined,
    nextNonce: undefined,
    credential,
    bodyBytes: body.value,
    proof: await proofOf(identified, signed.value, signedOctets, credential.windowMs),
    stripped: signed.value.forward,
    requestHash: await requestHash(signedOctets),
  })
}

async function proofOf(
  { claim, head }: Identified,
  signed: Signed,
  octets: Uint8Array,
  credentialWindowMs: number,
): Promise<Proof> {
  const { signedAtMs, nonce } = signed
  const { bindsHeaders } = claim.dialect
  const windowMs = windowOf(signed, credentialWindowMs)
  return {
    replayId: await replayId(claim, signed, octets),
    nonced: nonce !== undefined,
    signedAtMs,
    freshUntilMs: signedAtMs + windowMs + HOST_CLOCKS_MS,
    bindsHeaders,
    otp: bindsHeaders ? (head.headers.get('pc-otp') ?? undefined) : undefined,
  }
}
