/** An unmodified ccxt client, only its base URL changed, against the demo. */
import { binance } from 'ccxt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Demo } from '../support/node/demo.ts'
import { tally } from '../support/node/tally.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

/** Puts the gateway in place of every base URL, whatever the shape of the table. */
function rebase<T>(urls: T, base: string): T
function rebase(urls: unknown, base: string): unknown {
  if (typeof urls === 'string') return urls.replace(/^https?:\/\/[^/]+/, base)
  if (typeof urls !== 'object' || urls === null) return urls
  return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, rebase(url, base)]))
}

function client(options: object = {}, name = 'trade-binance') {
  const { id, secret } = demo.key(name)
  const exchange = new binance({ apiKey: id, secret, ...options })
  exchange.urls['api'] = rebase(exchange.urls['api'], demo.file.gateway)
  return exchange
}

/** One market by hand, so that a client asks for nothing but what a test calls. */
const MARKETS = {
  'BTC/USDT': {
    id: 'BTCUSDT',
    symbol: 'BTC/USDT',
    base: 'BTC',
    quote: 'USDT',
    baseId: 'BTC',
    quoteId: 'USDT',
    type: 'spot',
    spot: true,
    active: true,
    precision: { amount: 0.00000001, price: 0.01 },
    limits: {},
    info: {},
  },
}

/** The classes that an error belongs to, nearest first. */
async function raised(call: Promise<unknown>): Promise<string[]> {
  try {
    await call
    return []
  } catch (error) {
    const names: string[] = []
    for (
      let type: unknown = Object.getPrototypeOf(error);
      typeof type === 'object' && type !== null;
      type = Object.getPrototypeOf(type)
    ) {
      names.push(type.constructor.name)
    }
    return names
  }
}

test('balance, order and cancellation, from a client as it comes', async () => {
  const exchange = client()
  const balance = await exchange.fetchBalance()
  expect(balance['USDT']).toMatchObject({ free: 1_000_000 })
  const order = await exchange.createOrder('BTC/USDT', 'limit', 'buy', 0.01, 49_000)
  expect(order).toMatchObject({
    symbol: 'BTC/USDT',
    status: 'open',
    side: 'buy',
    price: 49_000,
    amount: 0.01,
  })
  expect(await exchange.fetchOpenOrders('BTC/USDT')).toHaveLength(1)
  const cancelled = await exchange.cancelOrder(order.id ?? '', 'BTC/USDT')
  expect(cancelled).toMatchObject({ id: order.id, status: 'canceled' })
  expect(await exchange.fetchOpenOrders('BTC/USDT')).toEqual([])

  const { account, id } = demo.key('trade-binance')
  const lines = demo.journal().filter(({ path }) => path.startsWith('/api/v3/order'))
  expect(tally(lines.map(({ method }) => method))).toMatchObject({ POST: 1, DELETE: 1 })
  for (const line of lines) {
    expect(line.assertion).toMatchObject({ sub: account, credential: id })
    expect(JSON.stringify(line)).not.toContain('signature')
    expect(line.headers).not.toHaveProperty('x-mbx-apikey')
  }
})

test('its clock is set by the gateway', async () => {
  expect(Math.abs(((await client().fetchTime()) ?? 0) - Date.now())).toBeLessThan(2_000)
})

describe('errors raise the class that a program acts on rightly', () => {
  const RETRIED = 'OperationFailed'

  test('a wrong secret', async () => {
    const call = client({ secret: 'wrong', markets: MARKETS }).fetchBalance()
    const names = await raised(call)
    expect(names).toContain('AuthenticationError')
    expect(names).not.toContain(RETRIED)
  })

  test('an unknown key', async () => {
    expect(await raised(client({ apiKey: 'nobody', markets: MARKETS }).fetchBalance())).toContain(
      'AuthenticationError',
    )
  })

  test('a clock 60 s behind', async () => {
    const exchange = client({ markets: MARKETS })
    exchange.nonce = () => Date.now() - 60_000
    exchange.milliseconds = () => Date.now() - 60_000
    expect(await raised(exchange.fetchBalance())).toContain('InvalidNonce')
  })

  test('a limit', async () => {
    const exchange = client({ markets: MARKETS, enableRateLimit: false })
    const results = await Promise.all(
      Array.from({ length: 30 }, () => raised(exchange.fetchBalance())),
    )
    const limited = results.filter((names) => names.length > 0)
    expect(limited.length).toBeGreaterThan(0)
    for (const names of limited)
      expect(names.some((name) => name === 'DDoSProtection' || name === 'RateLimitExceeded')).toBe(
        true,
      )
  })

  test('a key that may only read', async () => {
    const exchange = client({}, 'read-only-binance')
    expect(await raised(exchange.fetchBalance())).toEqual([])
    const names = await raised(exchange.createOrder('BTC/USDT', 'limit', 'buy', 0.01, 49_000))
    expect(names).toContain('AuthenticationError')
    expect(names).not.toContain(RETRIED)
  })

  test('an operation that nothing names', async () => {
    const names = await raised(client({ markets: MARKETS }).withdraw('BTC', 1, 'address'))
    expect(names).toContain('ExchangeError')
    expect(names).not.toContain(RETRIED)
  })
})

test('parallel reads that carry one signature are all served', async () => {
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  const exchange = client({ markets: MARKETS, enableRateLimit: false })
  const now = Date.now()
  exchange.nonce = () => now
  const balances = await Promise.all(Array.from({ length: 5 }, () => exchange.fetchBalance()))
  expect(balances).toHaveLength(5)
})

test('the venue’s own limit headers, beside ours', async () => {
  const exchange = client({ markets: MARKETS })
  await exchange.fetchBalance()
  const headers = exchange.last_response_headers ?? {}
  expect(headers['Ratelimit-Policy']).toBe('"burst";q=10;w=1, "day";q=100000;w=86400')
  expect(headers['X-Mbx-Used-Weight-1s']).toMatch(/^([1-9]|10)$/)
  expect(Number(headers['X-Mbx-Used-Weight-1d'])).toBeGreaterThan(10)
})
