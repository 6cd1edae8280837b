/** Sessions: begun with a signature and a second factor, gone on with by refresh tokens, ended at once. */
import * as v from 'valibot'
import { networkOf } from '../access/address.ts'
import { sha256, toHex, utf8 } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { signalOf } from '../control/signal.ts'
import { ACCESS_TOKEN_SECONDS } from '../session/access-token.ts'
import { verifyProof } from '../session/dpop.ts'
import { REUSED } from '../session/person.ts'
import type { Begun } from '../session/person-calls.ts'
import { newRandomId } from '../session/refresh-token.ts'
import type { RequestHead } from '../signature/dialect.ts'
import {
  own,
  ownWithBody,
  provenanceOf,
  readJson,
  type Answer,
  type Answered,
  type Call,
  type Own,
  type OwnPorts,
} from './call.ts'
import { Otp, Text, Whole } from './fields.ts'
import { readHeaders } from './parameters.ts'

const Tokens = v.object({
  access_token: Text,
  token_type: v.picklist(['Bearer', 'DPoP']),
  expires_in: Whole,
  refresh_token: Text,
  scope: Text,
})

/** The key that a token is to be bound to, and what its proof is used up as. */
export interface BoundKey {
  readonly jkt: string
  readonly proofId: string
}

/** The thumbprint of the key that a token is to be bound to, from a proof for this very call (RFC 9449 section 5). */
export async function boundKey(
  proof: string | undefined,
  head: RequestHead,
  ports: Pick<OwnPorts, 'nonces' | 'nowMs'>,
): Promise<Result<BoundKey | undefined, Refusal>> {
  if (proof === undefined) return ok(undefined)
  const proved = await verifyProof(proof, {
    method: head.method,
    uri: `${head.scheme}://${head.authority}${head.path}`,
    nowMs: ports.nowMs(),
    nonceGood: (nonce) => ports.nonces.good(nonce, ports.nowMs()),
  })
  if (proved.ok) {
    const { jkt, jti } = proved.value
    return ok({ jkt, proofId: toHex(await sha256(utf8(`${jkt}\n${jti}`))) })
  }
  return proved.error === 'nonce'
    ? refuse('use_dpop_nonce')
    : refuse('unauthorized', {
        reason: 'the DPoP proof is not for this request',
        detail: 'The DPoP proof is not for this request.',
      })
}

/** What the client gets: an access token of ten minutes at most, and the refresh token that is good now. */
export async function tokensFor(begun: Begun, permissions: readonly string[], ports: OwnPorts) {
  const nowMs = ports.nowMs()
  const { user, sid, generation, refreshSecret, endsAtMs, jkt, ...rest } = begun
  const expiresAtMs = Math.min(nowMs + ACCESS_TOKEN_SECONDS * 1_000, endsAtMs)
  const session = {
    ...rest,
    user,
    sid,
    permissions,
    jti: newRandomId(),
    issuedAtMs: nowMs,
    expiresAtMs,
    ...(jkt === undefined ? {} : { jkt }),
  }
  const token = { user, sid, generation, secret: refreshSecret }
  return {
    access_token: await ports.signingKeys.sign(session, ports.parties),
    token_type: jkt === undefined ? 'Bearer' : 'DPoP',
    expires_in: Math.max(0, Math.floor((expiresAtMs - nowMs) / 1_000)),
    refresh_token: await ports.refreshTokens.mint(token),
    scope: permissions.join(' '),
  }
}

/** A call that brings its own proof in its body: nobody has been authenticated yet. */
export interface StrangersCall {
  readonly head: RequestHead
  readonly bodyBytes: Uint8Array
  readonly address: string | undefined
  readonly requestId: string
  readonly ports: OwnPorts
}

const Refresh = v.strictObject({
  refresh_token: v.pipe(v.string(), v.maxLength(512)),
  grant_type: v.optional(v.literal('refresh_token')),
  client_id: v.optional(v.pipe(v.string(), v.maxLength(512))),
})

/** JSON, or the form of RFC 6749 section 6, which OAuth's own clients send. */
function readRefresh({ head, bodyBytes }: StrangersCall) {
  const type = head.headers.get('content-type') ?? ''
  const isForm = REFRESH.operation.form && /^application\/x-www-form-urlencoded\b/i.test(type)
  if (!isForm) return readJson(bodyBytes, Refresh)
  const pairs = [...new URLSearchParams(new TextDecoder().decode(bodyBytes))]
  const names = new Set(pairs.map(([name]) => name))
  const parsed = v.safeParse(Refresh, Object.fromEntries(pairs))
  return names.size === pairs.length && parsed.success
    ? ok(parsed.output)
    : refuse('invalid_body', { detail: 'The form is not a refresh token grant (RFC 6749).' })
}

