/**
 * When an unsafe request was at the origin: four stamps for its record, in which bounds the two clocks differ, and who is
 * told when they should not. Stamps are evidence: nothing about them ever refuses a request.
 */
import type { OutcomeRecord } from '../audit/record.ts'
import { readStamp } from '../clock/stamp.ts'
import { signalOf, type SignalFeatures, type SignalRuleId } from '../control/signal.ts'
import type { Fields } from '../lib/http.ts'
import type { Ports } from './ports.ts'
import type { Outbound } from './stages.ts'

export type OriginTimes = NonNullable<OutcomeRecord['origin']>

/** The origin's answer, and when its head was here. */
export interface Answered {
  readonly answer: { readonly headers: Pick<Fields, 'get'> }
  readonly atMs: number
}

/** How far the clock of a key's object may be from ours, in milliseconds. */
const OBJECT_APART_MS = 2_000

/** What is kept of an exchange with the origin; without an answer, when it left. */
export function exchanged(
  sent: Outbound,
  sentAtMs: number,
  answered: Answered | undefined,
  ports: Ports,
): OriginTimes {
  noticeObject(sent, sentAtMs, ports)
  if (answered === undefined) return { sentAtMs }
  const times = { sentAtMs, answeredAtMs: answered.atMs }
  const { clock } = ports.policy.origin
  if (clock === undefined) return times
  const { headers } = answered.answer
  const received = readStamp(headers.get(clock.received), clock.unit)
  const left = readStamp(headers.get(clock.sent), clock.unit)
  const stamped = {
    ...times,
    ...(received === undefined ? {} : { receivedThereMs: received.atUs / 1_000 }),
    ...(left === undefined ? {} : { sentThereMs: left.atUs / 1_000 }),
  }
  if (received === undefined || left === undefined) {
    tell('clock_unreadable', {}, sent, ports)
    return stamped
  }
  const exchange = { ...times, received, sent: left }
  const { bound, alarms } = ports.clocks.observe(placeOf(sent), exchange, clock)
  for (const { rule, features } of alarms) tell(rule, features, sent, ports)
  return { ...stamped, ...(bound === undefined ? {} : { clock: bound }) }
}

/** The object decided after the request came and before it left: by its own clock, which is another host's. */
function noticeObject(sent: Outbound, sentAtMs: number, ports: Ports): void {
  const decidedAtMs = sent.caller?.verdict.decidedAtMs
  if (decidedAtMs === undefined) return
  const apartMs = Math.max(sent.receivedAtMs - decidedAtMs, decidedAtMs - sentAtMs)
  if (apartMs > OBJECT_APART_MS) tell('clock_object_apart', { apartMs }, sent, ports)
}

function tell(rule: SignalRuleId, features: SignalFeatures, sent: Outbound, ports: Ports): void {
  const subject = { type: 'clock', id: placeOf(sent) } as const
  const at = new Date(ports.nowMs()).toISOString()
  ports.signal(signalOf(rule, subject, { ...features, requestId: sent.requestId }, at))
}

/** Clocks are compared within one of the edge's places. */
function placeOf({ place }: Outbound): string {
  return place.colo ?? 'unknown'
}
