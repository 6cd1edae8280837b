/** Random requests of one account, as each adapter's clients write them: what they want, and the octets that say so. */
import policy from '../../gateway.config.ts'
import type { OrderAdapter, OrderRequest } from '../../src/risk/adapters/adapter.ts'
import type { Intent, NewOrder } from '../../src/risk/order.ts'
import { ORDER_TYPES, SIDES } from '../../src/risk/order.ts'
import { ONE } from './account.ts'
import { batchRequest, binanceCaseOf, demoCase, type Case } from './order-corpus.ts'
import { adapterOf, FULL_ORDER, symbolOf } from './orders.ts'
import type { Random } from './random.ts'

export const WAYS = ['demo', 'binance', 'batch'] as const
export type Way = (typeof WAYS)[number]

/** Orders that still may trade, as a client knows them. */
export interface Known {
  readonly id: string
  readonly clientOrderId: string | undefined
  readonly symbol: string
  readonly isOver: boolean
}

const BATCH = adapterOf({ ...FULL_ORDER, items: '', answer: { ...FULL_ORDER.answer, items: '' } })
const TINY = 10n ** 6n

/** A random amount around so many units, with up to twelve places. */
function around(chance: Random, units: number): bigint {
  const scale = 500_000 + chance.below(1_000_000)
  const fine = BigInt(chance.pick([0, 0, chance.below(1_000_000)]))
  return (BigInt(units) * ONE * BigInt(scale)) / 1_000_000n + fine * TINY + TINY
}

export const REFERENCE: Readonly<Record<string, number>> = {
  'BTC-USD': 100,
  'ETH-USD': 40,
  AAPL: 7,
}

function nearPrice(chance: Random, symbol: string): bigint {
  const scale = 900 + chance.below(200)
  return (
    (BigInt(REFERENCE[symbol] ?? 1) * ONE * BigInt(scale)) / 1_000n +
    BigInt(chance.below(1_000)) * TINY
  )
}

const TYPES: Readonly<Record<Way, readonly NewOrder['type'][]>> = {
  demo: ['limit', 'limit', 'market'],
  binance: ['limit', 'limit', ...ORDER_TYPES],
  batch: ['limit', 'limit', ...ORDER_TYPES],
}

export class Requests {
  readonly #way: Way
  readonly #chance: Random
  #names = 0
  readonly #before: NewOrder[] = []

  constructor(way: Way, chance: Random) {
    this.#way = way
    this.#chance = chance
  }

