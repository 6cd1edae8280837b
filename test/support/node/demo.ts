/** Starts what `npm start` starts, on free ports and a state folder of its own, and speaks to it over sockets. */
import { spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { factsOf } from '../../../demo/metered/line.ts'
import { sign, type RequestToSign } from '../../../src/client/sign.ts'
import { Canaries } from './canaries.ts'
import { freePorts } from './ports.ts'

/** A thousand extra keys are not made in seconds. */
const START_MS = 170_000
const ROOT = path.resolve(import.meta.dirname, '../../..')

export interface DemoKey {
  readonly name: string
  readonly id: string
  readonly keyId: string
  readonly dialect: 'compact' | 'rfc9421'
  readonly alg: 'hmac-sha256' | 'ed25519' | 'ecdsa-p256-sha256'
  readonly secret: string
  readonly account: string
  readonly user: string
}

export interface DemoUser {
  readonly id: string
  readonly roles: readonly string[]
  readonly totpSecret: string
  readonly credential: string
}

export interface DemoFile {
  readonly gateway: string
  readonly gatewayTls: string
  readonly ca: string
  readonly runtimePid: number
  readonly audit: { readonly origin: string; readonly publicKey: string }
  readonly broker: { readonly url: string; readonly ca: string; readonly journal: string }
  readonly keys: readonly DemoKey[]
  readonly users: readonly DemoUser[]
  readonly edgeToken: string
  /** Calls per binding and class since the start, rewritten each second. */
  readonly counters: string
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export interface JournalLine {
  readonly receivedAt: number
  readonly method: string
  readonly path: string
  readonly status: number
  readonly requestId: string
  readonly refused?: string
  readonly assertion?: Readonly<Record<string, unknown>>
  readonly tls: { readonly protocol: string; readonly client: string }
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly bodySha256: string
}

export interface Wire extends Omit<RequestToSign, 'url'> {
  readonly target: string
}

export class Demo {
  readonly state = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-'))
  #ports: readonly number[] = []
  #process: ChildProcess | undefined
  #last: DemoFile | undefined
  #agent = new http.Agent({ keepAlive: true, maxSockets: 2_000 })
  /** I7: in every request of every test, and nowhere afterwards. */
  readonly canaries = new Canaries()
  /** Everything the demo printed, in order. */
  output = ''
  /** More of the starter's environment, from its next start on. */
  settings: Readonly<Record<string, string>>

  constructor(settings: Readonly<Record<string, string>> = {}) {
    this.settings = settings
  }

  /** What says where it runs. */
  get environment(): Record<string, string> {
    const [PORT = '', TLS_PORT = '', BROKER_PORT = ''] = this.#ports.map(String)
    return { PORT, TLS_PORT, BROKER_PORT, PORTCULLIS_STATE: this.state }
  }

  /** The starter's process. */
  get pid(): number {
    return this.#process?.pid ?? Number.NaN
  }

  /** Starts it and answers when `demo.json` is there. */
  async start(...words: readonly string[]): Promise<void> {
    if (this.#ports.length === 0) this.#ports = await freePorts(3)
    const child = spawn(process.execPath, ['demo/start.ts', ...words], {
      cwd: ROOT,
      env: { ...process.env, ...this.settings, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => (this.output += String(chunk)))
    }
    this.#process = child
    await this.until(() => {
      if (child.exitCode !== null) throw new Error(`The demo ended: ${this.output}`)
      return fs.existsSync(this.path('demo.json'))
    }, START_MS)
  }

  /** What a deploy does: new code, objects reset, storage kept. Answers when the new code serves. */
  async reload(): Promise<void> {
    const { runtimePid } = this.file
    process.kill(this.pid, 'SIGUSR2')
    await this.until(() => this.file.runtimePid !== runtimePid)
  }

  /** Ctrl-C, then the folder goes. */
  async stop(): Promise<void> {
    await this.end('SIGINT')
    this.#agent.destroy()
    const found = this.canaries.found(this.output, this.path('state'))
    fs.rmSync(this.state, { recursive: true, force: true })
    if (found.length > 0) throw new Error(`What was sent in secret was kept: ${found.join('; ')}`)
  }

  /** Ends the starter; with SIGKILL nothing of it can clean up. */
  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
    if (signal === 'SIGKILL') fs.rmSync(this.path('demo.json'), { force: true })
  }

  path(name: string): string {
    return path.join(this.state, name)
  }

  /** What `demo.json` says, or said last: a client does not forget an address because the gateway is down. */
  get file(): DemoFile {
    const name = this.path('demo.json')
    if (fs.existsSync(name)) this.#last = JSON.parse(fs.readFileSync(name, 'utf8'))
    if (this.#last === undefined) throw new Error('The demo was never up')
    return this.#last
  }

  key(name: string): DemoKey {
    const key = this.file.keys.find((known) => known.name === name)
    if (key === undefined) throw new Error(`No key ${name}`)
    return key
  }

  /** A person of the demo, by what follows `user-` in their id. */
  user(name: string): DemoUser {
    const user = this.file.users.find(({ id }) => id === `user-${name}`)
    if (user === undefined) throw new Error(`No user ${name}`)
    return user
  }

  journal(): readonly JournalLine[] {
    const lines = fs.readFileSync(this.file.broker.journal, 'utf8').split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line))
  }

  /** The facts of the lines that are events, of all that was printed. */
  records(): readonly Readonly<Record<string, unknown>>[] {
    return this.output
      .split('\n')
      .map(factsOf)
      .filter((facts) => facts !== undefined)
  }

  /** Waits for something that is about to be true, rather than for a time. */
  async until(condition: () => boolean, timeoutMs = 30_000): Promise<void> {
    const deadline = Date.now() + timeoutMs
    while (!condition()) {
      if (Date.now() > deadline)
        throw new Error(
          `Waited ${timeoutMs} ms in vain. Printed so far: ${this.output.slice(-2_000)}`,
        )
      await sleep(20)
    }
  }

  /** The headers that sign a request with one of the demo's keys. */
  signed(
    key: DemoKey,
    { target, ...request }: Wire,
    nowMs = Date.now(),
  ): Promise<Record<string, string>> {
    return sign({ ...request, url: this.file.gateway + target }, key, { nowMs })
  }

  /** Signs and sends. */
  async call(
    key: DemoKey,
    wire: Wire,
    change: Readonly<Record<string, string>> = {},
    options: https.RequestOptions = {},
  ): Promise<Answer> {
    const headers = { ...wire.headers, ...(await this.signed(key, wire)), ...change }
    return this.send({ ...wire, headers }, options)
  }

  /**
   * Sends as it is, over plain HTTP or TLS. A GET whose kept socket the other side had just closed is sent once more,
   * over one of its own: had the gateway heard it, its nonce would tell.
   */
  send(wire: Wire, options: https.RequestOptions & { tls?: boolean } = {}): Promise<Answer> {
    const sent = this.#sendOnce(wire, options)
    if (wire.method !== 'GET' || Object.hasOwn(options, 'agent')) return sent
    return sent.catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ECONNRESET')) throw error
      return this.#sendOnce(wire, { ...options, agent: false })
    })
  }

  #sendOnce(
    { target, method, headers = {}, body = '' }: Wire,
    options: https.RequestOptions & { tls?: boolean },
  ): Promise<Answer> {
    const { tls = false, ...rest } = options
    const url = new URL(tls ? this.file.gatewayTls : this.file.gateway)
    const bytes = Buffer.from(body)
    const sent = {
      host: url.hostname,
      port: url.port,
      path: target,
      method,
      headers: this.canaries.plant({ ...headers, 'content-length': bytes.length }),
      ...rest,
    }
    this.canaries.remember(target, headers, body)
    return new Promise((resolve, reject) => {
      const request = tls
        ? https.request({ ca: fs.readFileSync(this.file.ca), ...sent })
        : http.request({ agent: this.#agent, ...sent })
      request.once('error', reject)
      request.once('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.once('error', reject)
        response.once('end', () => {
          const status = response.statusCode ?? 0
          const text = Buffer.concat(chunks).toString('utf8')
          this.canaries.answered(status, text)
          resolve({ status, headers: response.headers, body: text })
        })
      })
      request.end(bytes)
    })
  }
}

let networks = 0

/** An address in a network from which nobody has called yet: whoever fails often is locked by where it was. */
export function elsewhere(): { localAddress: string } {
  networks += 1
  return { localAddress: `127.${100 + Math.floor(networks / 250)}.${networks % 250}.1` }
}

/** An order that rests: nobody sells at this price. */
export function order(clientOrderId: string): Wire {
  const body = JSON.stringify({
    symbol: 'BTC-USD',
    side: 'buy',
    type: 'limit',
    quantity: '0.01',
    price: '100',
    clientOrderId,
  })
  return {
    method: 'POST',
    target: '/v1/orders',
    body,
    headers: { 'content-type': 'application/json' },
  }
}

export function codeOf({ body, status }: Answer): string {
  try {
    const { code }: { code?: unknown } = JSON.parse(body)
    return typeof code === 'string' || typeof code === 'number' ? String(code) : String(status)
  } catch {
    return String(status)
  }
}
