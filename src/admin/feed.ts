/**
 * What the broker tells by itself: prices, executions, positions, what is open. Signed by a key that may do nothing else,
 * that is bound to a client certificate, and that came with it.
 */
import * as v from 'valibot'
import { FEED_PERMISSION } from '../access/permission.ts'
import { readDecimal, readPositive } from '../lib/decimal.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { ownWithBody, provenanceOf, type Call, type Own } from './call.ts'
import { Id } from './fields.ts'

const MOST = 1_000
const Symbols = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/))
const Reference = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,128}$/))
const Age = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3_600_000)), 0)
const Price = v.pipe(
  v.string(),
  v.check((text) => readPositive(text) !== undefined, 'must be a decimal above 0'),
)
const Amount = v.pipe(
  v.string(),
  v.check((text) => readDecimal(text) !== undefined, 'must be a decimal'),
  v.transform((text) => readDecimal(text) ?? 0n),
)

const Told = v.strictObject({
  orderId: v.optional(Reference),
  clientOrderId: v.optional(Reference),
  filled: v.optional(Amount),
})
/** What came through the gateway has the id of its request (`X-Request-Id`). */
const Open = v.strictObject({ ...Told.entries, requestId: v.optional(Reference) })
const Execution = v.strictObject({
  ...Told.entries,
  status: v.picklist(['open', 'filled', 'cancelled', 'rejected']),
  symbol: v.optional(Symbols),
  price: v.optional(Amount),
})

async function feeding(call: Call): Promise<Result<void, Refusal>> {
  const { grant } = call.actor
  if (!grant.permissions.includes(FEED_PERMISSION))
    return refuse('permission_missing', { members: { required: [FEED_PERMISSION] } })
  const view = await call.ports.describeKey(grant.keyId)
  // The key's object has compared the certificate, if there is one to compare with.
  return view?.key.certificate === undefined ? refuse('client_certificate_required') : ok(undefined)
}

export const FEED: readonly Own[] = [
  ownWithBody(
    {
      id: 'gateway.feed.prices',
      route: 'POST /gw/v1/feed/prices',
      summary:
        'What the market last paid, and how long ago; prices of what is no instrument are ignored',
      by: 'signature',
      budget: 'feed',
      takes: v.strictObject({
        prices: v.pipe(
          v.array(v.strictObject({ symbol: Symbols, price: Price, ageMs: Age })),
          v.maxLength(MOST),
        ),
      }),
      gives: v.object({ taken: v.number(), ignored: v.array(v.string()) }),
    },
    async (call, { prices }) => {
      const may = await feeding(call)
      if (!may.ok) return may
      const { instruments } = call.ports.policy
      const known = prices.filter(({ symbol }) => instruments.has(symbol))
      const others = prices.filter(({ symbol }) => !instruments.has(symbol))
      if (known.length > 0) await call.ports.risk.tellPrices(known)
      const ignored = [...new Set(others.map(({ symbol }) => symbol))]
      return ok({ body: { taken: known.length, ignored } })
    },
  ),
  ownWithBody(
    {
      id: 'gateway.feed.account',
      route: 'POST /gw/v1/feed/accounts/{id}',
      summary:
        'Executions and positions of an account; with `open`, every order that is open at the broker',
      by: 'signature',
      budget: 'feed',
      takes: v.strictObject({
        executions: v.optional(v.pipe(v.array(Execution), v.maxLength(MOST)), []),
        positions: v.optional(
          v.pipe(
            v.array(v.strictObject({ symbol: Symbols, quantity: Amount, ageMs: Age })),
            v.maxLength(MOST),
          ),
          [],
        ),
        open: v.optional(
          v.strictObject({ orders: v.pipe(v.array(Open), v.maxLength(MOST * 10)), ageMs: Age }),
        ),
      }),
      gives: v.object({ account: Id }),
    },
    async (call, { executions, positions, open }) => {
      const may = await feeding(call)
      if (!may.ok) return may
      const account = call.params['id'] ?? ''
      const told = {
        executions,
        positions,
        open: open && {
          ageMs: open.ageMs,
          orders: open.orders.map((order) => ({ ...order, status: 'open' as const })),
        },
      }
      await call.ports.risk.tell(account, told, provenanceOf(call, 'told by the broker'))
      return ok({ body: { account } })
    },
  ),
]
