/** The fourth and fifth step: the credential that is named, then whether it signed this very request. */
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { requestHash } from '../signature/replay-id.ts'
import { judgeFreshness } from '../signature/freshness.ts'
import { verifySigned } from '../signature/verify.ts'
import { readBody } from './body.ts'
import { failed } from './failure.ts'
import type { Ports } from './ports.ts'
import type { Claimed, Identified, Verified } from './stages.ts'

export async function identify(
  claimed: Claimed,
  ports: Ports,
): Promise<Result<Identified, Refusal>> {
  const found = await ports.credential(claimed.claim.credentialId, claimed.place.address)
  return found.ok ? ok({ ...claimed, credential: found.value }) : found
}

/**
 * A stranger's request is read and checked like any other, against a key that no credential has, so that the
 * answer does not tell a known id from an unknown one, nor does the work that grows with the request. It is checked
 * in the dialect's common algorithm, whatever the request names: a known id's is not the request's to choose either.
 */
export async function verify(
  identified: Identified,
  ports: Ports,
): Promise<Result<Verified, Refusal>> {
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
    credential,
    bodyBytes: body.value,
    signed: signed.value,
    signedOctets,
    requestHash: await requestHash(signedOctets),
  })
}
