/**
 * Whoever speaks to the gateway's own API in a test of attacks. Every secret that was sent or answered is remembered,
 * so that the test can look for it where none of them may be.
 */
import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SigningCredential } from '../../../src/client/sign.ts'
import type { Demo } from './demo.ts'
import { ask, askSigned, otpAt, otpFor, type Ask, type Reply, type Tokens } from './person.ts'
import type { Prover } from './prover.ts'

const STEP_SECONDS = 30

/** A person with a key of their own. */
export interface Someone {
  readonly userId: string
  readonly keyId: string
  readonly credential: SigningCredential
  readonly totpSecret: string
  readonly recoveryCodes: readonly string[]
}

/** What is asked for when a person is made. */
export interface Wanted {
  readonly confirmed?: boolean
  readonly permissions?: readonly string[]
  readonly addresses?: readonly string[]
}

const EVERYTHING = [
  'market.read',
  'account.read',
  'order.write',
  'order.cancel',
  'account.write',
  'withdrawal.write',
]

export class Caller {
  readonly base: string
  readonly #secrets = new Set<string>()

  constructor(base: string) {
    this.base = base
  }

  async ask(
    method: string,
    path: string,
    body?: string | object,
    options: Ask = {},
  ): Promise<Reply> {
    this.#rememberSent(options.headers, body)
    return this.#remembered(await ask(this.base, method, path, body, options))
  }

  async signed(
    credential: SigningCredential,
    method: string,
    path: string,
    body?: object,
    options: Ask = {},
  ): Promise<Reply> {
    this.#rememberSent(options.headers, body)
    return this.#remembered(await askSigned(this.base, credential, method, path, body, options))
  }

  /** With a bearer's token. */
  bearing(token: string, method: string, path: string, body?: object, options: Ask = {}) {
    const headers = { authorization: `Bearer ${token}`, ...options.headers }
    return this.ask(method, path, body, { ...options, headers })
  }

  /** Asks for a session with this one-time password. */
  beginWith(otp: string, credential: SigningCredential, options: Ask = {}): Promise<Reply> {
    return this.signed(credential, 'POST', '/gw/v1/sessions', { otp }, options)
  }

  /** A session, with a one-time password that was not used yet. */
  async begin(
    { credential, totpSecret }: Pick<Someone, 'credential' | 'totpSecret'>,
    from?: string,
  ): Promise<Tokens> {
    return good(await this.beginWith(await otpFor(totpSecret), credential, { from }))
  }

  /** A session that is bound to the prover's key. */
  async beginBound(
    { credential, totpSecret }: Pick<Someone, 'credential' | 'totpSecret'>,
    prover: Prover,
    from?: string,
  ): Promise<Tokens> {
    const url = `${this.base}/gw/v1/sessions`
    const otp = await otpFor(totpSecret)
    const attempt = async () =>
      this.beginWith(otp, credential, { from, headers: { dpop: await prover.prove('POST', url) } })
    const first = await attempt()
    prover.hear(first)
    return good(first.status === 401 ? await attempt() : first)
  }

  refresh(refresh_token: string, options: Ask = {}): Promise<Reply> {
    return this.ask('POST', '/gw/v1/sessions/refresh', { refresh_token }, options)
  }

  /** Makes a person and a key of theirs, in the owner's name. */
  async person(owner: Tokens, wanted: Wanted = {}): Promise<Someone> {
    const { confirmed = true, permissions = EVERYTHING, addresses = [] } = wanted
    const users = '/gw/v1/admin/users'
    const made = await this.#patiently(owner, users, { name: 'Somebody', roles: ['client'] })
    const { userId, totp } = made.json
    const key = {
      account: userId,
      user: userId,
      tier: 'retail',
      dialect: 'rfc9421',
      permissions,
      addresses,
    }
    const added = await this.#patiently(owner, '/gw/v1/admin/keys', key)
    const { keyId, credential } = added.json
    const signer = { id: credential.id, secret: credential.secret, dialect: 'rfc9421' } as const
    const codes = confirmed ? await this.confirm(owner, userId, totp.secret) : []
    return {
      userId,
      keyId,
      credential: signer,
      totpSecret: totp.secret,
      recoveryCodes: codes,
    }
  }

