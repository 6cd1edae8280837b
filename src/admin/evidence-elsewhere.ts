/** Where the evidence goes besides: its write-once copy, and the sinks of a SIEM. Whether it arrives, for who watches it. */
import * as v from 'valibot'
import type { CopyState } from '../audit/copy.ts'
import { ok } from '../lib/result.ts'
import { refuse } from '../refusal.ts'
import type { OutboxStatus } from '../siem/status.ts'
import { own, type Own } from './call.ts'
import { isoOf, Text, Time, Whole } from './fields.ts'

const CopyShape = v.object({
  size: Whole,
  copiedAt: v.nullable(Time),
  comparedAt: v.nullable(Time),
  compared: v.nullable(Whole),
  lacking: v.array(Text),
})

const SinkShape = v.object({
  sink: Text,
  type: Text,
  active: v.boolean(),
  problems: v.array(Text),
  delivered: Whole,
  givenUp: Whole,
  failedTries: Whole,
  nextTryAt: v.nullable(Time),
  heartbeatAt: v.nullable(Time),
  trouble: v.nullable(v.object({ why: Text, status: Whole, at: Time })),
  lagSeconds: Whole,
  shards: v.array(
    v.object({ shard: Text, after: Whole, behind: v.nullable(Whole), lagSeconds: Whole }),
  ),
  deadLetters: v.array(v.object({ uid: Text, status: Whole, at: Time })),
})

export const EVIDENCE_ELSEWHERE: readonly Own[] = [
  own(
    {
      id: 'gateway.audit.copy',
      route: 'GET /gw/v1/admin/audit/copy',
      summary:
        'What the write-once copy of the log holds, and what the last comparison found lacking',
      by: 'session',
      right: 'audit.read',
      gives: CopyShape,
    },
    async ({ ports: { evidence } }) => copyAnswer(await evidence.copy()),
  ),
  own(
    {
      id: 'gateway.audit.compare',
      route: 'POST /gw/v1/admin/audit/copy/compare',
      summary: 'Copy what is new and compare the log with its copy now, object by object',
      by: 'session',
      right: 'audit.read',
      gives: CopyShape,
    },
    async ({ ports: { evidence } }) => copyAnswer(await evidence.compareCopy()),
  ),
  own(
    {
      id: 'gateway.audit.sinks',
      route: 'GET /gw/v1/admin/audit/sinks',
      summary: 'How far each sink of a SIEM has what is in the log, and what is in its way',
      by: 'session',
      right: 'audit.read',
      gives: v.object({ items: v.array(SinkShape) }),
    },
    async ({ ports: { evidence } }) => {
      const items = (await evidence.sinks()).map(sinkAnswer)
      return ok({ body: { items } })
    },
  ),
]

function copyAnswer(state: CopyState | undefined) {
  if (state === undefined)
    return refuse('not_found', { detail: 'No copy is configured (AUDIT_COPY_URL).' })
  const { size, copiedAtMs, comparedAtMs, compared, lacking } = state
  const times = { copiedAt: isoOf(copiedAtMs), comparedAt: isoOf(comparedAtMs) }
  return ok({ body: { size, ...times, compared: compared ?? null, lacking } })
}

/** Never where it is nor what opens it: an address may name a customer, and a token is one. */
function sinkAnswer(status: OutboxStatus) {
  const { sink, type, active, problems, delivered, dead, attempt, trouble } = status
  return {
    sink,
    type,
    active,
    problems,
    delivered,
    givenUp: dead,
    failedTries: attempt,
    nextTryAt: isoOf(status.nextTryMs || undefined),
    heartbeatAt: isoOf(status.heartbeatMs || undefined),
    trouble: trouble === undefined ? null : timed(trouble),
    lagSeconds: status.lagSeconds,
    shards: status.shards.map(({ behind, ...shard }) => ({ ...shard, behind: behind ?? null })),
    deadLetters: status.deadLetters.map(timed),
  }
}

function timed<T extends { readonly atMs: number }>({ atMs, ...rest }: T) {
  return { ...rest, at: isoOf(atMs) }
}
