import { describe, expect, test } from 'vitest'
import { NEW_ORDER } from '../../support/order-body.ts'
import { VERDICT, world } from '../../support/path.ts'

const ORDER = NEW_ORDER
const READ = { method: 'GET', target: '/v1/account?x=1' }

async function codeOf(response: Response): Promise<string> {
  const body: unknown = await response.json()
  return typeof body === 'object' && body !== null && 'code' in body
    ? String(body.code)
    : `${response.status}`
}

describe('the key’s object', () => {
  test('refuses: the caller learns why, nothing is forwarded', async () => {
    const refused = {
      ...VERDICT,
      decision: {
        ok: false as const,
        error: { code: 'rate_limited' as const, retryAfterSeconds: 3, members: { limit: 'burst' } },
      },
    }
    const { send, seen } = await world({ admit: () => refused })
    const response = await send(ORDER)
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('3')
    expect(await response.json()).toMatchObject({
      code: 'rate_limited',
      limit: 'burst',
      status: 429,
    })
    expect(seen.forwarded).toEqual([])
    expect(seen.records).toMatchObject([{ decision: 'refused', code: 'rate_limited', sequence: 1 }])
  })

  // @control rts6/14 soc2/A1
  test('was reset: the same attempt is asked once more, and the order goes out once', async () => {
    const { send, seen } = await world({
      admit: (_ask, call) => {
        if (call === 1) throw new Error('reset')
        return VERDICT
      },
    })
    expect((await send(ORDER)).status).toBe(201)
    const [first, second] = seen.admissions
    expect(seen.admissions).toHaveLength(2)
    expect(first).toEqual(second)
    expect(seen.forwarded).toHaveLength(1)
  })

  test('is overloaded: it is not asked again, and the request is refused', async () => {
    const { send, seen } = await world({
      admit: () => {
        throw Object.assign(new Error('overloaded'), { overloaded: true })
      },
    })
    expect(await codeOf(await send(ORDER))).toBe('guard_unavailable')
    expect(seen.admissions).toHaveLength(1)
    expect(seen.forwarded).toEqual([])
  })

  test.each<[string, () => undefined]>([
    [
      'is down',
      () => {
        throw new Error('down')
      },
    ],
    ['holds no key', () => undefined],
  ])('%s: nothing is forwarded', async (_what, admit) => {
    const { send, seen } = await world({ admit })
    const response = await send(ORDER)
    expect(await codeOf(response)).toBe('guard_unavailable')
    expect(response.headers.get('retry-after')).toBe('1')
    expect(seen.forwarded).toEqual([])
  })
})

test('a fault of ours after the origin acted is recorded under its number, and the outcome is unknown', async () => {
  const { send, seen } = await world({
    origin: () =>
      Object.create(Response.prototype, {
        status: { value: 200 },
        headers: {
          get() {
            throw new Error('a fault')
          },
        },
      }),
  })
  const response = await send(ORDER)
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ code: 'internal', outcome: 'unknown' })
  expect(seen.records).toMatchObject([{ code: 'internal', sequence: 1, outcome: 'unknown' }])
})

// @control owasp/API10
test.each([0, 101, 199, 600, 999])(
  'an origin that answers %i has said nothing: the outcome is unknown',
  async (status) => {
    const { send, seen } = await world({
      origin: () =>
        Object.create(Response.prototype, {
          status: { value: status },
          headers: { value: new Headers() },
          body: { value: null },
        }),
    })
    const response = await send(ORDER)
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ code: 'origin_unreachable', outcome: 'unknown' })
    expect(seen.forwarded).toHaveLength(1)
  },
)

test.each([204, 205, 304])('an answer %i with a body is passed on without', async (status) => {
  const { send } = await world({
    origin: () =>
      Object.create(Response.prototype, {
        status: { value: status },
        headers: { value: new Headers({ etag: '"1"' }) },
        body: { value: new Response('x').body },
      }),
  })
  const response = await send(ORDER)
  expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([
    status,
    '"1"',
    '',
  ])
})

describe('the origin', () => {
  test.each([
    [ORDER, 'origin_unreachable', 'unknown'],
    [READ, 'origin_unreachable', undefined],
  ])(
    'cannot be reached: one try, and an order’s outcome is unknown',
    async (request, code, outcome) => {
      const { send, seen } = await world({
        origin: () => {
          throw new Error('connection lost')
        },
      })
      const response = await send(request)
      expect(response.status).toBe(502)
      const body: unknown = await response.json()
      expect(body).toMatchObject({ code })
      expect(body).toEqual(
        outcome === undefined
          ? expect.not.objectContaining({ outcome: 'unknown' })
          : expect.objectContaining({ outcome }),
      )
      expect(seen.forwarded).toHaveLength(1)
      expect(seen.records.at(-1)?.outcome).toBe(outcome)
    },
  )

  test('does not answer in time: the order is not sent again, and its outcome is unknown', async () => {
    const never = () => new Promise<Response>(() => undefined)
    const { send, seen } = await world({ origin: never, timeoutMs: 20 })
    const response = await send(ORDER)
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ code: 'origin_timeout', outcome: 'unknown' })
    expect(seen.forwarded).toHaveLength(1)
  })

  test('is not asked at all when too little time is left', async () => {
    const { send, seen, clock } = await world({
      admit: () => {
        clock.nowMs += 12_500
        return VERDICT
      },
    })
    expect(await codeOf(await send(ORDER))).toBe('guard_unavailable')
    expect(seen.forwarded).toEqual([])
  })

  test('answers an error: the caller gets it as it is', async () => {
    const { send } = await world({
      origin: () =>
        Response.json({ error: 'no' }, { status: 422, headers: { 'set-cookie': 'a=b' } }),
    })
    const response = await send(ORDER)
    expect(response.status).toBe(422)
    expect(response.headers.has('set-cookie')).toBe(false)
    expect(await response.json()).toEqual({ error: 'no' })
  })
})