  /** Confirms somebody's second factor, by the code of the step before: those of now and later are left. */
  async confirm(owner: Tokens, userId: string, totpSecret: string): Promise<readonly string[]> {
    const path = `/gw/v1/admin/users/${userId}/totp/confirm`
    await steadyStep(3_000)
    const otp = otpAt(totpSecret, stepNow() - 1)
    return (await this.#patiently(owner, path, { otp })).json.recoveryCodes
  }

  /** Another key of the same person. */
  async anotherKey(
    owner: Tokens,
    { userId }: Someone,
  ): Promise<Pick<Someone, 'keyId' | 'credential'>> {
    const key = {
      account: userId,
      user: userId,
      tier: 'retail',
      dialect: 'rfc9421',
      permissions: EVERYTHING,
    }
    const { json } = await this.#patiently(owner, '/gw/v1/admin/keys', key)
    const { id, secret } = json.credential
    return { keyId: json.keyId, credential: { id, secret, dialect: 'rfc9421' } }
  }

  /** Waits where the gateway's own limit, ten calls a second, says so. */
  async #patiently({ access_token }: Tokens, path: string, body: object): Promise<Reply> {
    for (;;) {
      const reply = await this.bearing(access_token, 'POST', path, body)
      if (reply.status !== 429) return expected(reply)
      await sleep(Number(reply.headers['retry-after']) * 1_000)
    }
  }

  /** The same of all that the demo printed and of all that reached its broker. */
  findAnywhere(demo: Demo) {
    return this.findIn(demo.output + fs.readFileSync(demo.file.broker.journal, 'utf8'))
  }

  /** Those of the secrets, by their first characters, that a text holds; and how many were looked for. */
  findIn(text: string): { readonly found: readonly string[]; readonly soughtCount: number } {
    const found = [...this.#secrets].filter((secret) => holds(text, secret))
    return { found: found.map((secret) => secret.slice(0, 8)), soughtCount: this.#secrets.size }
  }

  /** A secret that neither a header nor a body of ours carries in the open. */
  remember(...secrets: readonly (string | undefined)[]): void {
    for (const secret of secrets) {
      if (secret !== undefined && secret.trim().length >= SHORTEST) this.#secrets.add(secret)
    }
  }

  #rememberSent(headers: Ask['headers'] = {}, body: string | object = {}): void {
    const { authorization = '', dpop, 'pc-otp': sentOtp } = headers
    this.remember(authorization.split(' ').at(-1), dpop, sentOtp)
    this.#rememberMembers(body)
  }

  #remembered(reply: Reply): Reply {
    this.#rememberMembers(reply.json)
    return reply
  }

  #rememberMembers(value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    for (const [name, member] of Object.entries(value)) {
      if (typeof member === 'string' && SECRETS.has(name)) this.remember(member)
      else if (name === 'recoveryCodes' && Array.isArray(member)) this.remember(...member)
      else this.#rememberMembers(member)
    }
  }
}

/** A one-time password's length: what is shorter could be anything. */
const SHORTEST = 6
const SECRETS = new Set(['otp', 'access_token', 'refresh_token', 'secret', 'uri'])

/** A short secret stands alone: six digits occur in any longer number. */
function holds(text: string, secret: string): boolean {
  if (secret.length > 16) return text.includes(secret)
  return new RegExp(`(?<![0-9A-Za-z])${secret}(?![0-9A-Za-z])`).test(text)
}

/** A person of the demo, who signs with this key. */
export function seeded(demo: Demo, keyName: string): Pick<Someone, 'credential' | 'totpSecret'> {
  const { users }: { users: { id: string; totpSecret: string }[] } = JSON.parse(
    fs.readFileSync(demo.path('demo.json'), 'utf8'),
  )
  const credential = demo.key(keyName)
  const { totpSecret } = users.find(({ id }) => id === credential.user) ?? nobody(keyName)
  return { credential, totpSecret }
}

function nobody(keyName: string): never {
  throw new Error(`Cannot be anybody: no user has the key ${keyName}`)
}

/** The step that is now, with so much of it left that a few requests are all in it. */
export async function steadyStep(leastMs = 5_000): Promise<number> {
  const leftMs = STEP_SECONDS * 1_000 - (Date.now() % (STEP_SECONDS * 1_000))
  if (leftMs < leastMs) await sleep(leftMs)
  return stepNow()
}

/** Of the step, a code that is neither its own nor a neighbour's. */
export function wrongCode({ totpSecret }: Pick<Someone, 'totpSecret'>, step: number): string {
  const right = new Set([-2, -1, 0, 1, 2, 3].map((offset) => otpAt(totpSecret, step + offset)))
  const wrong = ['000000', '111111', '222222', '333333', '444444', '555555', '666666', '777777']
  return wrong.find((code) => !right.has(code)) ?? '888888'
}

export function stepNow(): number {
  return Math.floor(Date.now() / 1_000 / STEP_SECONDS)
}

/** What was refused, in two words. */
export function refusalOf({ status, json }: Reply): string {
  return `${status} ${json?.code ?? ''}`.trim()
}

function good(reply: Reply): Tokens {
  return expected(reply).json
}

function expected(reply: Reply): Reply {
  if (reply.status === 200 || reply.status === 201) return reply
  throw new Error(`Cannot go on: ${reply.status} ${JSON.stringify(reply.json)}`)
}
