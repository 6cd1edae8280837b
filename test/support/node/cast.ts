/** Who plays in a test of the gateway's own API: people with roles, keys and sessions, made by the demo's owner. */
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SigningCredential } from '../../../src/client/sign.ts'
import type { Demo } from './demo.ts'
import { ask, otpFor, Session, type Reply } from './person.ts'

export interface ScratchKey {
  readonly keyId: string
  readonly credential: SigningCredential
}

export type Headers = Readonly<Record<string, string>>

/** A person in a session of theirs. */
export class Member {
  readonly #base: string
  readonly userId: string
  readonly key: ScratchKey
  readonly session: Session

  constructor(base: string, userId: string, key: ScratchKey, session: Session) {
    this.#base = base
    this.userId = userId
    this.key = key
    this.session = session
  }

  /** A call of theirs under `/gw/v1`, again and again while they have made ten in a second. */
  call(method: string, path: string, body?: string | object, headers: Headers = {}) {
    const authorization = `Bearer ${this.session.tokens.access_token}`
    return patiently(() =>
      ask(this.#base, method, `/gw/v1${path}`, body, {
        headers: { authorization, ...headers },
      }),
    )
  }

  /** As `call`, for the revision that is there just now. */
  async change(path: string, of: string, body: string | object): Promise<Reply> {
    return this.call('PUT', `${of}${path}`, body, { 'if-match': await this.etag(of) })
  }

  async etag(path: string): Promise<string> {
    const { headers } = must(await this.call('GET', path), 200)
    return headers.etag ?? ''
  }
}

/** The owner's part: makes people and keys. */
export class Cast {
  readonly owner: Member
  readonly #base: string

  private constructor(owner: Member, base: string) {
    this.owner = owner
    this.#base = base
  }

  static async of(demo: Demo, name = 'owner'): Promise<Cast> {
    return new Cast(await seeded(demo, name), demo.file.gateway)
  }

  /** A person without a key; `confirmed` for those who are to begin a session. */
  async person(roles: readonly string[], confirmed = false) {
    const body = { name: roles.join(' and ') || 'nobody much', roles }
    const { json } = must(await this.owner.call('POST', '/admin/users', body), 201)
    const userId: string = json.userId
    const totpSecret: string = json.totp.secret
    if (confirmed) {
      const otp = await otpFor(totpSecret)
      must(await this.owner.call('POST', `/admin/users/${userId}/totp/confirm`, { otp }), 200)
    }
    return { userId, totpSecret }
  }

  async key(user: string, more: object = {}): Promise<ScratchKey> {
    const body = { ...keyFor(user), ...more }
    const { json } = must(await this.owner.call('POST', '/admin/keys', body), 201)
    const { id, secret } = json.credential
    return { keyId: json.keyId, credential: { id, secret, dialect: 'compact' } }
  }

  async member(...roles: readonly string[]): Promise<Member> {
    const { userId, totpSecret } = await this.person(roles, true)
    const key = await this.key(userId)
    const session = await Session.begin(this.#base, key.credential, totpSecret)
    return new Member(this.#base, userId, key, session)
  }
}

/** What it takes to make a key. */
export function keyFor(user: string) {
  return {
    account: 'acct-scratch',
    user,
    tier: 'retail',
    dialect: 'compact',
    permissions: ['account.read', 'order.write'],
  }
}

/** A person of the demo's, in a new session: one-time passwords are good for one. */
export async function seeded(demo: Demo, person: string, keyName = person): Promise<Member> {
  const key = demo.key(keyName)
  const userId = `user-${person}`
  const session = await Session.begin(demo.file.gateway, key, totpSecretOf(demo, userId))
  return new Member(demo.file.gateway, userId, { keyId: key.keyId, credential: key }, session)
}

function totpSecretOf(demo: Demo, userId: string): string {
  const file = fs.readFileSync(demo.path('demo.json'), 'utf8')
  const { users }: { users: { id: string; totpSecret: string }[] } = JSON.parse(file)
  return users.find(({ id }) => id === userId)?.totpSecret ?? ''
}

/** Until the audit log has been published for the first time: some seconds after the first record. */
export async function published(reader: Member): Promise<void> {
  while ((await reader.call('GET', '/admin/audit/checkpoint')).status !== 200) await sleep(250)
}

/** Repeats what the limit of ten calls in a second refused. */
export async function patiently(call: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    const reply = await call()
    if (reply.json.code !== 'rate_limited') return reply
    await sleep(150)
  }
}

/** The answer, if it has the status that the test cannot go on without. */
export function must(reply: Reply, status: number): Reply {
  if (reply.status === status) return reply
  throw new Error(`Cannot go on with ${reply.status} in place of ${status}: ${show(reply)}`)
}

function show({ json }: Reply): string {
  return JSON.stringify(json)
}
