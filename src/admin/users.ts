/** People and their roles: `/gw/v1/admin/users`. */
import * as v from 'valibot'
import { toBase32 } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { PersonView, SessionView } from '../session/person-calls.ts'
import { own, ownWithBody, provenanceOf, type Call, type Own } from './call.ts'
import { isoOf, Line, MOST_ITEMS, Otp, Reason, Roles, Text, Time, Whole } from './fields.ts'
import { PageQuery } from './parameters.ts'
import { reservationOf } from './reservation.ts'

const UserShape = v.object({
  userId: Text,
  name: Text,
  roles: v.array(Text),
  createdAt: Time,
  totpConfirmed: v.boolean(),
  recoveryCodesLeft: Whole,
  keys: v.array(Text),
})
export const TotpShape = v.object({ secret: Text, uri: Text })
const SessionShape = v.object({
  sid: Text,
  keyId: Text,
  createdAt: Time,
  authTime: Time,
  lastRefresh: Time,
  endsAt: Time,
  network: Text,
  bound: v.boolean(),
  status: v.picklist(['active', 'ended']),
})

/** A page of ids, and where the next one begins. */
export async function page<T>(
  call: Call,
  type: 'user' | 'key',
  read: (id: string) => Promise<T | undefined>,
): Promise<{ items: T[]; next?: string }> {
  const { after = '', user: asked } = call.query
  const user = call.actor.reach === 'own' ? call.actor.grant.user : asked
  const ids = await call.ports.directory.list(type, { user, after, most: MOST_ITEMS + 1 })
  const shown = ids.slice(0, MOST_ITEMS)
  const items = (await Promise.all(shown.map(read))).filter((item) => item !== undefined)
  const last = shown.at(-1)
  return ids.length > MOST_ITEMS && last !== undefined ? { items, next: last } : { items }
}

export function newId(prefix: 'usr' | 'key' | 'rot'): string {
  return `${prefix}_${toBase32(crypto.getRandomValues(new Uint8Array(10)))}`
}

function shownUser({ createdAtMs, revision: _told, ...person }: PersonView) {
  return { ...person, createdAt: isoOf(createdAtMs) }
}

function shownSession(session: SessionView) {
  const { createdAtMs, authTimeMs, refreshedAtMs, endsAtMs, ...rest } = session
  return {
    ...rest,
    createdAt: isoOf(createdAtMs),
    authTime: isoOf(authTimeMs),
    lastRefresh: isoOf(refreshedAtMs),
    endsAt: isoOf(endsAtMs),
  }
}

/** The person that the path names, if the caller may reach them. */
async function reached(call: Call): Promise<Result<string, Refusal>> {
  const id = call.params['id'] ?? ''
  if (call.actor.reach === 'own' && id !== call.actor.grant.user) return refuse('not_found')
  return (await call.ports.directory.has('user', id)) ? ok(id) : refuse('not_found')
}

