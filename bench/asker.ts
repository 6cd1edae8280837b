/** Asks a contender, and learns from the origin behind it what came through. */
import fs from 'node:fs'
import https from 'node:https'
import { sign } from '../src/client/sign.ts'
import { bearerRequest } from './bearer.ts'
import { drive, type Answered } from './client.ts'
import type { World } from './contender.ts'
import { onTheWire, signedRequest, type BenchKey } from './keys.ts'

/** One contender's socket, and the origin behind it. Each expectation throws when it is not met. */
export class Asker {
  readonly #id: string
  readonly #port: number
  readonly #world: World

  constructor(id: string, port: number, world: World) {
    this.#id = id
    this.#port = port
    this.#world = world
  }

  error(what: string): Error {
    return new Error(`${this.#id} does not do its job: it ${what}`)
  }

  key(name: string): BenchKey {
    const key = this.#world.keys.find((one) => one.name === name)
    if (key === undefined) throw new Error(`There is no key ${name}`)
    return key
  }

  plain(): Buffer {
    return onTheWire('GET', '/v1/account', this.#port, {}, '')
  }

  signed(call: 'read' | 'order', key = 'hot'): Promise<Buffer> {
    return signedRequest(this.key(key), call, this.#port)
  }

  async signedAt(nowMs: number): Promise<Buffer> {
    const { id, secret } = this.key('hot')
    const url = `http://127.0.0.1:${this.#port}/v1/account`
    const headers = await sign(
      { method: 'GET', url },
      { id, dialect: 'compact', secret },
      { nowMs },
    )
    return onTheWire('GET', '/v1/account', this.#port, headers, '')
  }

  bearer(key = 'hot', nowMs = Date.now()): Buffer {
    return bearerRequest(this.key(key), this.#port, nowMs)
  }

  async admits(what: string, request: Buffer, expected = 200): Promise<string> {
    const { status, reached } = await this.#ask(request)
    if (status !== expected || reached !== 1) {
      throw this.error(`answers ${what} with ${status}, and ${reached} requests reach the origin`)
    }
    return `${what} reaches the origin`
  }

  async refuses(what: string, request: Buffer): Promise<string> {
    const { status, reached } = await this.#ask(request)
    if (status !== 401 || reached !== 0) {
      throw this.error(`answers ${what} with ${status}, and ${reached} requests reach the origin`)
    }
    return `${what} is refused`
  }

  async reaches(request: Buffer): Promise<boolean> {
    return (await this.#ask(request)).reached > 0
  }

  /** How many of these, sent at once, are admitted. All others must be told of a limit. */
  async limits(requests: readonly Buffer[]): Promise<number> {
    const { statuses } = await drive(this.#port, requests.length, requests)
    const admitted = statuses.get(200) ?? 0
    if (admitted + (statuses.get(429) ?? 0) !== requests.length) {
      throw this.error(`answers a burst with ${described(statuses)}`)
    }
    return admitted
  }

  async #ask(request: Buffer): Promise<{ status: number; reached: number }> {
    const before = await reachedOrigin(this.#world)
    const { statuses } = await drive(this.#port, 1, [request])
    const [status = 0] = statuses.keys()
    return { status, reached: (await reachedOrigin(this.#world)) - before }
  }
}

function described(statuses: Answered['statuses']): string {
  return [...statuses].map(([status, count]) => `${count} times ${status}`).join(', ')
}

/** How many requests the origin has answered so far. */
function reachedOrigin({ originPort, pki }: World): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = https.request(
      {
        port: originPort,
        host: '127.0.0.1',
        servername: 'localhost',
        method: 'OPTIONS',
        ca: fs.readFileSync(pki.serverCa),
        key: fs.readFileSync(pki.gateway.key),
        cert: fs.readFileSync(pki.gateway.certificate),
        agent: false,
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve(Number(text)))
      },
    )
    request.on('error', reject).end()
  })
}
