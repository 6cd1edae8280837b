/** Nothing that is refused reaches the broker, and strangers learn nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, Demo, elsewhere, order, type Wire } from '../support/node/demo.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

/** A change to a signed request. */
type Change = (wire: Wire) => Partial<Wire>

/** A request with everything in it that a signature covers. */
const REPLACE: Wire = {
  method: 'PUT',
  target: '/v1/orders/ord_1?x=1',
  body: '{"price":"101"}',
  headers: { 'content-type': 'application/json', 'idempotency-key': '"one"' },
}

/** The last character becomes another one. */
function nudge(text = ''): string {
  return `${text.slice(0, -1)}${text.endsWith('1') ? '2' : '1'}`
}

function header(name: string, change: (value: string) => string): [what: string, change: Change] {
  return [
    name,
    ({ headers }) => ({ headers: { ...headers, [name]: change(headers?.[name] ?? '') } }),
  ]
}

function parameter(pattern: RegExp): [what: string, change: Change] {
  const [, change] = header('signature-input', (value) => value.replace(pattern, nudge))
  return [`signature-input ${pattern.source}`, change]
}

const ANY_DIALECT: [what: string, change: Change][] = [
  ['method', () => ({ method: 'DELETE' })],
  ['path', () => ({ target: '/v1/orders/ord_2?x=1' })],
  ['operation', () => ({ target: '/v1/withdrawals?x=1', method: 'POST' })],
  ['query', () => ({ target: '/v1/orders/ord_1?x=2' })],
  ['query left out', () => ({ target: '/v1/orders/ord_1' })],
  ['body', ({ body }) => ({ body: `${String(body)} ` })],
  ['body left out', () => ({ body: '' })],
  header('host', () => 'gateway.example'),
  header('idempotency-key', () => '"two"'),
  header('pc-otp', () => '123456'),
]

const BY_DIALECT: Record<string, [what: string, change: Change][]> = {
  compact: ['pc-key', 'pc-timestamp', 'pc-nonce', 'pc-signature'].map((name) =>
    header(name, nudge),
  ),
  trade: [
    ...[
      /created=\d+/,
      /nonce="./,
      /keyid="pc1_./,
      /"@path/,
      /"@query/,
      /"content-digest/,
      /tag="p/,
    ].map(parameter),
    header('content-digest', (value) => value.replace(/:./, ':-')),
    header('signature', (value) => value.replace(/:.{2}/, ':AA')),
  ],
}

describe('nothing refused reaches the broker:', () => {
  const wire = order('refused')

  // @control mission/hmac owasp/API2
  test.each(['trade', 'compact'])('%s with any part changed', async (name) => {
    const key = demo.key(name)
    const before = demo.journal().length
    for (const [what, change] of [...ANY_DIALECT, ...(BY_DIALECT[name] ?? [])]) {
      const signed = {
        ...REPLACE,
        headers: { ...REPLACE.headers, ...(await demo.signed(key, REPLACE)) },
      }
      const sent = { ...signed, ...change(signed) }
      expect(sent, what).not.toEqual(signed)
      const { status } = await demo.send(sent, elsewhere())
      expect([400, 401, 404], what).toContain(status)
    }
    expect(demo.journal()).toHaveLength(before)
    // The same request unchanged passes all of that: what is wrong with its order is looked at after the signature.
    const { status, body } = await demo.call(key, REPLACE)
    expect([status, JSON.parse(body).code]).toEqual([422, 'invalid_body'])
  })

  // @control 15c3-5(c)(2)(iii)
  test('an unknown id and a wrong secret are answered alike', async () => {
    const key = demo.key('compact')
    const facts = async (change: Record<string, string>) => {
      const { status, headers, body } = await demo.call(key, wire, change, elsewhere())
      const { requestId: _unique, ...problem }: Record<string, unknown> = JSON.parse(body)
      const { 'x-request-id': _own, date: _date, ...rest } = headers
      return { status, problem, rest }
    }
    const wrongSecret = await facts({ 'pc-signature': 'a'.repeat(64) })
    expect(wrongSecret).toMatchObject({ status: 401, problem: { code: 'unauthorized' } })
    for (const id of [
      `${key.id.slice(0, -1)}${key.id.endsWith('a') ? 'b' : 'a'}`,
      'nobody',
      'pc1_x',
    ]) {
      expect(await facts({ 'pc-key': id })).toEqual(wrongSecret)
    }
  })

  test.each([
    ['read-only', order('no-permission'), 'permission_missing'],
    ['ip-bound', order('no-address'), 'address_not_allowed'],
    ['trade', { ...order('nowhere'), target: '/v1/nowhere' }, 'unknown_operation'],
    ['trade', { method: 'DELETE', target: '/v1/time' }, 'unknown_operation'],
  ])('%s: %j is refused as %s', async (name, sent, code) => {
    const before = demo.journal().length
    expect(codeOf(await demo.call(demo.key(name), sent))).toBe(code)
    expect(demo.journal()).toHaveLength(before)
  })

  test('a stale and an early request are told the time', async () => {
    const key = demo.key('compact')
    for (const offsetMs of [-11_000, 5_000]) {
      const nowMs = Date.now() + offsetMs
      const headers = { ...wire.headers, ...(await demo.signed(key, wire, nowMs)) }
      const answer = await demo.send({ ...wire, headers })
      const problem: { code?: string; offsetMs?: number } = JSON.parse(answer.body)
      expect(problem).toMatchObject({ code: 'timestamp_skew', windowMs: 10_000 })
      expect(Math.abs((problem.offsetMs ?? 0) - offsetMs)).toBeLessThan(2_000)
    }
  })
})
