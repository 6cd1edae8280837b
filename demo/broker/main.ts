/**
 * The demo broker: a real HTTPS server that speaks TLS 1.3 to whoever holds the gateway's client
 * certificate and to nobody else. Runs as a process of its own and ends with the one that started it.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import https from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { TLSSocket } from 'node:tls'
import { handle, type BrokerAnswer } from './api.ts'
import { Feed } from './feed.ts'
import type { JWTPayload } from 'jose'
import { assertionCheck, type Call } from './identity.ts'
import { Market, INSTRUMENTS, type Command } from './market.ts'
import { PRICE_PLACES, QUANTITY_PLACES } from './order.ts'
import { parseDecimal } from './decimal.ts'
import { journalOrders } from './journal.ts'

const TELL_MS = 1_000

export interface BrokerOptions {
  readonly port: number
  readonly key: string
  readonly certificate: string
  /** The authority whose client certificates are the gateway's. */
  readonly gatewayCa: string
  readonly journal: string
  /** The file of commands from which the market is rebuilt. */
  readonly commands: string
  readonly jwksUrl: string
  readonly issuer: string
  readonly audience: string
  /** By how much its clock is wrong, in milliseconds: a fault to be found. */
  readonly clockSkewMs: number
}

function openMarket(file: string): { market: Market; commit: (command: Command) => void } {
  const market = new Market()
  const log = fs.openSync(file, 'a')
  const text = fs.readFileSync(file, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  // A last line without its line feed was never acknowledged.
  if (whole !== text) fs.truncateSync(file, Buffer.byteLength(whole))
  const stored = whole.split('\n').slice(0, -1)
  for (const line of stored) market.apply(JSON.parse(line))
  const commit = (command: Command) => {
    fs.writeSync(log, `${JSON.stringify(command)}\n`)
    market.apply(command)
  }
  if (stored.length === 0) quote(commit)
  return { market, commit }
}

/** A market maker's first quotes, so that a newcomer's market order finds another side. */
function quote(commit: (command: Command) => void): void {
  for (const { symbol, reference } of INSTRUMENTS) {
    for (const level of [1, 2, 3]) {
      for (const side of ['buy', 'sell'] as const) {
        const away = side === 'buy' ? -level : level
        const price = Math.round((parseDecimal(reference, PRICE_PLACES) ?? 0) * (1 + away / 1000))
        const quantity = parseDecimal('1000', QUANTITY_PLACES) ?? 0
        const order = { symbol, side, type: 'limit', timeInForce: 'GTC', price, quantity } as const
        commit({
          do: 'place',
          id: `quote_${symbol}_${side}_${level}`,
          at: Date.now(),
          account: 'market-maker',
          order,
        })
      }
    }
  }
}

/** Once a second, to whoever started this. */
function tellEach(feed: Feed): void {
  setInterval(() => process.send?.(feed.next()), TELL_MS).unref()
}

/** Milliseconds since 1970 with the fraction of the high-resolution clock. */
function clockOf({ clockSkewMs }: BrokerOptions): () => number {
  return () => performance.timeOrigin + performance.now() + clockSkewMs
}

function startBroker(options: BrokerOptions): https.Server {
  const server = https.createServer(
    {
      key: options.key,
      cert: options.certificate,
      ca: options.gatewayCa,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      // Longer than the gateway keeps an idle connection, so that it never writes into one we just closed.
      keepAliveTimeout: 65_000,
    },
    broker(options),
  )
  return server.listen(options.port, '127.0.0.1')
}

function broker(options: BrokerOptions) {
  const check = assertionCheck(options)
  const clock = clockOf(options)
  const { market, commit } = openMarket(options.commands)
  tellEach(new Feed(market))
  const journal = fs.openSync(options.journal, 'a')

  /** Who the gateway says this is, or why it is not believed. */
  async function identify(call: Call, token: string | undefined) {
    try {
      return { assertion: await check(token, call) }
    } catch (error) {
      return { refused: error instanceof Error ? error.message : 'refused' }
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const receivedAt = clock()
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { 'portcullis-assertion': token, ...headers } = request.headers
    const call = {
      method: request.method ?? '',
      target: request.url ?? '',
      body: Buffer.concat(chunks),
      requestId: one(headers['x-request-id']),
    }
    const who = await identify(call, one(token))
    const commands: Command[] = []
    const answer = act(call, who.assertion, Math.floor(receivedAt), market, (command) => {
      commands.push(command)
      commit(command)
    })
    const sentAt = clock()
    const line = {
      receivedAt,
      sentAt,
      ...journalled(call),
      account: who.assertion?.sub,
      orders: journalOrders(commands, market, who.assertion?.sub ?? ''),
      ...who,
      tls: connection(request),
      headers,
      ...answer,
    }
    fs.writeSync(journal, `${JSON.stringify(line)}\n`)
    send(response, answer, receivedAt, sentAt)
  }

  return (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response).catch(() => response.destroy())
  }
}

function act(
  { method, target, body, requestId }: Call,
  who: JWTPayload | undefined,
  now: number,
  market: Market,
  commit: (command: Command) => void,
): BrokerAnswer {
  const account = who?.sub ?? (who?.['operation'] === 'market.public' ? '' : undefined)
  if (account === undefined || requestId === undefined) {
    return { status: 401, answer: { error: 'The gateway did not say who this is' } }
  }
  const [path = '', query = ''] = target.split('?')
  return handle({ method, path, query, body, account, requestId, now }, market, commit)
}

/** The journal holds what was received: it is the broker's own, behind the gateway. */
function journalled({ method, target, body, requestId }: Call): object {
  const bodySha256 = createHash('sha256').update(body).digest('hex')
  return { method, path: target, requestId, body: body.toString('utf8'), bodySha256 }
}

function send(
  response: ServerResponse,
  { status, answer }: BrokerAnswer,
  receivedAt: number,
  sentAt: number,
): void {
  const text = JSON.stringify(answer)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'broker-received-at': receivedAt.toFixed(3),
    'broker-sent-at': sentAt.toFixed(3),
  })
  response.end(text)
}

function one(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function connection({ socket }: IncomingMessage): object {
  if (!(socket instanceof TLSSocket)) return {}
  const { subject, fingerprint256 } = socket.getPeerCertificate()
  return { protocol: socket.getProtocol(), client: subject.CN, fingerprint256 }
}

process.once('message', (options: BrokerOptions) => {
  const server = startBroker(options)
  server.once('listening', () => process.send?.('listening'))
  server.once('error', (error) => process.send?.({ error: error.message }))
})
// The starter is gone, by whatever means: so are we.
process.once('disconnect', () => process.exit(0))
