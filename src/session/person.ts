/**
 * A person and their sessions: what lives, what a refresh is answered with, what a key's object has to know. Pure:
 * the person's object supplies rows and clock and stores the outcome.
 */
import type { Role } from '../access/role.ts'
import type { EndedSession, Standing } from '../guard/key.ts'
import { equalBytes, utf8 } from '../lib/bytes.ts'
import { ACCESS_TOKEN_SECONDS } from './access-token.ts'

export interface Person {
  readonly userId: string
  readonly name: string
  readonly createdAtMs: number
  /** Grows with every change of the person or of a session. */
  readonly version: number
  /** Sessions of a lower version have ended. */
  readonly sessionsFrom: number
  /** How often somebody edited the person: what an `ETag` says. */
  readonly revision: number
  readonly roles: readonly Role[]
}

/** A session, which is also a family of refresh tokens: of them one generation alone is good. */
export interface StoredSession {
  readonly sid: string
  /** The key and credential that signed for it. It ends with them. */
  readonly keyId: string
  readonly credentialId: string
  readonly createdAtMs: number
  /** When its second factor was shown. */
  readonly authTimeMs: number
  readonly refreshedAtMs: number
  /** The client's network (IPv4 /24, IPv6 /56): it is good from there alone. */
  readonly network: string
  /** Thumbprint of the key whose possession has to be proved with each use (RFC 9449), if there is one. */
  readonly jkt: string | undefined
  readonly amr: readonly string[]
  readonly generation: number
  /** SHA-256 of the secret in the refresh token that is good, hexadecimal. */
  readonly refreshHash: string
  /** The person's version under which its tokens are issued. */
  readonly version: number
  readonly endedAtMs: number | undefined
  readonly endedWhy: string | undefined
}

export interface SessionLife {
  readonly idleSeconds: number
  readonly maxSeconds: number
}

/** Why a refresh was refused whose token was used before. */
export const REUSED = 'a refresh token was used twice'
/** Sessions that one person may have at once; a further one ends the one that was unused for longest. */
export const MOST_SESSIONS = 20
/** An ended session is listed for this long, in milliseconds. */
export const LISTED_MS = 7 * 86_400_000
/** A token of an ended session may still be shown for this long: it lives ten minutes, and hosts' clocks differ. */
const TOKEN_MS = ACCESS_TOKEN_SECONDS * 1000 + 10_000

/** When the session ends if nobody refreshes it, in milliseconds since 1970. */
export function endOf(session: StoredSession, life: SessionLife): number {
  return Math.min(
    session.createdAtMs + life.maxSeconds * 1000,
    session.refreshedAtMs + life.idleSeconds * 1000,
  )
}

export function lives(
  session: StoredSession,
  { sessionsFrom }: Person,
  life: SessionLife,
  nowMs: number,
): boolean {
  return (
    session.endedAtMs === undefined &&
    session.version >= sessionsFrom &&
    nowMs < endOf(session, life)
  )
}

/** Who shows a refresh token, from where and with which proof. */
export interface Refreshing {
  readonly generation: number
  readonly secretHash: string
  readonly network: string
  readonly jkt: string | undefined
  /** What the proof of that key is used up as. */
  readonly proofId?: string | undefined
}

/**
 * Whether a refresh may go on. A generation that is over was used by somebody before: whoever of the two is the
 * thief, the session ends at once. The right one from elsewhere or without its proof is refused and ends nothing.
 */
export function judgeRefresh(
  session: StoredSession,
  shown: Refreshing,
): 'good' | 'reused' | 'elsewhere' {
  const known = equalBytes(utf8(shown.secretHash), utf8(session.refreshHash))
  if (!known || shown.generation !== session.generation) return 'reused'
  return shown.network === session.network && shown.jkt === session.jkt ? 'good' : 'elsewhere'
}

/** What the keys' objects have to know of the person. */
export function standingOf(
  person: Person,
  permissions: readonly string[],
  sessions: readonly StoredSession[],
  life: SessionLife,
  nowMs: number,
): Standing {
  const living = sessions.filter((session) => lives(session, person, life, nowMs))
  const ended = sessions.flatMap((session): EndedSession[] => {
    const untilMs = (session.endedAtMs ?? 0) + TOKEN_MS
    return session.endedAtMs !== undefined && untilMs > nowMs ? [{ sid: session.sid, untilMs }] : []
  })
  return {
    version: person.version,
    roles: person.roles,
    permissions,
    sessionsFrom: person.sessionsFrom,
    ended,
    steppedUpMs:
      living.length === 0 ? undefined : Math.max(...living.map(({ authTimeMs }) => authTimeMs)),
  }
}