export const USERS: readonly Own[] = [
  ownWithBody(
    {
      id: 'gateway.users.create',
      route: 'POST /gw/v1/admin/users',
      summary: 'Make a person; their authenticator’s secret is shown once',
      by: 'session',
      right: 'users.create',
      status: 201,
      headers: ['Idempotency-Key'],
      takes: v.strictObject({ name: Line, roles: Roles }),
      gives: v.object({ ...UserShape.entries, totp: v.optional(TotpShape) }),
    },
    async (call, { name, roles }) => {
      const id = newId('usr')
      const entry = { id, type: 'user', user: id, account: '' } as const
      const entered = await call.ports.directory.enter(entry, await reservationOf(call))
      if (!entered.ok) return entered
      const userId = entered.value
      const by = provenanceOf(call, 'created')
      const made = await call.ports.user(userId).create({ userId, name, roles }, by)
      return ok({ body: { ...shownUser(made), ...(made.totp && { totp: made.totp }) } })
    },
  ),
  own(
    {
      id: 'gateway.users.list',
      route: 'GET /gw/v1/admin/users',
      summary: 'Everybody, page by page',
      by: 'session',
      right: 'users.read',
      query: PageQuery,
      gives: v.object({ items: v.array(UserShape), next: v.optional(Text) }),
    },
    async (call) => {
      const read = async (id: string) => {
        const person = await call.ports.user(id).describe()
        return person && shownUser(person)
      }
      return ok({ body: await page(call, 'user', read) })
    },
  ),
  own(
    {
      id: 'gateway.users.read',
      route: 'GET /gw/v1/admin/users/{id}',
      summary: 'One person',
      by: 'session',
      right: 'users.read',
      revised: true,
      gives: UserShape,
    },
    async (call) => {
      const id = await reached(call)
      const person = id.ok ? await call.ports.user(id.value).describe() : undefined
      return person === undefined
        ? refuse('not_found')
        : ok({ body: shownUser(person), revision: person.revision })
    },
  ),
  ownWithBody(
    {
      id: 'gateway.users.roles',
      route: 'PUT /gw/v1/admin/users/{id}/roles',
      summary: 'Give a person other roles',
      by: 'session',
      right: 'users.roles',
      conditional: true,
      revised: true,
      takes: v.strictObject({ roles: Roles, reason: Line }),
      gives: UserShape,
    },
    async (call, { roles, reason }) => {
      const id = await reached(call)
      if (!id.ok) return id
      if (id.value === call.actor.grant.user) {
        return refuse('role_missing', { detail: 'Somebody else has to change your own roles.' })
      }
      const by = provenanceOf(call, reason)
      const changed = await call.ports.user(id.value).setRoles(roles, call.ifRevision ?? -1, by)
      return changed.ok
        ? ok({ body: shownUser(changed.value), revision: changed.value.revision })
        : changed
    },
  ),
  ownWithBody(
    {
      id: 'gateway.users.totp.confirm',
      route: 'POST /gw/v1/admin/users/{id}/totp/confirm',
      summary: 'Show that an authenticator was enrolled; recovery codes are shown once',
      by: 'session',
      right: 'users.totp.confirm',
      takes: v.strictObject({ otp: Otp }),
      gives: v.object({ userId: Text, recoveryCodes: v.array(Text) }),
    },
    async (call, { otp }) => {
      const id = await reached(call)
      if (!id.ok) return id
      const by = provenanceOf(call, 'confirmed')
      const codes = await call.ports.user(id.value).confirmTotp(otp, by)
      return codes.ok ? ok({ body: { userId: id.value, recoveryCodes: codes.value } }) : codes
    },
  ),
  ownWithBody(
    {
      id: 'gateway.users.totp.reset',
      route: 'POST /gw/v1/admin/users/{id}/totp/reset',
      summary: 'Enrol somebody else’s authenticator anew; every session of theirs ends',
      by: 'session',
      right: 'users.totp.reset',
      takes: Reason,
      gives: v.object({ userId: Text, totp: TotpShape }),
    },
    async (call, { reason }) => {
      const id = await reached(call)
      if (!id.ok) return id
      const enrolled = await call.ports
        .user(id.value)
        .resetTotp(provenanceOf(call, reason), call.actor.roles.includes('owner'))
      return enrolled.ok ? ok({ body: { userId: id.value, ...enrolled.value } }) : enrolled
    },
  ),
  own(
    {
      id: 'gateway.users.sessions',
      route: 'GET /gw/v1/admin/users/{id}/sessions',
      summary: 'A person’s sessions',
      by: 'session',
      right: 'sessions.read',
      gives: v.object({ items: v.array(SessionShape) }),
    },
    async (call) => {
      const id = await reached(call)
      if (!id.ok) return id
      const sessions = await call.ports.user(id.value).sessions()
      return ok({ body: { items: sessions.map(shownSession) } })
    },
  ),
  own(
    {
      id: 'gateway.users.sessions.end-all',
      route: 'DELETE /gw/v1/admin/users/{id}/sessions',
      summary: 'End every session of a person',
      by: 'session',
      right: 'sessions.end',
      gives: v.object({ userId: Text, at: Time }),
    },
    async (call) => {
      const id = await reached(call)
      if (!id.ok) return id
      const over = await call.ports.user(id.value).endSessions(provenanceOf(call, 'ended'))
      return over.ok ? ok({ body: { userId: id.value, at: isoOf(call.ports.nowMs()) } }) : over
    },
  ),
  own(
    {
      id: 'gateway.users.sessions.end',
      route: 'DELETE /gw/v1/admin/users/{id}/sessions/{sid}',
      summary: 'End one session',
      by: 'session',
      right: 'sessions.end',
      gives: v.object({ userId: Text, sid: Text, at: Time }),
    },
    async (call) => {
      const id = await reached(call)
      if (!id.ok) return id
      const sid = call.params['sid'] ?? ''
      const over = await call.ports.user(id.value).endSession(sid, provenanceOf(call, 'ended'))
      return over.ok ? ok({ body: { userId: id.value, sid, at: isoOf(call.ports.nowMs()) } }) : over
    },
  ),
]