export async function refreshSession(call: StrangersCall): Promise<Result<Answer, Refusal>> {
  const { ports } = call
  const given = readHeaders(REFRESH.operation.headers, call.head.headers)
  if (!given.ok) return given
  const body = readRefresh(call)
  if (!body.ok) return body
  const token = await ports.refreshTokens.read(body.value.refresh_token)
  if (token === undefined)
    return refuse('unauthorized', { reason: 'a refresh token that is none', failure: true })
  const bound = await boundKey(given.value.DPoP, call.head, ports)
  if (!bound.ok) return bound
  const { sid, generation, secret, user } = token
  const network = networkOf(call.address)
  const { jkt, proofId } = bound.value ?? {}
  const shown = { generation, secret, network, jkt, proofId }
  const begun = await ports.user(user).refresh(sid, shown)
  if (!begun.ok) {
    if (begun.error.reason === REUSED) noticeReuse(call, sid, network)
    return begun
  }
  const view = await ports.describeKey(begun.value.keyId)
  const held = view?.key.permissions ?? []
  const permissions = held.filter((name) => begun.value.permissions.includes(name))
  return ok({ body: await tokensFor(begun.value, permissions, ports) })
}

/** Whichever of the two used it, one of them is a thief: the session has ended, and somebody should look. */
function noticeReuse({ ports, requestId }: StrangersCall, sid: string, network: string): void {
  const at = new Date(ports.nowMs()).toISOString()
  const subject = { type: 'session', id: sid } as const
  ports.signal(signalOf('refresh_token_reused', subject, { network, requestId }, at))
}

export const REFRESH: Own = own(
  {
    id: 'gateway.sessions.refresh',
    route: 'POST /gw/v1/sessions/refresh',
    summary: 'Go on with a session; each refresh token is good once',
    by: 'body',
    form: true,
    headers: ['DPoP'],
    takes: Refresh,
    gives: Tokens,
  },
  () => Promise.reject(new Error('Cannot refresh here: nobody is authenticated')),
)

async function begin(call: Call, otp: string, named: string | undefined): Answered {
  const { actor, ports } = call
  const bound = await boundKey(call.given.DPoP, call.head, ports)
  if (!bound.ok) return bound
  if (named !== undefined && named !== bound.value?.jkt) {
    return refuse('unauthorized', {
      reason: 'a proof with another key than was named',
      detail: 'The DPoP proof is made with another key than dpop_jkt names, or is missing.',
    })
  }
  const begun = await ports.user(actor.grant.user).begin({
    attempt: actor.attempt,
    otp,
    keyId: actor.grant.keyId,
    credentialId: actor.credentialId,
    network: call.network,
    jkt: bound.value?.jkt,
    proofId: bound.value?.proofId,
    by: provenanceOf(call, 'begun'),
  })
  if (!begun.ok) return begun
  // What the key may do at most, as its object just said; the roles are in it.
  return ok({ body: await tokensFor(begun.value, actor.grant.permissions, ports) })
}

export const SESSIONS: readonly Own[] = [
  ownWithBody(
    {
      id: 'gateway.sessions.create',
      route: 'POST /gw/v1/sessions',
      summary: 'Begin a session with a signed request and a one-time password',
      by: 'signature',
      status: 201,
      headers: ['DPoP'],
      takes: v.strictObject({
        otp: Otp,
        /** The key of the DPoP proof, named where the signature covers it (RFC 9449 section 10). */
        dpop_jkt: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/))),
      }),
      gives: Tokens,
    },
    (call, body) => begin(call, body.otp, body.dpop_jkt),
  ),
  own(
    {
      id: 'gateway.sessions.end',
      route: 'DELETE /gw/v1/sessions/current',
      summary: 'End the session in which this is called',
      by: 'session',
      status: 204,
    },
    async (call) => {
      const { session, grant } = call.actor
      const over = await call.ports
        .user(grant.user)
        .endSession(session?.sid ?? '', provenanceOf(call, 'logged out'))
      return over.ok ? ok({}) : over
    },
  ),
  REFRESH,
]
