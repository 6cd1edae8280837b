/**
 * The policy of the demo broker: copy it and make it yours. `defineGateway` checks all of it and names
 * every problem at once. What no operation names is refused.
 */
import { defineGateway } from './src/access/policy.ts'

/**
 * What a tier may spend. Each limit is counted three times, for orders and everything else that moves money, for
 * cancels, and for reads: a storm of orders stops nobody from cancelling one or from looking.
 */
const DAY = 86_400
const tier = (perSecond: number, perMinute: number, perDay: number) => ({
  limits: [
    { name: 'burst', limit: perSecond, windowSeconds: 1 },
    { name: 'minute', limit: perMinute, windowSeconds: 60 },
    { name: 'day', limit: perDay, windowSeconds: DAY },
  ],
})

const tiers = {
  /** Ten requests in any second and a day's quota: what a small program needs. */
  retail: {
    limits: [
      { name: 'burst', limit: 10, windowSeconds: 1 },
      { name: 'day', limit: 100_000, windowSeconds: DAY },
    ],
  },
  pro: tier(50, 2_000, 1_000_000),
  institutional: tier(200, 9_000, 5_000_000),
  /** Quotes all day: what counts is the second. */
  market_maker: tier(500, 24_000, 40_000_000),
  /** For keys that are measured, not limited. */
  unmetered: {
    limits: [
      { name: 'burst', limit: 20_000, windowSeconds: 1 },
      { name: 'day', limit: 1_000_000_000, windowSeconds: DAY },
    ],
  },
}

/** How the broker says what became of an order. */
const answer = {
  orderId: '/id',
  clientOrderId: '/clientOrderId',
  status: {
    at: '/status',
    values: {
      open: 'open',
      partially_filled: 'open',
      filled: 'filled',
      cancelled: 'cancelled',
      rejected: 'rejected',
    },
  },
  filled: '/filledQuantity',
} as const
/** The same of an order that was there before: 409 is for one that is over, and left as it was. */
const answerToChange = { ...answer, rejects: [400, 401, 403, 404, 405, 409, 413, 415, 422] }

