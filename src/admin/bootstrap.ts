/** The first owner: made once, with the deployment's one-time secret, when there is nobody yet. */
import * as v from 'valibot'
import policy from '../../gateway.config.ts'
import { equalBytes, utf8 } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { ALGORITHM_IDS } from '../signature/algorithm.ts'
import { own, readJson, type Answer, type Own, type OwnPorts } from './call.ts'
import { Id, isoOf, Line, Otp, Text } from './fields.ts'
import { endOfCredential } from './key-material.ts'
import { CredentialShape } from './key-shape.ts'
import { newMaterial } from './material.ts'
import type { StrangersCall } from './sessions.ts'
import { newId, TotpShape } from './users.ts'

const First = v.strictObject({
  secret: v.pipe(v.string(), v.maxLength(200)),
  name: Line,
  alg: v.optional(v.picklist(ALGORITHM_IDS)),
  publicKey: v.optional(v.pipe(v.string(), v.maxLength(4_096))),
})

const Confirm = v.strictObject({
  secret: v.pipe(v.string(), v.maxLength(200)),
  userId: Id,
  otp: Otp,
})

/** Whoever has the secret deployed the gateway. */
function deployed(given: string, { bootstrapSecret }: OwnPorts): Result<void, Refusal> {
  const known = bootstrapSecret !== undefined && equalBytes(utf8(given), bootstrapSecret.reveal())
  return known
    ? ok(undefined)
    : refuse('unauthorized', { reason: 'not the one-time secret', failure: true })
}

export async function bootstrap(call: StrangersCall): Promise<Result<Answer, Refusal>> {
  const { ports, requestId } = call
  const body = readJson(call.bodyBytes, First)
  if (!body.ok) return body
  const allowed = deployed(body.value.secret, ports)
  if (!allowed.ok) return allowed
  const { name, alg, publicKey } = body.value
  const material = await newMaterial({ dialect: 'rfc9421', alg, publicKey }, ports)
  if (!material.ok) return material
  const [userId, keyId] = [newId('usr'), newId('key')]
  if (!(await ports.directory.enterFirst(userId)))
    return refuse('conflict', {
      detail: 'There is an owner already: the one-time secret is spent.',
    })

  const by = { user: userId, keyId, requestId, reason: 'bootstrap' }
  const person = await ports.user(userId).create({ userId, name, roles: ['owner'] }, by)
  const { algorithm, secret, shown } = material.value
  const record = await ports.issue({ keyId, dialect: 'rfc9421', algorithm }, secret)
  await ports.storeCredential(record)
  await ports.directory.enter({ id: keyId, type: 'key', user: userId, account: 'staff' }, undefined)
  const createdAtMs = ports.nowMs()
  const endsAtMs = endOfCredential(createdAtMs, undefined)
  const [tier = ''] = policy.tiers.keys()
  const key = {
    keyId,
    account: 'staff',
    user: userId,
    tier,
    status: 'active',
    permissions: [],
    addresses: [],
    credentials: [{ id: record.id, dialect: 'rfc9421', algorithm, createdAtMs, endsAtMs }],
    limits: [],
    name: `${name}, first owner`,
    createdAtMs,
  } as const
  const added = await ports.user(userId).addKey(key, by)
  if (!added.ok) return added
  const credential = { id: record.id, algorithm, endsAt: isoOf(endsAtMs), ...shown }
  return ok({ body: { userId, keyId, credential, totp: person.totp } })
}

export async function confirmBootstrap(call: StrangersCall): Promise<Result<Answer, Refusal>> {
  const { ports, requestId } = call
  const body = readJson(call.bodyBytes, Confirm)
  if (!body.ok) return body
  const allowed = deployed(body.value.secret, ports)
  if (!allowed.ok) return allowed
  const { userId, otp } = body.value
  if (!(await ports.directory.isFirst(userId)))
    return refuse('conflict', { detail: 'The first owner is there: the one-time secret is spent.' })
  const by = { user: userId, keyId: '', requestId, reason: 'bootstrap' }
  const codes = await ports.user(userId).confirmTotp(otp, by)
  if (!codes.ok) return codes
  await ports.directory.endBootstrap()
  return ok({ body: { userId, recoveryCodes: codes.value } })
}

const nobodyYet = () => Promise.reject(new Error('Cannot do this here: nobody is authenticated'))

export const BOOTSTRAP: readonly Own[] = [
  own(
    {
      id: 'gateway.bootstrap',
      route: 'POST /gw/v1/bootstrap',
      summary: 'Make the first owner, once, with the deployment’s one-time secret',
      by: 'body',
      status: 201,
      takes: First,
      gives: v.object({
        userId: Text,
        keyId: Text,
        credential: CredentialShape,
        totp: v.optional(TotpShape),
      }),
    },
    nobodyYet,
  ),
  own(
    {
      id: 'gateway.bootstrap.confirm',
      route: 'POST /gw/v1/bootstrap/confirm',
      summary: 'Show that the first owner’s authenticator was enrolled',
      by: 'body',
      takes: Confirm,
      gives: v.object({ userId: Text, recoveryCodes: v.array(Text) }),
    },
    nobodyYet,
  ),
]
