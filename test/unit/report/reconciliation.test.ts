/** What a reconciliation takes for missing, for extra, for resolved, and for none of these. */
import { array, assert, integer, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  call,
  compared,
  found,
  line,
  MINUTE,
  NOTHING,
  ORDER,
  UNKNOWN,
} from '../../support/reconciled.ts'
import { AT_MS, orderEvent, outcome } from '../../support/report-records.ts'
import { figuresOf } from '../../support/report-world.ts'

describe('a journal that agrees with the log', () => {
  test('has nothing that is missing, extra or altered, in whatever order it is', () => {
    assert(
      property(array(integer({ min: 0, max: 9 }), { maxLength: 20 }), (order) => {
        const ids = Array.from({ length: 10 }, (_, at) => `r-${at}`)
        const lines = ids.map((id) => line(id))
        for (const [at, to] of order.entries()) {
          const [one, other] = [lines[at % 10], lines[to]]
          if (one === undefined || other === undefined) continue
          lines[to] = one
          lines[at % 10] = other
        }
        const made = compared(
          ids.flatMap((id) => call(id)),
          lines,
        )
        expect(found(made)).toEqual(NOTHING)
        expect(figuresOf(made, 'reconciliation')).toMatchObject({
          forwarded: 10,
          alike: 10,
          extra: 0,
        })
      }),
    )
  })

  test('may tell less, more digits, and go on with what was open', () => {
    const bare = {
      text: `{"receivedAt":"2027-01-15T08:00:00Z","method":"POST","path":"/v1/orders","requestId":"r-1"}`,
    }
    const later = line('r-2', { orders: [{ ...ORDER, price: '100', status: 'filled' }], mine: [1] })
    const made = compared([...call('r-1'), ...call('r-2')], [bare, later])
    expect(found(made)).toEqual(NOTHING)
    expect(figuresOf(made, 'reconciliation')).toMatchObject({ alike: 2, 'bodies-not-compared': 1 })
  })

  test('has requests of other kinds, which are none of this report’s business', () => {
    const search = outcome({
      requestId: 'r-9',
      kind: 'read',
      route: 'POST /v1/search',
      admitted: undefined,
    })
    const own = outcome({ requestId: 'r-8', route: 'POST /gw/v1/sessions', kind: 'account' })
    const lines = [
      line('r-7', { method: 'GET', path: '/v1/time' }),
      line('r-9', { path: '/v1/search' }),
    ]
    const made = compared([search, own], lines)
    expect(found(made)).toEqual(NOTHING)
    expect(figuresOf(made, 'reconciliation')).toMatchObject({ lines: 2, reads: 1, forwarded: 0 })
  })
})

describe('missing is', () => {
  // @control rts6/17-journal
  test('what was answered and is not in the journal, with its order', () => {
    const made = compared([...call('r-1'), ...call('r-2')], [line('r-2')])
    expect(found(made)).toEqual({ ...NOTHING, missing: ['r-1'] })
    expect(made.tables['missing']).toMatchObject([
      { leaf: 0, status: 201, symbol: 'BTC-USD', quantity: '0.5', orderId: 'o-1', account: 'acct' },
    ])
  })

  test('not what nobody knew the end of: it is known now that it never arrived', () => {
    const [event = orderEvent()] = call('r-2')
    const made = compared([...call('r-1', UNKNOWN), event], [])
    expect(found(made)).toEqual({
      ...NOTHING,
      unknown: ['r-1: it never arrived', 'r-2: it never arrived'],
    })
    expect(figuresOf(made, 'reconciliation')).toMatchObject({ 'never-arrived': 2, missing: 0 })
  })

  test('not what the gateway refused, before or after its account judged it', () => {
    const judged = orderEvent({ requestId: 'r-1', decision: 'refused', route: 'POST /v1/orders' })
    const ended = outcome({ requestId: 'r-1', decision: 'refused', status: 422 })
    const strange = outcome({
      requestId: 'r-2',
      decision: 'refused',
      status: 401,
      sequence: undefined,
    })
    expect(found(compared([judged, ended, strange], []))).toEqual(NOTHING)
  })
})

describe('extra is', () => {
  // @control rts6/17-journal
  test('what no call of the log has, what was refused, and the same once more', () => {
    const refused = outcome({ requestId: 'r-2', decision: 'refused', status: 403 })
    const lines = [line('r-1'), line('r-3'), line(null), line('r-2'), line('r-1')]
    const made = compared([...call('r-1'), refused], lines)
    expect(found(made)).toEqual({
      ...NOTHING,
      extra: [
        '5: the same request id once more',
        '4: the gateway did not forward it',
        '2: no unsafe call of the log has this request id',
        '3: it has no request id',
      ],
    })
    expect(figuresOf(made, 'reconciliation')).toMatchObject({ extra: 4, twice: 1 })
  })

  test('not what left, whatever was made of its answer', () => {
    const made = compared(call('r-1', { decision: 'refused', status: 503 }), [line('r-1')])
    expect(found(made)).toMatchObject({
      extra: [],
      unknown: [expect.stringContaining('it arrived')],
    })
  })

  test('not an unknown outcome that arrived after all: it is resolved', () => {
    const made = compared(call('r-1', UNKNOWN), [line('r-1')])
    expect(found(made)).toEqual({ ...NOTHING, unknown: ['r-1: it arrived, and was answered 201'] })
    expect(figuresOf(made, 'reconciliation')).toMatchObject({ arrived: 1, alike: 1 })
  })
})