export default defineGateway({
  origin: {
    region: 'weur',
    timeoutMs: 10_000,
    // The broker stamps each answer by its own clock, which is the business clock: docs/clocks.md.
    clock: { received: 'broker-received-at', sent: 'broker-sent-at', unit: 'ms' },
  },
  dialects: ['rfc9421', 'compact', 'binance'],
  operations: {
    // What a venue's client reads before it signs anything: open to anyone, within a limit by network.
    'market.public': {
      kind: 'read',
      public: true,
      routes: [
        'GET /api/v3/exchangeInfo',
        'GET /fapi/v1/exchangeInfo',
        'GET /dapi/v1/exchangeInfo',
      ],
    },
    'market.read': {
      kind: 'read',
      routes: ['GET /v1/time', 'GET /v1/instruments', 'GET /v1/ticker/{symbol}'],
    },
    'account.read': {
      kind: 'read',
      routes: [
        'GET /v1/account',
        'GET /v1/positions',
        'GET /v1/orders',
        'GET /v1/orders/{id}',
        'GET /v1/fills',
      ],
      venues: {
        binance: [
          'GET /api/v3/account',
          'GET /api/v3/order',
          'GET /api/v3/openOrders',
          'GET /sapi/v1/capital/config/getall',
          'GET /sapi/v1/margin/allPairs',
          'GET /sapi/v1/margin/isolated/allPairs',
        ],
      },
    },
    'order.write': {
      kind: 'order',
      routes: ['POST /v1/orders'],
      venues: { binance: ['POST /api/v3/order'] },
      // Where an order names its symbol, for keys that are bound to some. A venue's orders name theirs elsewhere:
      // such a key places none there.
      symbol: { pointer: '/symbol' },
      // How the broker reads an order. It knows no stops, and no post-only or reduce-only orders: what would say so is not
      // listed, and refuses the order, rather than promise what the broker does not do.
      order: {
        'POST /v1/orders': {
          action: 'new',
          symbol: { at: '/symbol' },
          side: { at: '/side', values: { buy: 'buy', sell: 'sell' } },
          type: { at: '/type', values: { limit: 'limit', market: 'market' } },
          quantity: { at: '/quantity' },
          price: { at: '/price' },
          validity: {
            at: '/timeInForce',
            values: { GTC: 'gtc', IOC: 'ioc', FOK: 'fok' },
            absent: 'gtc',
          },
          clientOrderId: { at: '/clientOrderId' },
          // Which algorithm, and who decided: for the record, and nothing to the broker.
          algorithm: { at: '/algorithm' },
          decisionMaker: { at: '/decisionMaker' },
          // A word of the client's to itself: the broker reads no parameter here.
          ignored: ['?note'],
          answer,
        },
        'POST /api/v3/order': { adapter: 'binance' },
      },
    },
    // Which symbol the order is for that is changed, only the broker knows: a key that is bound to some changes none.
    'order.amend': {
      kind: 'order',
      permission: 'order.write',
      routes: ['PUT /v1/orders/{id}'],
      order: {
        'PUT /v1/orders/{id}': {
          action: 'replace',
          target: { id: { at: '{id}' } },
          quantity: { at: '/quantity' },
          price: { at: '/price' },
          answer: answerToChange,
        },
      },
    },
    'order.cancel': {
      kind: 'cancel',
      routes: ['DELETE /v1/orders/{id}', 'DELETE /v1/orders'],
      venues: { binance: ['DELETE /api/v3/order'] },
      order: {
        'DELETE /v1/orders/{id}': {
          action: 'cancel',
          target: { id: { at: '{id}' } },
          answer: answerToChange,
        },
        'DELETE /v1/orders': { action: 'cancel_all', answer: { cancelled: '/cancelled' } },
        'DELETE /api/v3/order': { adapter: 'binance' },
      },
    },
    'account.write': { kind: 'account', routes: ['PUT /v1/account/settings'] },
    'withdrawal.write': {
      kind: 'withdrawal',
      routes: ['POST /v1/withdrawals'],
      // Money leaves: a second factor no older than five minutes, or a one-time password with the request.
      stepUp: { maxAgeSeconds: 300 },
    },
  },
  // What is traded, and what a venue's clients call it. Whatever is not here cannot be ordered.
  instruments: {
    'BTC-USD': { currency: 'USD', venues: { binance: 'BTCUSDT' } },
    'ETH-USD': { currency: 'USD', venues: { binance: 'ETHUSDT' } },
    AAPL: { currency: 'USD', isin: 'US0378331005', mic: 'XNAS' },
  },
  // What keys of people in a role may do at the broker. Staff do nothing there; what they may do to the gateway is
  // fixed (src/access/role.ts).
  roles: {
    client: {
      permissions: [
        'market.public',
        'market.read',
        'account.read',
        'order.write',
        'order.cancel',
        'account.write',
        'withdrawal.write',
      ],
    },
    // The broker itself, which tells prices and executions, is a key of a person in this role.
    support: { permissions: ['origin.feed'] },
    owner: { secondFactor: { writeSeconds: 300 } },
    security: { secondFactor: { writeSeconds: 300 } },
    risk: { secondFactor: { writeSeconds: 300 } },
  },
  session: { idleSeconds: 3_600, maxSeconds: 43_200, signingKeyDays: 30 },
  keys: { maxAgeDays: 365, warnDays: 30 },
  // What holds for orders before they leave. The numbers are the demo's: no regulation names any. What the risk desk
  // sets at run time takes their place, with reason, approver and end where it raises one. A collar (collarPercent) would
  // go here, too: then no order passes while there is no current price of its symbol.
  risk: {
    accounts: {
      maxQuantity: '10000',
      maxOrderValue: '10000000',
      maxOpenValue: '100000000000',
      maxDailyValue: '1000000000000',
    },
    firm: { firm: { maxOpenValue: '1000000000000' } },
    // A price that is older is none; then only what a buyer's limit bounds passes, and what reduces a known position.
    reference: { maxAgeSeconds: 15, stale: 'reduce_only' },
  },
  // Failed authentications within a minute, of a client's network and of one id from it. Keys cannot be guessed: this
  // bounds noise and cost, and a customer's mistake should not meet it at once.
  lockout: { network: 60, credential: 20 },
  // Records pushed to a SIEM, beside what Logpush ships: one of each kind. A sink whose variable and secret are not set is
  // left alone.
  sinks: [
    { id: 'splunk', type: 'splunk-hec', url: 'SPLUNK_HEC_URL', token: 'SPLUNK_HEC_TOKEN' },
    { id: 'datadog', type: 'datadog', url: 'DATADOG_URL', token: 'DATADOG_API_KEY' },
    { id: 'elastic', type: 'elastic-bulk', url: 'ELASTIC_URL', token: 'ELASTIC_API_KEY' },
    { id: 'https', type: 'https', url: 'SIEM_HTTPS_URL', token: 'SIEM_HTTPS_KEY' },
  ],
  tiers,
})
