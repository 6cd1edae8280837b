/** People who work longer than a second factor stays fresh. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SigningCredential } from '../../../src/client/sign.ts'
import type { Cast } from './cast.ts'
import { Session, type Ask, type Reply } from './person.ts'

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

  /** Somebody new in these roles, with a key of theirs. */
  static async make(cast: Cast, gateway: string, roles: readonly string[]): Promise<Staff> {
    const { userId, totpSecret } = await cast.person(roles, true)
    const { credential } = await cast.key(userId)
    const session = await Session.begin(gateway, credential, totpSecret)
    return new Staff(gateway, { credential, totpSecret }, session)
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
