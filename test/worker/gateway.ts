/** The whole gateway in workerd, without sockets: its own API, called as a client would. */
import { SELF } from 'cloudflare:test'
import { generateSync } from 'otplib'
import { sign, type SigningCredential } from '../../src/client/sign.ts'

const BASE = 'http://gateway.example'
const STEP_SECONDS = 30

export interface Reply {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- what it is, each test says by reading it
  readonly json: any
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>
  readonly from?: string
}

export async function ask(
  method: string,
  path: string,
  body?: string | object,
  { headers = {}, from = '192.0.2.1' }: Ask = {},
): Promise<Reply> {
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  const type = text === undefined ? {} : { 'content-type': 'application/json' }
  const response = await SELF.fetch(BASE + path, {
    method,
    headers: { 'cf-connecting-ip': from, host: 'gateway.example', ...type, ...headers },
    ...(text === undefined ? {} : { body: text }),
  })
  const answer = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    json: answer.startsWith('{') ? JSON.parse(answer) : answer,
  }
}

export async function askSigned(
  credential: SigningCredential,
  method: string,
  path: string,
  body?: object,
  { headers = {}, ...options }: Ask = {},
): Promise<Reply> {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const request = {
    method,
    url: BASE + path,
    headers,
    ...(text === undefined ? {} : { body: text }),
  }
  const signature = await sign(request, credential, { nowMs: Date.now() })
  return ask(method, path, text, { ...options, headers: { ...headers, ...signature } })
}

/** The code of the step that is `offset` from now. */
export function otp(totpSecret: string, offset = 0): string {
  const epoch = (Math.floor(Date.now() / 1000 / STEP_SECONDS) + offset) * STEP_SECONDS
  return generateSync({ secret: totpSecret, epoch })
}

export interface Someone {
  readonly userId: string
  readonly totpSecret: string
  readonly credential: SigningCredential
  readonly keyId: string
}

export class Caller {
  readonly who: Someone
  token: string
  refreshToken: string

  constructor(who: Someone, token: string, refreshToken: string) {
    this.who = who
    this.token = token
    this.refreshToken = refreshToken
  }

  static async begin(who: Someone, offset = 0): Promise<Caller> {
    const body = { otp: otp(who.totpSecret, offset) }
    const { status, json } = await askSigned(who.credential, 'POST', '/gw/v1/sessions', body)
    if (status !== 201) throw new Error(`no session: ${JSON.stringify(json)}`)
    return new Caller(who, json.access_token, json.refresh_token)
  }

  call(method: string, path: string, body?: string | object, options: Ask = {}): Promise<Reply> {
    const authorization = `Bearer ${this.token}`
    return ask(method, path, body, { ...options, headers: { authorization, ...options.headers } })
  }
}

let first: Promise<Someone> | undefined

/** The first owner, made with the one-time secret as a deployment makes it. */
export function firstOwner(): Promise<Someone> {
  first ??= bootstrap()
  return first
}

async function bootstrap(): Promise<Someone> {
  const secret = 'an obviously fake one-time secret'
  const made = await ask('POST', '/gw/v1/bootstrap', { secret, name: 'Ada' })
  if (made.status !== 201) throw new Error(`no owner: ${JSON.stringify(made.json)}`)
  const { userId, keyId, totp, credential } = made.json
  const confirm = { secret, userId, otp: otp(totp.secret, -1) }
  const confirmed = await ask('POST', '/gw/v1/bootstrap/confirm', confirm)
  if (confirmed.status !== 200) throw new Error(`not confirmed: ${JSON.stringify(confirmed.json)}`)
  const { id, secret: signing } = credential
  return {
    userId,
    keyId,
    totpSecret: totp.secret,
    credential: { id, secret: signing, dialect: 'rfc9421' },
  }
}

/** Somebody with a key, made by the owner. */
export async function someone(
  owner: Caller,
  roles: readonly string[],
  key: object = {},
): Promise<Someone> {
  const { json: person } = await owner.call('POST', '/gw/v1/admin/users', { name: 'Bob', roles })
  const { userId, totp } = person
  const at = `/gw/v1/admin/users/${userId}/totp/confirm`
  await owner.call('POST', at, { otp: otp(totp.secret, -1) })
  const made = await owner.call('POST', '/gw/v1/admin/keys', {
    account: 'acct-bob',
    user: userId,
    tier: 'retail',
    dialect: 'compact',
    permissions: ['market.read', 'order.write', 'withdrawal.write'],
    ...key,
  })
  if (made.status !== 201) throw new Error(`no key: ${JSON.stringify(made.json)}`)
  const { keyId, credential } = made.json
  const { id, secret } = credential
  const dialect = 'compact'
  return { userId, keyId, totpSecret: totp.secret, credential: { id, secret, dialect } }
}
