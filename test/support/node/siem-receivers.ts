/**
 * Mocks of the other ends of the four sinks, over plain HTTP on this machine: what Splunk, Datadog, Elasticsearch and an
 * endpoint of one's own document, as far as we use it. None of them is the real thing.
 */
import { createHmac } from 'node:crypto'
import http from 'node:http'
import zlib from 'node:zlib'
import policy from '../../../gateway.config.ts'
import type { SinkType } from '../../../src/siem/sinks/sink.ts'
import { freePorts } from './ports.ts'

const TOKEN = 'an-obviously-fake-token-of-a-mock-77'

/** How an outage looks from outside. `lost`: it keeps what it got, and nobody hears of it. */
export type Mood = 'up' | 'refusing' | 'lost' | 'partly'

type Event = Readonly<Record<string, unknown>>

interface Spoken {
  readonly path: RegExp
  readonly eventsOf: (body: string) => readonly Event[]
  readonly proves: (headers: http.IncomingHttpHeaders, body: string) => boolean
}

const lines = (body: string): readonly Event[] =>
  body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

const SPOKEN: Readonly<Record<SinkType, Spoken>> = {
  'splunk-hec': {
    path: /^\/services\/collector\/event$/,
    eventsOf: (body) => lines(body).flatMap(({ event }) => own(event)),
    proves: ({ authorization }) => authorization === `Splunk ${TOKEN}`,
  },
  datadog: {
    path: /^\/api\/v2\/logs$/,
    eventsOf: (body) => {
      const logs: Event[] = JSON.parse(body)
      return logs.flatMap(({ ocsf }) => own(ocsf))
    },
    proves: (headers) => headers['dd-api-key'] === TOKEN,
  },
  'elastic-bulk': {
    path: /^\/logs-portcullis-default\/_bulk\?/,
    eventsOf: (body) => lines(body).flatMap(({ ocsf }) => own(ocsf)),
    proves: ({ authorization }) => authorization === `ApiKey ${TOKEN}`,
  },
  https: {
    path: /^\/in$/,
    eventsOf: lines,
    proves: (headers, body) => {
      const [, t = '', v1 = ''] =
        /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['portcullis-signature'])) ?? []
      return createHmac('sha256', TOKEN).update(`${t}.${body}`).digest('hex') === v1
    },
  },
}

function own(value: unknown): readonly Event[] {
  return typeof value === 'object' && value !== null
    ? [Object.fromEntries(Object.entries(value))]
    : []
}

export function uidOf(event: Event): string {
  const { metadata } = event
  return String(Object(metadata).uid)
}

export class MockReceiver {
  readonly id: string
  readonly #type: SinkType
  readonly #spoken: Spoken
  mood: Mood = 'up'
  /** Every text under which a uid came, and how often it came. */
  readonly taken = new Map<string, { readonly texts: Set<string>; times: number }>()
  /** What the real one would never have understood. */
  readonly wrong: string[] = []
  turnedAway = 0

  constructor(id: string, type: SinkType) {
    this.id = id
    this.#type = type
    this.#spoken = SPOKEN[type]
  }

  /** Records, without the signs of life. */
  uids(): ReadonlySet<string> {
    return new Set([...this.taken.keys()].filter((uid) => !uid.startsWith('heartbeat:')))
  }

  /** The events, each once. */
  events(): readonly Event[] {
    return [...this.taken.values()].flatMap(({ texts }) => [...texts].map((one) => JSON.parse(one)))
  }

  readonly serve: http.RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = zlib.gunzipSync(Buffer.concat(chunks)).toString('utf8')
      const { path, proves, eventsOf } = this.#spoken
      if (!path.test(request.url ?? '')) this.wrong.push(`path ${request.url}`)
      if (!proves(request.headers, body)) this.wrong.push('credential')
      this.#answer(eventsOf(body), response)
    })
  }

  #answer(events: readonly Event[], response: http.ServerResponse): void {
    if (this.mood !== 'up') this.turnedAway += 1
    if (this.mood === 'refusing') {
      response.writeHead(503).end()
      return
    }
    const items = events.map((event, index) => {
      if (this.mood === 'partly' && index % 2 === 1) return { create: { status: 429 } }
      return { create: { status: this.#take(event) } }
    })
    if (this.mood === 'lost') {
      response.destroy()
      return
    }
    const errors = items.some(({ create: { status } }) => status !== 201)
    response
      .writeHead(200)
      .end(JSON.stringify(this.#type === 'elastic-bulk' ? { errors, items } : { code: 0 }))
  }

  #take(event: Event): number {
    const known = this.taken.get(uidOf(event))
    if (known === undefined) {
      this.taken.set(uidOf(event), { texts: new Set([JSON.stringify(event)]), times: 1 })
      return 201
    }
    known.texts.add(JSON.stringify(event))
    known.times += 1
    return 409
  }
}

export interface Receivers {
  readonly all: readonly MockReceiver[]
  /** What a deployment sets to push to them. */
  readonly settings: Readonly<Record<string, string>>
  close(): void
}

const PATHS: Readonly<Record<SinkType, string>> = {
  'splunk-hec': '',
  datadog: '',
  'elastic-bulk': '/logs-portcullis-default',
  https: '/in',
}

/** One for each sink that the policy names. */
export async function openReceivers(): Promise<Receivers> {
  const ports = await freePorts(policy.sinks.length)
  const settings: Record<string, string> = {}
  const opened = await Promise.all(
    policy.sinks.map(async ({ id, type, url, token }, i) => {
      const receiver = new MockReceiver(id, type)
      const server = http.createServer(receiver.serve)
      await new Promise<void>((resolve) => server.listen(ports[i], '127.0.0.1', resolve))
      settings[url] = `http://127.0.0.1:${ports[i]}${PATHS[type]}`
      settings[token] = TOKEN
      return { receiver, server }
    }),
  )
  return {
    all: opened.map(({ receiver }) => receiver),
    settings,
    close() {
      for (const { server } of opened) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
}
