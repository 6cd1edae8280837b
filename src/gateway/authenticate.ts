/** The fourth and fifth step: the credential that is named, then whether it signed this very request. */
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { judgeFreshness } from '../signature/freshness.ts'
import { verifyClaim } from '../signature/verify.ts'
import { readBody } from './body.ts'
import type { Ports } from './ports.ts'
import type { Claimed, Identified, Verified } from './stages.ts'

export async function identify(
  claimed: Claimed,
  ports: Ports,
): Promise<Result<Identified, Refusal>> {
  const found = await ports.credential(claimed.claim.credentialId)
  return found.ok ? ok({ ...claimed, credential: found.value }) : found
}

export async function verify(
  identified: Identified,
  ports: Ports,
): Promise<Result<Verified, Refusal>> {
  const { claim, credential } = identified
  const body = await readBody(identified.body, credential !== undefined)
  if (!body.ok) return body

  const signedOctets = await verifyClaim(
    claim,
    body.value,
    credential?.algorithm ?? 'hmac-sha256',
    credential?.verificationKey ?? (await ports.strangersKey()),
  )
  if (signedOctets === undefined || credential === undefined)
    return refuse('unauthorized', { reason: 'the signature does not verify' })
  if (credential.dialect !== claim.dialect.id)
    return refuse('unauthorized', { reason: 'the credential is for another dialect' })

  const fresh = judgeFreshness(claim, ports.nowMs(), credential.windowMs)
  return fresh.ok ? ok({ ...identified, credential, bodyBytes: body.value, signedOctets }) : fresh
}
