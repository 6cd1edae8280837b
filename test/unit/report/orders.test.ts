import { assert, integer, property, shuffledSubarray } from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AuditRecord } from '../../../src/audit/record.ts'
import { executionEvidence } from '../../../src/report/best-execution.ts'
import { annex4, rts24 } from '../../../src/report/orders.ts'
import { ORDER_FIELDS } from '../../../src/risk/order-event.ts'
import { AT_MS, orderEvent, ORIGIN, outcome } from '../../support/report-records.ts'
import { figuresOf, folded } from '../../support/report-world.ts'

const ANSWERED = outcome({ origin: ORIGIN })

describe('the order record', () => {
  test('has every field of RTS 24 beside who knows it, and fills none in', () => {
    const { tables } = folded([rts24], [orderEvent(), ANSWERED])
    const [row = {}, ...others] = tables['orders'] ?? []
    expect(others).toEqual([])
    const known = Object.keys(ORDER_FIELDS).filter((name) => row[name] !== 'unknown')
    expect(known).toEqual(['dateTime', 'sequenceNumber', 'dateOfReceipt', 'orderId', 'event'])
    for (const name of Object.keys(ORDER_FIELDS)) {
      expect(typeof row[name], name).toBe('string')
      expect(row[`${name}Source`] === 'unknown', name).toBe(row[name] === 'unknown')
    }
    expect(row).toMatchObject({
      dateTime: '2027-01-15T07:59:59.998Z',
      dateTimeSource: 'gateway',
      dateOfReceipt: '2027-01-15',
      orderId: 'o-1',
      orderIdSource: 'origin',
      symbol: 'BTC-USD',
      symbolSource: 'client',
      edgeReceipt: '2027-01-15T07:59:59.998Z',
      originReceipt: '2027-01-15T08:00:00.004250Z',
      clockLowMs: -2.5,
      clockHighMs: 3.25,
      bodyHash: 'ab'.repeat(32),
      originStatus: 'open',
      leaf: 0,
    })
  })

  test('says of a refused order which rule it was, and that it never left', () => {
    const refused = orderEvent({
      decision: 'refused',
      code: 'risk_max_order_value',
      limit: '5',
      actual: '6',
    })
    const { tables } = folded([rts24], [refused, outcome({ decision: 'refused', status: 422 })])
    expect(tables['orders']?.[0]).toMatchObject({
      code: 'risk_max_order_value',
      limit: '5',
      actual: '6',
      originReceipt: '',
      originOrderId: '',
      httpStatus: 422,
    })
  })

  test('has the orders that no account’s object ever saw', () => {
    const fields = { symbol: ['ETH-USD', 'client'] } satisfies (typeof ORDER)['fields']
    const edge = outcome({
      decision: 'refused',
      code: 'permission_missing',
      refusedOrders: [{ event: 'NEWO', fields }],
    })
    const made = folded([rts24], [edge])
    expect(made.tables['orders']).toMatchObject([
      {
        code: 'permission_missing',
        decision: 'refused',
        symbol: 'ETH-USD',
        sequenceNumber: 'unknown',
      },
    ])
    expect(figuresOf(made, 'orders')).toMatchObject({ events: 1, refused: 1 })
  })

  test('never guesses what a call came to', () => {
    const lost = {
      v: 1,
      type: 'unknown',
      uid: 'u',
      atMs: AT_MS,
      requestId: 'req-1',
      sequence: 1,
    } as const
    const [known] = folded([rts24], [orderEvent(), lost]).tables['orders'] ?? []
    expect(known).toMatchObject({ callEnded: 'unknown', httpStatus: undefined, orderId: 'unknown' })
    const none = folded([rts24], [orderEvent()])
    expect(none.tables['orders']?.[0]).toMatchObject({ callEnded: undefined })
    expect(figuresOf(none, 'orders')).toMatchObject({ 'without-end': 1 })
  })

  test('takes the broker’s word for the order that it names alone', () => {
    const two = [
      { orderId: 'o-2', clientOrderId: 'c-2', status: 'filled' as const },
      { orderId: 'o-1', clientOrderId: 'c-1', status: 'rejected' as const },
    ]
    const idOf = (orders: (typeof ORIGIN)['orders']) =>
      folded([rts24], [orderEvent(), outcome({ origin: { ...ORIGIN, orders } })]).tables[
        'orders'
      ]?.[0]?.['originOrderId']
    expect(idOf(two)).toBe('o-1')
    expect(idOf(two.slice(0, 1))).toBeUndefined()
    const unnamed = two.map(({ clientOrderId: _clientOrderId, ...one }) => one)
    expect(idOf(unnamed), 'of two without a name it is neither').toBeUndefined()
    expect(idOf(unnamed.slice(0, 1))).toBe('o-2')
  })

  test('lists order calls of which there is no order event', () => {
    const made = folded([rts24], [outcome({ requestId: 'req-9' }), orderEvent(), ANSWERED])
    expect(made.tables['calls-without-order']).toMatchObject([{ requestId: 'req-9', leaf: 0 }])
  })

  test('is the same rows whatever way its parts come to the log', () => {
    const all: AuditRecord[] = [1, 2, 3].flatMap((number) => [
      orderEvent({ number, requestId: `req-${number}` }),
      outcome({ requestId: `req-${number}`, origin: { ...ORIGIN, sentAtMs: AT_MS + number } }),
    ])
    const rowsOf = (records: readonly AuditRecord[]) =>
      (folded([rts24], records).tables['orders'] ?? [])
        .map(({ leaf: _leaf, ...row }) => JSON.stringify(row))
        .toSorted((a, b) => (a < b ? -1 : 1))
    const expected = rowsOf(all)
    assert(
      property(shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
        expect(rowsOf(shuffled)).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  test('ends with its period, and joins what came after it', () => {
    const late = outcome({ origin: ORIGIN, atMs: AT_MS + 10 })
    const period = { fromMs: AT_MS, toMs: AT_MS + 1 }
    const next = orderEvent({ atMs: AT_MS + 1, number: 2 })
    const { tables } = folded([rts24], [orderEvent(), late, next], { period })
    expect(tables['orders']).toMatchObject([{ accountNumber: 1, httpStatus: 201 }])
  })

  test('is of one account where one is asked for', () => {
    const records = ['acct', 'other'].map((account, i) => orderEvent({ account, number: i + 1 }))
    const { tables } = folded([rts24], records, { account: 'other' })
    expect(tables['orders']).toMatchObject([{ account: 'other' }])
  })
})

const ORDER = orderEvent()

test('the list of Annex IV has every item beside who knows it', () => {
  const fields = { ...ORDER.fields, buySell: ['BUYI', 'client'] } satisfies typeof ORDER.fields
  const [row] = folded([annex4], [orderEvent({ fields }), ANSWERED]).tables['orders'] ?? []
  expect(row).toMatchObject({
    actingPerson: 'usr_1',
    actingPersonSource: 'gateway',
    buySell: 'BUYI',
    buySellSource: 'client',
    client: 'unknown',
    multiplier: 'unknown',
    multiplierSource: 'unknown',
    receipt: '2027-01-15T07:59:59.998Z',
    receiptSource: 'gateway',
  })
})

test('durations are taken by one clock alone, and only where both ends are recorded', () => {
  const span = integer({ min: 0, max: 500 })
  assert(
    property(span, span, integer({ min: -10_000, max: 10_000 }), (there, at, offset) => {
      const origin = {
        ...ORIGIN,
        sentAtMs: AT_MS,
        answeredAtMs: AT_MS + 2 * there + at,
        receivedThereMs: AT_MS + there + offset,
        sentThereMs: AT_MS + there + at + offset,
      }
      const [row] =
        folded([executionEvidence], [orderEvent(), outcome({ origin })]).tables[
          'execution-evidence'
        ] ?? []
      expect(row).toMatchObject({
        gatewayMs: 2,
        roundTripMs: 2 * there + at,
        originMs: at,
        wayMs: 2 * there,
      })
    }),
  )
  const [bare] =
    folded([executionEvidence], [orderEvent(), outcome()]).tables['execution-evidence'] ?? []
  expect(bare).toMatchObject({
    roundTripMs: undefined,
    originMs: undefined,
    referencePrice: undefined,
  })
})
