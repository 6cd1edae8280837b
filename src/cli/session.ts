/** Which session a command uses: the one that `login` stored, refreshed in time. */
import * as v from 'valibot'
import { locked, readJsonFile, remove, replacePrivate } from './files.ts'
import { expectAnswer, Refused, send, type Answer, type Sent } from './gateway.ts'
import { sendSigned, type Profile } from './sign-with.ts'

const Stored = v.object({
  gateway: v.string(),
  user: v.string(),
  keyId: v.string(),
  sid: v.string(),
  accessToken: v.string(),
  accessTokenEndsAtMs: v.number(),
  refreshToken: v.string(),
})
type Stored = v.InferOutput<typeof Stored>

const Tokens = v.object({
  access_token: v.string(),
  expires_in: v.number(),
  refresh_token: v.string(),
})

const Self = v.object({ keyId: v.string(), user: v.string(), session: v.string() })

/** With less left than this a token is refreshed before it is used, in milliseconds. */
const REFRESH_BEFORE_MS = 30_000

const ENDED = 'The session has ended. Begin a new one: portcullis login'

/** Logged in, as somebody. */
export interface Session {
  readonly token: string
  readonly gateway: string
  readonly user: string
  readonly keyId: string
  readonly sid: string
  call(sent: Sent): Promise<Answer>
}

/** Begins a session and stores it. What the file held before is ended: nobody could any more. */
export async function beginSession(file: string, by: Profile, otp: string): Promise<Session> {
  const begun = await sendSigned(by, { method: 'POST', path: '/gw/v1/sessions', body: { otp } })
  const tokens = tokensOf(begun)
  const { gateway } = by
  const headers = bearer(tokens.accessToken)
  const self = await send(gateway, { method: 'GET', path: '/gw/v1/keys/self', headers })
  const { keyId, user, session: sid } = expectAnswer(Self, self)
  await endStored(file).catch(() => undefined)
  const stored = { gateway, user, keyId, sid, ...tokens }
  replacePrivate(file, stored)
  return sessionOf(stored)
}

/** The session that a command uses. */
export async function useSession({
  session: file,
}: {
  readonly session: string
}): Promise<Session> {
  const session = sessionOf(await fresh(file))
  return {
    ...session,
    async call(sent) {
      try {
        return await session.call(sent)
      } catch (error) {
        // Refused before anything was done. The session may go on although its token does not: a signing key can be
        // taken out of use, and this machine's clock can be wrong.
        if (!isStranger(error)) throw error
        return sessionOf(await fresh(file, session.token)).call(sent)
      }
    },
  }
}

function isStranger(error: unknown): boolean {
  return error instanceof Refused && error.problem.code === 'unauthorized'
}

/** Ends the stored session, and forgets it where it has ended already. */
export async function endSession({
  session: file,
}: {
  readonly session: string
}): Promise<Session> {
  const stored = readStored(file)
  try {
    await endStored(file)
  } catch (error) {
    if (!isStranger(error)) throw error
  }
  remove(file)
  return sessionOf(stored)
}

async function endStored(file: string): Promise<void> {
  const { gateway, accessToken } = await fresh(file)
  const path = '/gw/v1/sessions/current'
  await send(gateway, {
    method: 'DELETE',
    path,
    headers: bearer(accessToken),
    ifUnauthorized: ENDED,
  })
}

function readStored(file: string): Stored {
  const stored = readJsonFile(file, Stored)
  if (stored === undefined) throw new Error('You are not logged in: portcullis login')
  return stored
}

/** The stored session with a token that lasts, and is another than the one that was refused. */
async function fresh(file: string, refused?: string): Promise<Stored> {
  const good = (stored: Stored) => lasts(stored) && stored.accessToken !== refused
  const before = readStored(file)
  if (good(before)) return before
  // A refresh token is good once, and one that is shown twice ends the session: no two commands at a time.
  return locked(file, async () => {
    const stored = readStored(file)
    if (good(stored)) return stored
    const { gateway, refreshToken } = stored
    const body = { refresh_token: refreshToken }
    const answer = await send(gateway, {
      method: 'POST',
      path: '/gw/v1/sessions/refresh',
      body,
      ifUnauthorized: ENDED,
    })
    const next = { ...stored, ...tokensOf(answer) }
    // Before anything is done with it: the old one is good no more.
    replacePrivate(file, next)
    return next
  })
}

function lasts({ accessTokenEndsAtMs }: Stored): boolean {
  return accessTokenEndsAtMs - Date.now() > REFRESH_BEFORE_MS
}

function tokensOf(answer: Answer) {
  const { access_token, expires_in, refresh_token } = expectAnswer(Tokens, answer)
  return {
    accessToken: access_token,
    accessTokenEndsAtMs: Date.now() + expires_in * 1_000,
    refreshToken: refresh_token,
  }
}

function bearer(token: string) {
  return { authorization: `Bearer ${token}` }
}

function sessionOf({ gateway, user, keyId, sid, accessToken }: Stored): Session {
  return {
    gateway,
    user,
    keyId,
    sid,
    token: accessToken,
    call: ({ headers = {}, ...sent }) => {
      const all = { ...headers, ...bearer(accessToken) }
      return send(gateway, { ...sent, headers: all, ifUnauthorized: ENDED })
    },
  }
}

/** Changes something that others may change, too: as it is now, or not at all. */
export async function change(session: Session, path: string, sub: string, body: object) {
  const { etag } = await session.call({ method: 'GET', path })
  if (etag === undefined)
    throw new Error(`The gateway did not say which revision of ${path} it has`)
  const headers = { 'if-match': etag }
  return session.call({ method: 'PUT', path: `${path}/${sub}`, headers, body })
}
