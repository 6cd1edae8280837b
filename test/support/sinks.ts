/** Sinks as tests see them: a target, events to send, and a mock of a sink's other end that keeps what it took. */
import { utf8 } from '../../src/lib/bytes.ts'
import { Secret } from '../../src/lib/secret.ts'
import type { Answer } from '../../src/siem/delivery.ts'
import type { ActiveSink } from '../../src/siem/outbox.ts'
import { outgoingRecord } from '../../src/siem/outgoing.ts'
import type { Encoded, Outgoing, SinkType } from '../../src/siem/sinks/sink.ts'
import { OUTCOME, PRODUCT } from './records.ts'

export const TOKEN = 'an-obviously-fake-token-canary-77'

const URLS = {
  'splunk-hec': 'https://splunk.example:8088',
  datadog: 'https://http-intake.logs.datadoghq.eu',
  'elastic-bulk': 'https://es.example:9243/logs-portcullis-default/',
  https: 'https://siem.example/in/portcullis',
} as const satisfies Record<SinkType, string>

export function sinkOf(type: SinkType): ActiveSink {
  return { id: type, type, url: new URL(URLS[type]), token: new Secret(utf8(TOKEN)) }
}

export function outgoing(count: number): readonly Outgoing[] {
  return Array.from({ length: count }, (_, index) => {
    const event = outgoingRecord(recordText(index), PRODUCT)
    if (event === undefined) throw new Error('Cannot make the event')
    return event
  })
}

/** The text of a record of the audit log, unlike any other's. */
export function recordText(index: number, atMs = OUTCOME.atMs): string {
  return JSON.stringify({ ...OUTCOME, uid: `request-${index}:outcome`, sequence: index, atMs })
}

/** Uids in a request, whatever the sink. */
export function uidsIn({ body }: Pick<Encoded, 'body'>): readonly string[] {
  return [...body.matchAll(/"metadata":\{[^}]*\}[^}]*?"uid":"([^"]+)"/g)].map(([, uid = '']) => uid)
}

/** The other end of a sink: takes everything, or answers what a test says instead. */
export class MockSink {
  readonly taken = new Map<string, number>()
  requests = 0
  largestBytes = 0
  mostEvents = 0
  /** What it answers in place of taking a request. */
  says: (
    uids: readonly string[],
    request: number,
  ) => Answer | 'timeout' | 'unreachable' | undefined = () => undefined

  async receive(request: Encoded): Promise<Answer | 'timeout' | 'unreachable'> {
    this.requests += 1
    const uids = uidsIn(request)
    this.largestBytes = Math.max(this.largestBytes, utf8(request.body).length)
    this.mostEvents = Math.max(this.mostEvents, uids.length)
    const said = this.says(uids, this.requests)
    if (said !== undefined) return said
    for (const uid of uids) this.taken.set(uid, (this.taken.get(uid) ?? 0) + 1)
    return ANSWERS.ok
  }

  /** Without the signs of life. */
  records(): readonly string[] {
    return [...this.taken.keys()].filter((uid) => !uid.startsWith('heartbeat:'))
  }
}

const answer = (status: number, body = '', retryAfter?: string): Answer => ({
  status,
  body,
  retryAfter,
})

export const ANSWERS = {
  ok: answer(200, '{"errors":false}'),
  down: answer(503),
  rejected: answer(400, '{"code":6}'),
  tooLarge: answer(413),
  busy: answer(429, '', '90'),
  unauthorized: answer(403),
}
