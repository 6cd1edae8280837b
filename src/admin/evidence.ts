/** The audit log as those see it who may read it: checkpoints, raw objects, opened records, proofs; holds and shredding. */
import * as v from 'valibot'
import { ok } from '../lib/result.ts'
import { refuse } from '../refusal.ts'
import { toBase64 } from '../lib/bytes.ts'
import { own, ownWithBody, provenanceOf, type Own } from './call.ts'
import { Id, isoOf, Line, Text, Time, Whole } from './fields.ts'
import type { Query } from './parameters.ts'

/** Objects of the log in one answer, and records. */
const MOST_OBJECTS = 32
const MOST_RECORDS = 256

const Index = v.pipe(
  v.string(),
  v.regex(/^(?:0|[1-9][0-9]{0,14})$/, 'must be a whole number from 0'),
)
const ObjectName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9./]{1,128}$/, 'must be the name of an object of the log'),
)

const RecordsQuery: Query = v.strictObject({ from: v.optional(Index), limit: v.optional(Index) })
const ExportQuery: Query = v.strictObject({
  after: v.optional(ObjectName),
  limit: v.optional(Index),
})

const HoldShape = v.object({ id: Text, subject: Text, reason: Text, by: Text, at: Time })

const noCheckpoint = refuse('not_found', { detail: 'The log is empty: nothing was recorded yet.' })

/** What a page may hold: as many as were asked for, and no more than there is room for. */
function atMost(limit: string | undefined, most: number): number {
  return Math.min(Number(limit ?? most) || most, most)
}

export const EVIDENCE: readonly Own[] = [
  own(
    {
      id: 'gateway.audit.checkpoint',
      route: 'GET /gw/v1/admin/audit/checkpoint',
      summary: 'The newest checkpoint of the audit log, and the keys that sign it',
      by: 'session',
      right: 'audit.read',
      gives: v.object({ origin: Text, checkpoint: Text, vkeys: v.array(Text), size: Whole }),
    },
    async ({ ports: { evidence } }) => {
      const head = await evidence.head()
      if (head === undefined) return noCheckpoint
      const { origin, vkeys } = evidence
      return ok({ body: { origin, checkpoint: head.text, vkeys, size: head.size } })
    },
  ),
  own(
    {
      id: 'gateway.audit.export',
      route: 'GET /gw/v1/admin/audit/export',
      summary: 'The log as it is published, object by object (C2SP tlog-tiles)',
      by: 'session',
      right: 'audit.read',
      query: ExportQuery,
      gives: v.object({
        items: v.array(v.object({ name: Text, data: Text })),
        next: v.optional(Text),
      }),
    },
    async ({ query, ports: { evidence } }) => {
      const most = atMost(query['limit'], MOST_OBJECTS)
      const { names, next } = await evidence.list(query['after'] ?? '', most)
      const items = await Promise.all(
        names.map(async (name) => ({
          name,
          data: toBase64((await evidence.read(name)) ?? new Uint8Array()),
        })),
      )
      return ok({ body: { items, ...(next === undefined ? {} : { next }) } })
    },
  ),
  own(
    {
      id: 'gateway.audit.records',
      route: 'GET /gw/v1/admin/audit/records',
      summary: 'Records by their place in the log, each with its leaf and its salt',
      by: 'session',
      right: 'audit.read',
      query: RecordsQuery,
      gives: v.object({
        items: v.array(
          v.object({
            index: Whole,
            leaf: Text,
            salt: v.optional(Text),
            record: v.optional(Text),
            shredded: v.optional(v.boolean()),
          }),
        ),
        next: v.optional(Whole),
      }),
    },
    async ({ query, ports: { evidence } }) => {
      const most = atMost(query['limit'], MOST_RECORDS)
      const from = Number(query['from'] ?? 0)
      const { items, size } = await evidence.records(from, most)
      const next = from + items.length
      return ok({ body: { items, ...(items.length > 0 && next < size ? { next } : {}) } })
    },
  ),
  own(
    {
      id: 'gateway.audit.proof',
      route: 'GET /gw/v1/admin/audit/proof/{index}',
      summary: 'A proof that an entry is in the log, to be checked without it (C2SP tlog-proof)',
      by: 'session',
      right: 'audit.read',
      gives: v.object({ proof: Text }),
    },
    async ({ params, ports: { evidence } }) => {
      const index = v.safeParse(Index, params['index'])
      const proof = index.success ? await evidence.proof(Number(index.output)) : undefined
      return proof === undefined
        ? refuse('not_found', { detail: 'The log has no such entry.' })
        : ok({ body: { proof } })
    },
  ),
  own(
    {
      id: 'gateway.audit.holds',
      route: 'GET /gw/v1/admin/audit/holds',
      summary: 'What is held: no record of it is destroyed, whatever is due',
      by: 'session',
      right: 'audit.read',
      gives: v.object({ items: v.array(HoldShape) }),
    },
    async ({ ports: { evidence } }) => {
      const holds = await evidence.holds()
      const items = holds.map(({ atMs, ...hold }) => ({ ...hold, at: isoOf(atMs) }))
      return ok({ body: { items } })
    },
  ),
  ownWithBody(
    {
      id: 'gateway.audit.hold',
      route: 'POST /gw/v1/admin/audit/holds',
      summary: 'Hold the records of a person, or with `*` of everybody',
      by: 'session',
      right: 'audit.hold',
      status: 201,
      takes: v.strictObject({
        subject: v.union([v.literal('*'), Id], 'must be a user’s id or "*"'),
        reason: Line,
      }),
      gives: v.object({ id: Text }),
    },
    async (call, { subject, reason }) => {
      const { ports } = call
      const by = provenanceOf(call, reason)
      const id = `hold_${call.requestId.slice(0, 20)}`
      const hold = { id, subject, reason, by: by.user, atMs: ports.nowMs() }
      await ports.evidence.hold(hold, by)
      return ok({ body: { id } })
    },
  ),
  ownWithBody(
    {
      id: 'gateway.audit.release',
      route: 'POST /gw/v1/admin/audit/holds/{id}/release',
      summary: 'End a hold: what was due before is due now',
      by: 'session',
      right: 'audit.hold',
      takes: v.strictObject({ reason: Line }),
      gives: v.object({ id: Text }),
    },
    async (call, { reason }) => {
      const id = call.params['id'] ?? ''
      const released = await call.ports.evidence.release(id, provenanceOf(call, reason))
      return released ? ok({ body: { id } }) : refuse('not_found')
    },
  ),
  ownWithBody(
    {
      id: 'gateway.audit.shred',
      route: 'POST /gw/v1/admin/audit/shred',
      summary: 'Destroy what can be read of a person in the log; the log stays whole',
      by: 'session',
      right: 'audit.shred',
      takes: v.strictObject({ user: Id, reason: Line, approver: Id, ticket: Line }),
      gives: v.object({ user: Text, keysDestroyed: Whole }),
    },
    async (call, { user, reason, approver, ticket }) => {
      if (approver === call.actor.grant.user)
        return refuse('conflict', { detail: 'Somebody else has to approve it.' })
      const by = provenanceOf(call, reason, { approver, ticket })
      const done = await call.ports.evidence.shred(user, by)
      if (done.hold !== undefined) {
        const detail = `The records are held (${done.hold}): release the hold first.`
        return refuse('conflict', { detail })
      }
      return ok({ body: { user, keysDestroyed: done.shredded } })
    },
  ),
]