describe('at an end of the period', () => {
  const at = (minutes: number) => AT_MS + minutes * MINUTE
  const period = { fromMs: at(0), toMs: at(10) }
  const sent = (id: string, minutes: number) => call(id, { atMs: at(minutes) })
  const got = (id: string, minutes: number) => line(id, { receivedAt: at(minutes) })

  test('what one side alone has is not judged, and inside it is', () => {
    const records = [...sent('r-1', 0.5), ...sent('r-2', 5), ...sent('r-3', 9.5)]
    const lines = [got('r-4', 0.5), got('r-5', 5), got('r-6', 9.5)]
    expect(found(compared(records, lines, { period }))).toEqual({
      ...NOTHING,
      missing: ['r-2'],
      extra: ['2: no unsafe call of the log has this request id'],
      'not-judged': 4,
    })
  })

  test('what is beyond it is matched and not judged', () => {
    const records = [...sent('r-1', -1), ...sent('r-2', 0.1), ...sent('r-3', 11)]
    const lines = [got('r-2', -0.1), got('r-3', 9.9), got('r-4', -2), got('r-5', 12)]
    const made = compared(records, lines, { period })
    expect(found(made)).toEqual(NOTHING)
    expect(figuresOf(made, 'reconciliation')).toMatchObject({ forwarded: 1, others: 2 })
  })

  test('what is altered is told there, too', () => {
    const made = compared(sent('r-1', 0.1), [line('r-1', { status: 500 })], { period })
    expect(found(made).altered).toEqual(['r-1 HTTP status'])
  })

  test('the log’s own is taken where none was asked for: a journal that ends early hides nothing', () => {
    const records = [...sent('r-1', 0), ...sent('r-2', 5), ...sent('r-3', 20)]
    const made = compared(records, [got('r-1', 0)], {
      period: { fromMs: undefined, toMs: undefined },
    })
    expect(found(made)).toEqual({ ...NOTHING, missing: ['r-2'], 'not-judged': 1 })
  })
})

describe('of one account', () => {
  test('only its own calls and lines are judged, and lines that name none', () => {
    const records = [...call('r-1'), ...call('r-2').map((one) => ({ ...one, account: 'else' }))]
    const lines = [line('r-1'), line('r-3', { account: 'else' }), line('r-4', { account: null })]
    const made = compared(records, lines, { account: 'acct' })
    expect(found(made)).toEqual({
      ...NOTHING,
      extra: ['3: no unsafe call of the log has this request id'],
    })
  })
})

describe('a line that cannot be read', () => {
  test.each<[string, string]>([
    ['not JSON', ''],
    ['not JSON', '{"receivedAt":'],
    ['a member name twice', '{"method":"POST","method":"GET"}'],
    ['receivedAt: is missing; method: is missing; path: is missing', '{}'],
    ['status: ', JSON.stringify({ receivedAt: 5, method: 'POST', path: '/', status: '201' })],
    [
      'orders.0.price: an amount is a decimal in a text: "0.01"',
      JSON.stringify({ receivedAt: 5, method: 'POST', path: '/', orders: [{ price: '1e5' }] }),
    ],
    [
      'receivedAt: a time is in milliseconds since 1970, or as RFC 3339 writes it',
      JSON.stringify({ receivedAt: 'today', method: 'POST', path: '/' }),
    ],
    ['line: is not Object', '"text"'],
  ])('is told with its place: %s', (why, text) => {
    const made = compared([], [line('r-1', { method: 'GET' }), { text }])
    expect(made.tables['unreadable']).toMatchObject([
      { file: 'j', line: 2, why: expect.stringContaining(why) },
    ])
    expect(figuresOf(made, 'reconciliation')).toMatchObject({ lines: 2, unreadable: 1 })
  })

  test('is told though the reader could not even make it a text', () => {
    const made = compared([], [{ problem: 'the line is not UTF-8' }])
    expect(made.tables['unreadable']).toMatchObject([{ why: 'the line is not UTF-8' }])
    expect(made.tables['journals']).toMatchObject([
      { file: 'j', octets: 7, sha256: 'ff', lines: 1, unreadable: 1, first: undefined },
    ])
  })
})
