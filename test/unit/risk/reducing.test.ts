/**
 * What passes as reducing, beside a venue that is as it is: answers that come late or never, fills that are told late,
 * positions that are old when they come, memory that is lost. Whatever else trades on its side, an order that passed as
 * reducing takes no position past zero.
 */
import { describe, expect, test } from 'vitest'
import { tell, type Told } from '../../../src/risk/feed.ts'
import type { Answered, Intent, Side } from '../../../src/risk/order.ts'
import { Desk, ONE, order } from '../../support/account.ts'
import { found } from '../../support/found.ts'
import { FULL } from '../../support/full.ts'
import { Venue, type Sent } from '../../support/position-venue.ts'
import { random, type Random } from '../../support/random.ts'

const LIVES = FULL ? 40_000 : 1_500
const STEPS = 80
/** The longest that a request is on its way, and that a position is beyond the age that it says, in milliseconds. */
const ARRIVES_MS = 60_000
const LAG_MS = 5_000
const BY = { user: 'user_feed', keyId: 'key_feed', requestId: 'feed', reason: 'told by the broker' }
const SYMBOL = 'BTC-USD'
const NOTHING: Told = { executions: [], positions: [], open: undefined }

interface Message {
  readonly takenMs: number
  readonly dueMs: number
  readonly lagMs: number
  readonly executions: Told['executions']
  readonly position: bigint | undefined
  readonly orders: ReturnType<Venue['list']> | undefined
}

const ACTS =
  `reduce reduce reduce reduce reduce other change cancel arrive arrive arrive lose answer answer answer silence
  trade trade trade say say say hear hear hear crash sweep wait wait wait`.split(/\s+/)

class Life {
  readonly #chance: Random
  readonly #desk = new Desk({})
  readonly #venue = new Venue()
  #answers: { readonly sent: Sent; readonly answer: Answered }[] = []
  /** One call of the feed after another. */
  #message: Message | undefined
  passed = 0
  asked = 0

  constructor(chance: Random) {
    this.#chance = chance
    this.#venue.position = BigInt(chance.below(41) - 20) * ONE
  }

  /** @throws when an order passed as reducing that may take the position past zero. */
  step(): string {
    const act = this.#chance.pick(ACTS)
    const wish = [...this.#venue.coming][0]
    if (act === 'reduce') this.#reduce()
    else if (act === 'other') this.#send(this.#any(this.#chance.pick(['buy', 'sell'])))
    else if (act === 'change' || act === 'cancel') this.#change(act === 'cancel')
    else if (act === 'arrive' && wish !== undefined)
      this.#answers.push({ sent: wish, answer: this.#venue.arrive(wish, this.#chance) })
    else if (act === 'lose' && wish !== undefined) this.#venue.coming.delete(wish)
    else if (act === 'answer') this.#answer(false)
    else if (act === 'silence') this.#answer(true)
    else if (act === 'trade') this.#venue.trade(this.#chance)
    else if (act === 'say') this.#say()
    else if (act === 'hear') this.#hear()
    else if (act === 'crash') this.#desk.crash()
    else if (act === 'sweep') this.#desk.account.ledger.sweep(1_000_000, this.#desk.nowMs)
    else if (act === 'wait')
      this.#wait(this.#chance.pick([1, 200, 1_000, 4_000, 5_000, 6_000, 20_000, 61_000, 700_000]))
    return act
  }

  #any(side: Side) {
    const quantity = (BigInt(1 + this.#chance.below(80)) * ONE) / 10n
    return order({ side, quantity })
  }

  #reduce(): void {
    const side = this.#venue.position > 0n ? 'sell' : 'buy'
    this.asked += 1
    if (!this.#send({ ...this.#any(side), reduceOnly: true })) return
    this.passed += 1
    const worst = this.#venue.worst(side)
    if (worst < 0n) throw new Error(`${side} beyond the position by ${Number(-worst) / 1e18}`)
  }

  #send(intent: Intent): boolean {
    const ask = this.#desk.ask([intent])
    const verdict = this.#desk.account.judge(ask, this.#desk.nowMs)
    if (!('passed' in verdict)) return false
    this.#venue.coming.add({
      number: verdict.passed.number,
      requestId: ask.requestId,
      sentMs: this.#desk.nowMs,
      side: 'side' in intent ? intent.side : 'buy',
      quantity: ('quantity' in intent ? intent.quantity : undefined) ?? 0n,
      target: 'target' in intent ? intent.target.value : undefined,
      action: intent.action === 'cancel_all' ? 'cancel' : intent.action,
    })
    return true
  }

  #change(isCancel: boolean): void {
    const ids = [...this.#venue.orders.keys()].slice(-4)
    if (ids.length === 0) return
    const target = { by: 'id', value: this.#chance.pick(ids) } as const
    const { quantity } = this.#any('buy')
    this.#send(isCancel ? { action: 'cancel', target } : { action: 'replace', target, quantity })
  }

  #answer(isLost: boolean): void {
    const next = this.#answers.shift()
    if (next === undefined) return
    const { sent, answer } = next
    const said = isLost ? undefined : [answer]
    this.#desk.account.ledger.settle(sent.number, said, this.#desk.nowMs)
  }

  /** The venue writes what it will tell: what it holds then has all of which it tells then, or told before. */
  #say(): void {
    if (this.#message !== undefined) return
    const chance = this.#chance
    const takenMs = this.#desk.nowMs
    const venue = this.#venue
    const tells = chance.chance(0.8)
    const executions = tells ? venue.executions : []
    if (tells) venue.executions = []
    const position = chance.chance(0.85) ? venue.position : undefined
    const orders = chance.chance(0.15) ? venue.list() : undefined
    const lagMs = chance.pick([0, 100, 4_000, LAG_MS])
    const dueMs = takenMs + lagMs + chance.pick([0, 0, 0, 3_000, 30_000])
    this.#message = { takenMs, dueMs, lagMs, executions, position, orders }
  }

  #hear(): void {
    const message = this.#message
    if (message === undefined) return
    this.#message = undefined
    this.#wait(Math.max(0, message.dueMs - this.#desk.nowMs))
    const { executions, position: quantity, orders, takenMs, lagMs } = message
    const { account, tables, nowMs } = this.#desk
    const ageMs = Math.max(0, nowMs - takenMs - lagMs)
    const positions = quantity === undefined ? [] : [{ symbol: SYMBOL, quantity, ageMs }]
    const open = orders && { orders, ageMs: nowMs - takenMs }
    const told = { executions, positions, open }
    tell(account, tables, told, { account: 'acc_1', by: BY }, nowMs)
  }

  #wait(ms: number): void {
    this.#desk.nowMs += ms
    const { nowMs } = this.#desk
    for (const sent of this.#venue.coming)
      if (sent.sentMs <= nowMs - ARRIVES_MS) this.#venue.coming.delete(sent)
    this.#answers = this.#answers.filter(({ sent }) => sent.sentMs > nowMs - ARRIVES_MS)
  }
}

