/** Records of orders and changes as a test wants them. */
import type { ChangeRecord, OrderEventRecord, OutcomeRecord } from '../../src/audit/record.ts'
import { OUTCOME } from './records.ts'

export const AT_MS = 1_800_000_000_000

export function orderEvent(more: Partial<OrderEventRecord> = {}): OrderEventRecord {
  return {
    v: 1,
    type: 'order_event',
    uid: `${more.account ?? 'acct'}:order:${more.number ?? 1}`,
    atMs: AT_MS,
    requestId: 'req-1',
    keyId: 'key_1',
    user: 'usr_1',
    account: 'acct',
    number: 1,
    event: 'NEWO',
    decision: 'accepted',
    fields: { symbol: ['BTC-USD', 'client'], clientOrderId: ['c-1', 'client'] },
    receivedAtMs: AT_MS - 2,
    bodyHash: 'ab'.repeat(32),
    limitsRevision: 3,
    ...more,
  }
}

export function outcome(more: Partial<OutcomeRecord> = {}): OutcomeRecord {
  const { origin: _none, ...ended } = OUTCOME
  return { ...ended, requestId: 'req-1', atMs: AT_MS, receivedAtMs: AT_MS - 2, ...more }
}

export const ORIGIN: NonNullable<OutcomeRecord['origin']> = {
  sentAtMs: AT_MS + 1,
  answeredAtMs: AT_MS + 9,
  receivedThereMs: AT_MS + 4.25,
  sentThereMs: AT_MS + 6.5,
  clock: { lowMs: -2.5, highMs: 3.25, samples: 7 },
  orders: [{ orderId: 'o-1', clientOrderId: 'c-1', status: 'open', filled: '0' }],
}

export function riskChange(
  what: string,
  after: object | undefined,
  more: Partial<ChangeRecord> = {},
): ChangeRecord {
  return {
    v: 1,
    type: 'change',
    uid: `change:${what}:${more.version ?? 1}`,
    atMs: AT_MS,
    subject: { type: 'account', id: 'acct' },
    version: 1,
    what,
    ...(after === undefined ? {} : { after: JSON.stringify(after) }),
    ...more,
  }
}
