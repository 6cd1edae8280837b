/** A person of the demo at the gateway's own API: signs for a session, shows one-time passwords, uses the token. */
import { generateSync } from 'otplib'
import http from 'node:http'
import { sign, type SigningCredential } from '../../../src/client/sign.ts'

const STEP_SECONDS = 30

export interface Reply {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  // oxlint-disable-next-line typescript/no-explicit-any -- what it is, each test says by reading it
  readonly json: any
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>
  /** The address to come from, in 127.0.0.0/8. */
  readonly from?: string | undefined
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 })

/** One HTTP call, with what was answered as JSON where it is JSON. */
export function ask(
  base: string,
  method: string,
  path: string,
  body?: string | object,
  { headers = {}, from }: Ask = {},
): Promise<Reply> {
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  const type = typeof body === 'object' ? { 'content-type': 'application/json' } : {}
  const url = new URL(base)
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        agent,
        host: url.hostname,
        port: url.port,
        method,
        path,
        headers: {
          ...type,
          ...(text === undefined ? {} : { 'content-length': Buffer.byteLength(text) }),
          ...headers,
        },
        ...(from === undefined ? {} : { localAddress: from, agent: false }),
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString('utf8')
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            json: parsed(answer),
          })
        })
      },
    )
    request.on('error', reject)
    request.end(text)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Steps that were used, by secret: each is good once. */
const used = new Map<string, number>()

/** A one-time password that was not used yet: of the step before, of now, or of the one after. */
export async function otpFor(totpSecret: string): Promise<string> {
  for (;;) {
    const now = Math.floor(Date.now() / 1000 / STEP_SECONDS)
    const step = Math.max((used.get(totpSecret) ?? 0) + 1, now)
    if (step <= now + 1) {
      used.set(totpSecret, step)
      return otpAt(totpSecret, step)
    }
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

export function otpAt(totpSecret: string, step: number): string {
  return generateSync({ secret: totpSecret, epoch: step * STEP_SECONDS })
}

export interface Tokens {
  readonly access_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly refresh_token: string
  readonly scope: string
}

/** A signed call of the gateway's own. */
export async function askSigned(
  base: string,
  credential: SigningCredential,
  method: string,
  path: string,
  body?: string | object,
  { headers = {}, from }: Ask = {},
): Promise<Reply> {
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  const request = {
    method,
    url: base + path,
    headers,
    ...(text === undefined ? {} : { body: text }),
  }
  const signature = await sign(request, credential)
  const type = text === undefined ? {} : { 'content-type': 'application/json' }
  return ask(base, method, path, text, { headers: { ...headers, ...type, ...signature }, from })
}

export class Session {
  readonly #base: string
  readonly from: string | undefined
  tokens: Tokens

  constructor(base: string, tokens: Tokens, from?: string) {
    this.#base = base
    this.tokens = tokens
    this.from = from
  }

  static async begin(
    base: string,
    credential: SigningCredential,
    totpSecret: string,
    from?: string,
  ): Promise<Session> {
    const otp = await otpFor(totpSecret)
    const reply = await askSigned(base, credential, 'POST', '/gw/v1/sessions', { otp }, { from })
    if (reply.status !== 201) throw new Error(`no session: ${JSON.stringify(reply.json)}`)
    return new Session(base, reply.json, from)
  }

  get(path: string, options: Ask = {}): Promise<Reply> {
    return this.call('GET', path, undefined, options)
  }

  call(
    method: string,
    path: string,
    body?: object,
    { headers = {}, from = this.from }: Ask = {},
  ): Promise<Reply> {
    const authorization = `Bearer ${this.tokens.access_token}`
    return ask(this.#base, method, path, body, { headers: { authorization, ...headers }, from })
  }

  async refresh(): Promise<Reply> {
    const { refresh_token } = this.tokens
    const reply = await ask(
      this.#base,
      'POST',
      '/gw/v1/sessions/refresh',
      { refresh_token },
      { from: this.from },
    )
    if (reply.status === 200) this.tokens = reply.json
    return reply
  }
}
