/**
 * A request in the name of a session: whose token it is, whether it was made for this very request, and what it may
 * be used for. A bearer's token reads, and administers; what trades has to prove possession of a key for this body.
 */
import { networkOf } from '../access/address.ts'
import { isUnsafe } from '../access/kind.ts'
import { signalOf } from '../control/signal.ts'
import { concat, sha256, toHex, utf8 } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { Session } from '../session/access-token.ts'
import {
  judgeCoverage,
  PROOF_MAX_AGE_MS,
  verifyProof,
  type Proof as DpopProof,
} from '../session/dpop.ts'
import { readBody } from './body.ts'
import type { Ports } from './ports.ts'
import type { Presented, Proof, Verified } from './stages.ts'

/** How much longer than a proof can be accepted its id is kept: hosts' clocks differ. In milliseconds. */
const HOST_CLOCKS_MS = 5_000

export async function verifyToken(
  presented: Presented,
  ports: Ports,
): Promise<Result<Verified, Refusal>> {
  const session = await ports.session(presented.token.text)
  if (session === undefined)
    return refuse('unauthorized', { reason: 'the token does not verify', failure: true })
  const network = networkOf(presented.place.address)
  if (session.network !== network) {
    const subject = { type: 'session', id: session.sid } as const
    const at = new Date(ports.nowMs()).toISOString()
    const features = { keyId: session.keyId, network, requestId: presented.requestId }
    ports.signal(signalOf('session_elsewhere', subject, features, at))
    return refuse('unauthorized', { reason: 'the session is from another network' })
  }

  const possessed = await proveRequest(presented, session, ports)
  if (!possessed.ok) return possessed
  const proof = possessed.value

  const body = await readBody(presented.body)
  if (!body.ok) return body
  const covered = await judgeUse(presented, proof, body.value)
  if (!covered.ok) return covered

  const requestHash = await hashOf(presented, session, proof, body.value)
  return ok({
    ...presented,
    claim: undefined,
    session,
    nextNonce: proof === undefined ? undefined : await ports.nonces.mint(ports.nowMs()),
    credential: { id: session.credentialId, keyId: session.keyId, canary: false },
    bodyBytes: body.value,
    proof: await replayFacts(session, proof, ports.nowMs()),
    stripped: undefined,
    requestHash,
  })
}

/** The proof of possession, `undefined` for a bearer's token, or why it is none. */
async function proveRequest(
  { token, head }: Presented,
  { jkt }: Session,
  ports: Ports,
): Promise<Result<DpopProof | undefined, Refusal>> {
  const asBearer = token.scheme === 'Bearer'
  // A bound token without its proof is what a thief has.
  if (asBearer !== (jkt === undefined))
    return refuse('unauthorized', { reason: 'the token is for the other scheme' })
  if (asBearer) return ok(undefined)
  if (token.proof === undefined) return refuse('unauthorized', { reason: 'no DPoP proof' })
  const proved = await verifyProof(token.proof, {
    method: head.method,
    uri: `${head.scheme}://${head.authority}${head.path}`,
    accessToken: token.text,
    nowMs: ports.nowMs(),
    nonceGood: (nonce) => ports.nonces.good(nonce, ports.nowMs()),
  })
  if (proved.ok && proved.value.jkt === jkt) return proved
  if (!proved.ok && proved.error === 'nonce') return refuse('use_dpop_nonce')
  return refuse('unauthorized', { reason: 'the DPoP proof is not for this request' })
}

/** What trades needs a proof that covers all of the request; where a session proves anything, it proves that always. */
async function judgeUse(
  { operation, own, head }: Presented,
  proof: DpopProof | undefined,
  body: Uint8Array,
): Promise<Result<void, Refusal>> {
  if (!isUnsafe(operation.kind)) return ok(undefined)
  if (proof === undefined) {
    if (own !== undefined) return ok(undefined)
    return refuse('unauthorized', {
      reason: "a bearer's token does not trade",
      detail: 'This needs a signed request, or a session that is bound to a key (DPoP).',
    })
  }
  const request = { body, idempotencyKey: head.headers.get('idempotency-key'), query: head.query }
  return (await judgeCoverage(proof.claims, request))
    ? ok(undefined)
    : refuse('unauthorized', {
        reason: 'the DPoP proof does not cover the request',
        detail:
          'What changes something needs a proof with content_digest of the body, and idempotency_key and query as they are sent.',
      })
}

/** A proof is used once. A bearer's token signs nothing: each of its requests is its own. */
async function replayFacts(
  { jti }: Session,
  proof: DpopProof | undefined,
  nowMs: number,
): Promise<Proof> {
  const common = { bindsHeaders: true, otp: undefined }
  if (proof === undefined) {
    const random = toHex(crypto.getRandomValues(new Uint8Array(16)))
    const replayId = toHex(await sha256(utf8(`bearer\n${jti}\n${random}`)))
    const freshUntilMs = nowMs + HOST_CLOCKS_MS
    return { ...common, replayId, nonced: false, signedAtMs: nowMs, freshUntilMs }
  }
  return {
    ...common,
    replayId: toHex(await sha256(utf8(`dpop\n${proof.jkt}\n${proof.jti}`))),
    nonced: true,
    signedAtMs: proof.issuedAtMs,
    freshUntilMs: proof.issuedAtMs + PROOF_MAX_AGE_MS + HOST_CLOCKS_MS,
  }
}

async function hashOf(
  { head }: Presented,
  { sid, jti }: Session,
  proof: DpopProof | undefined,
  body: Uint8Array,
): Promise<string> {
  const lines = ['session', sid, jti, proof?.jti ?? '', head.method, head.target]
  return toHex(await sha256(concat(utf8(`${lines.join('\n')}\n`), body)))
}