// @control mission/pre-trade
test(
  'no order that passed as reducing can take a position past zero, whatever comes late or never',
  { timeout: 900_000 },
  () => {
    let [asked, passed] = [0, 0]
    for (let seed = 0; seed < LIVES; seed += 1) {
      const life = new Life(random(seed))
      const acts: string[] = []
      for (let step = 0; step < STEPS; step += 1)
        try {
          acts.push(life.step())
        } catch (error) {
          throw new Error(`life ${seed} after ${acts.join(' ')}: ${String(error)}`, {
            cause: error,
          })
        }
      asked += life.asked
      passed += life.passed
    }
    found(`${asked} orders that were to reduce: ${passed} passed, 0 could have gone past zero`)
    expect(passed).toBeGreaterThan(LIVES)
  },
)

describe('a position', () => {
  const sell = (units: bigint) => order({ side: 'sell', quantity: units * ONE, reduceOnly: true })
  const hear = (desk: Desk, told: Partial<Told>) => {
    const { account, tables, nowMs } = desk
    tell(account, tables, { ...NOTHING, ...told }, { account: 'acc_1', by: BY }, nowMs)
  }
  const held = (units: bigint, ageMs = 0) => [{ symbol: SYMBOL, quantity: units * ONE, ageMs }]

  test('is not reduced again by what an order from before it sold since', () => {
    const desk = new Desk({})
    const number = desk.pass([order({ side: 'sell', quantity: 6n * ONE })])
    desk.account.ledger.settle(number, [{ status: 'open', orderId: 'o' }], desk.nowMs)
    desk.nowMs += 10_000
    hear(desk, { positions: held(10n) })
    const filled = { orderId: 'o', status: 'filled', filled: 6n * ONE } as const
    hear(desk, { executions: [filled] })
    expect(desk.verdict([sell(5n)])).toBe('reduce_only')
    expect(desk.verdict([sell(4n)])).toBe('passed')
  })

  test('has what is told with it: it can be sold in one part after another, to the last', () => {
    const desk = new Desk({})
    hear(desk, { positions: held(9n) })
    for (const left of [6n, 3n, 0n]) {
      const number = desk.pass([sell(3n)])
      const answer = { status: 'filled', orderId: `o-${left}`, filled: 3n * ONE } as const
      desk.account.ledger.settle(number, [answer], desk.nowMs)
      hear(desk, { executions: [answer], positions: held(left) })
      desk.nowMs += 300
    }
    expect(desk.verdict([sell(1n)])).toBe('reduce_only')
  })

  test('that is older than the one that is known changes nothing', () => {
    const desk = new Desk({})
    hear(desk, { positions: held(2n) })
    hear(desk, { positions: held(9n, 1) })
    expect(desk.verdict([sell(3n)])).toBe('reduce_only')
  })

  test('is none any more once something traded of which nothing else is known', () => {
    for (const symbol of [SYMBOL, undefined]) {
      const desk = new Desk({})
      hear(desk, { positions: held(2n) })
      hear(desk, { executions: [{ orderId: 'x', status: 'filled', filled: ONE, symbol }] })
      expect(desk.verdict([sell(1n)])).toBe('reduce_only')
      desk.crash()
      expect(desk.verdict([sell(1n)])).toBe('reduce_only')
    }
  })

  test('is not reduced by an amount of money, nor beside one: how many units that is, nobody knows', () => {
    const desk = new Desk({})
    hear(desk, { positions: held(9n) })
    const money = order({ side: 'sell', quantity: undefined, quoteQuantity: ONE })
    expect(desk.verdict([{ ...money, reduceOnly: true }])).toBe('reduce_only')
    expect(desk.verdict([money, sell(1n)])).toBe('reduce_only')
    expect(desk.verdict([sell(1n)])).toBe('passed')
    desk.pass([money])
    expect(desk.verdict([sell(1n)])).toBe('reduce_only')
  })
})
