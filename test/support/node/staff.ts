/** People who are made for a test, by the demo's owner, as any owner makes them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SigningCredential } from '../../../src/client/sign.ts'
import type { Demo } from './demo.ts'
import { otpFor, Session, type Ask, type Reply } from './person.ts'

export interface NewKeyBody {
  readonly tier?: string
  readonly permissions?: readonly string[]
  readonly [member: string]: unknown
}

export interface Made {
  readonly userId: string
  readonly totpSecret: string
}

export interface MadeKey {
  readonly keyId: string
  readonly credential: SigningCredential
}

/** Somebody in a session, who begins another when their second factor is no longer fresh. */
export class Staff {
  readonly #gateway: string
  readonly #credential: SigningCredential
  readonly #totpSecret: string
  #session: Session

  private constructor(gateway: string, who: Who, session: Session) {
    this.#gateway = gateway
    this.#credential = who.credential
    this.#totpSecret = who.totpSecret
    this.#session = session
  }

  static async of(gateway: string, who: Who): Promise<Staff> {
    const session = await Session.begin(gateway, who.credential, who.totpSecret)
    return new Staff(gateway, who, session)
  }

  /** Repeats what the gateway's own limit of ten calls in a second refused. */
  async call(method: string, path: string, body?: object, options: Ask = {}): Promise<Reply> {
    for (;;) {
      const reply = await this.#session.call(method, path, body, options)
      if (reply.status === 429) await sleep(250)
      else if (reply.status !== 401) return reply
      else await this.#beginAgain()
    }
  }

  async #beginAgain(): Promise<void> {
    try {
      this.#session = await Session.begin(this.#gateway, this.#credential, this.#totpSecret)
    } catch (error) {
      if (!String(error).includes('rate_limited')) throw error
      await sleep(1_000)
    }
  }

  get(path: string): Promise<Reply> {
    return this.call('GET', path)
  }
}

interface Who {
  readonly credential: SigningCredential
  readonly totpSecret: string
}

export class Owner {
  readonly #staff: Staff

  constructor(staff: Staff) {
    this.#staff = staff
  }

  static async of(demo: Demo): Promise<Owner> {
    const { totpSecret } = demo.user('owner')
    return new Owner(
      await Staff.of(demo.file.gateway, { credential: demo.key('owner'), totpSecret }),
    )
  }

  call(method: string, path: string, body?: object, options: Ask = {}): Promise<Reply> {
    return this.#staff.call(method, path, body, options)
  }

  async person(name: string, roles: readonly string[]): Promise<Made> {
    const made = await this.call('POST', '/gw/v1/admin/users', { name, roles })
    if (made.status !== 201) throw new Error(`no person: ${JSON.stringify(made.json)}`)
    const { userId, totp } = made.json
    const otp = await otpFor(totp.secret)
    const confirmed = await this.call('POST', `/gw/v1/admin/users/${userId}/totp/confirm`, { otp })
    if (confirmed.status !== 200)
      throw new Error(`not confirmed: ${JSON.stringify(confirmed.json)}`)
    return { userId, totpSecret: totp.secret }
  }

  async key(userId: string, body: NewKeyBody = {}): Promise<MadeKey> {
    const wanted = {
      account: `acct-${userId.toLowerCase().replaceAll('_', '-')}`,
      user: userId,
      tier: 'retail',
      dialect: 'compact',
      permissions: [],
      ...body,
    }
    const made = await this.call('POST', '/gw/v1/admin/keys', wanted)
    if (made.status !== 201) throw new Error(`no key: ${JSON.stringify(made.json)}`)
    const { keyId, credential } = made.json
    const { id, secret } = credential
    return { keyId, credential: { id, secret, dialect: 'compact' } }
  }

  /** A person with a key, in a session of theirs. */
  async inSession(gateway: string, name: string, roles: readonly string[]): Promise<Staff> {
    const { userId, totpSecret } = await this.person(name, roles)
    const { credential } = await this.key(userId)
    return Staff.of(gateway, { credential, totpSecret })
  }
}