  /** What somebody wants next. */
  any(known: readonly Known[]): readonly Intent[] {
    const chance = this.#chance
    const target = known.length > 0 && chance.chance(0.25) ? chance.pick(known) : undefined
    if (target !== undefined && this.#way === 'demo') return [this.#demoChange(target)]
    if (target !== undefined && this.#way === 'binance') return [this.#binanceCancel(target)]
    if (this.#way === 'batch' && target !== undefined) return this.#changes(known)
    if (this.#way === 'demo' && chance.chance(0.02))
      return [{ action: 'cancel_all', symbol: undefined }]
    const count = this.#way === 'batch' ? 1 + chance.below(4) : 1
    return Array.from({ length: count }, () => this.#order())
  }

  #demoChange({ id }: Known): Intent {
    const target = { by: 'id', value: id } as const
    if (this.#chance.chance(0.3)) return { action: 'cancel', target, symbol: undefined }
    return this.#change(target)
  }

  #change(target: { readonly by: 'id' | 'client'; readonly value: string }): Intent {
    const chance = this.#chance
    return {
      action: 'replace',
      target,
      quantity: chance.chance(0.6) ? around(chance, 8) : undefined,
      price: chance.chance(0.6) ? nearPrice(chance, 'BTC-USD') : undefined,
      stopPrice: undefined,
      clientOrderId: undefined,
    }
  }

  #changes(known: readonly Known[]): readonly Intent[] {
    const chance = this.#chance
    return Array.from({ length: 1 + chance.below(2) }, () => {
      const { id, clientOrderId, isOver } = chance.pick(known)
      const byClient = clientOrderId !== undefined && !isOver && chance.chance(0.5)
      return this.#change(
        byClient ? { by: 'client', value: clientOrderId } : { by: 'id', value: id },
      )
    })
  }

  #binanceCancel({ id, clientOrderId, symbol, isOver }: Known): Intent {
    const byClient = clientOrderId !== undefined && !isOver && this.#chance.chance(0.5)
    const target = byClient
      ? ({ by: 'client', value: clientOrderId } as const)
      : ({ by: 'id', value: id } as const)
    return { action: 'cancel', target, symbol }
  }

  #order(): NewOrder {
    const chance = this.#chance
    const like =
      this.#before.length > 0 && chance.chance(0.3)
        ? chance.pick(this.#before.slice(-6))
        : undefined
    const { price } = like ?? {}
    // Now and then alike in all but its price.
    const other = price !== undefined && chance.chance(0.3) ? { price: price + TINY } : {}
    const order = { ...(like ?? this.#fresh()), ...other, clientOrderId: this.#name(like) }
    this.#before.push(order)
    return order
  }

  /** Now and then none, now and then one that was used just before. */
  #name(like: NewOrder | undefined): string | undefined {
    if (this.#chance.chance(0.15)) return undefined
    if (like?.clientOrderId !== undefined && this.#chance.chance(0.08)) return like.clientOrderId
    this.#names += 1
    return `c-${this.#names}`
  }

  #fresh(): NewOrder {
    const chance = this.#chance
    const type = chance.pick(TYPES[this.#way])
    const symbol = chance.pick(
      this.#way === 'binance' ? ['BTC-USD', 'ETH-USD'] : Object.keys(REFERENCE),
    )
    const byQuote = this.#way !== 'demo' && type === 'market' && chance.chance(0.4)
    return {
      action: 'new',
      symbol,
      side: chance.pick(SIDES),
      type,
      quantity: byQuote ? undefined : around(chance, 8),
      quoteQuantity: byQuote ? around(chance, 400) : undefined,
      price: type === 'limit' || type === 'stop_limit' ? nearPrice(chance, symbol) : undefined,
      stopPrice: type === 'stop' || type === 'stop_limit' ? nearPrice(chance, symbol) : undefined,
      validity: 'gtc',
      validUntilMs: undefined,
      displayQuantity: undefined,
      postOnly: false,
      reduceOnly: this.#way === 'batch' && chance.chance(0.1),
      clientOrderId: undefined,
      algorithm: undefined,
      decisionMaker: undefined,
    }
  }

  forget(): void {
    this.#before.length = 0
  }

  /** What an adapter makes of the octets in which somebody says it. @throws when it refuses them. */
  readBack(intents: readonly Intent[]): readonly Intent[] {
    const [first] = intents
    if (first === undefined) throw new Error('Nothing is wanted')
    // Changes of a list are read by no adapter of these: they are judged as they are.
    if (this.#way === 'batch')
      return first.action === 'new'
        ? this.#read(
            BATCH,
            batchRequest(
              intents.filter((one) => one.action === 'new'),
              this.#chance,
            ),
          )
        : intents
    const one = this.#case(first)
    const adapter = policy.orders.get(one.route)
    if (adapter === undefined) throw new Error(`No adapter for ${one.route}`)
    return this.#read(adapter, one.request)
  }

  #case(intent: Intent): Case {
    if (this.#way === 'demo') return demoCase(intent, this.#chance)
    if (intent.action !== 'new' && intent.action !== 'cancel') throw new Error('No such request')
    return binanceCaseOf(intent, this.#chance)
  }

  #read(adapter: OrderAdapter, request: OrderRequest): readonly Intent[] {
    const venue = this.#way === 'binance' ? 'binance' : undefined
    const names = this.#way === 'batch' ? symbolOf : (name: string) => policy.symbolOf(venue, name)
    const read = adapter.read(request, names)
    if (read.ok) return read.value
    throw new Error(JSON.stringify(read.error))
  }
}
