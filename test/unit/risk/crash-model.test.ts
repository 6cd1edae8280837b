/**
 * An account beside a model of the broker: requests that arrive late or never, answers that are lost, memory that is
 * lost. What the account counts is never below what may trade there; and what the broker's own list does not have is free.
 */
import { expect, test } from 'vitest'
import { tell } from '../../../src/risk/feed.ts'
import type { Answered } from '../../../src/risk/order.ts'
import { Desk, ONE, order } from '../../support/account.ts'
import { anyAmount, ModelBroker, replaceOf, type Wish } from '../../support/model-broker.ts'
import { random, type Random } from '../../support/random.ts'

const HISTORIES = 600
const STEPS = 60
/** The longest that a request is on its way, in milliseconds. */
const ARRIVES_MS = 60_000
const BY = { user: 'user_feed', keyId: 'key_feed', requestId: 'feed', reason: 'told by the broker' }

class Life {
  readonly #chance: Random
  readonly #desk = new Desk({})
  readonly #broker = new ModelBroker()
  /** Answers of the broker that nobody has told the account, and what it told by itself. */
  #answers: { readonly number: number; readonly answer: Answered | 'never' }[] = []
  #executions: Answered[] = []
  #names = 0

  constructor(chance: Random) {
    this.#chance = chance
  }

  step(): string {
    const chance = this.#chance
    const acts = [
      'order',
      'order',
      'change',
      'cancel',
      'arrive',
      'arrive',
      'arrive',
      'lose',
      'answer',
    ] as const
    const others = [
      'answer',
      'forget',
      'trade',
      'trade',
      'tell',
      'crash',
      'sweep',
      'list',
      'wait',
    ] as const
    const act = chance.pick([...acts, ...others])
    this.#do(act)
    return act
  }

  #do(act: string): void {
    const desk = this.#desk
    const wish = [...this.#broker.coming][0]
    if (act === 'order') this.#send(undefined, false)
    else if (act === 'change' || act === 'cancel') this.#sendFor(act === 'cancel')
    else if (act === 'arrive' && wish !== undefined)
      this.#answers.push({ number: wish.number, answer: this.#broker.arrive(wish) })
    else if (act === 'lose' && wish !== undefined) this.#lose(wish)
    else if (act === 'answer') this.#answer()
    else if (act === 'forget') this.#answers.shift()
    else if (act === 'trade')
      this.#executions.push(...[this.#broker.trade(this.#chance) ?? []].flat())
    else if (act === 'tell') this.tell()
    else if (act === 'crash') desk.crash()
    else if (act === 'sweep') desk.account.ledger.sweep(Number.MAX_SAFE_INTEGER, desk.nowMs)
    else if (act === 'list') this.list(this.#chance.below(5_000))
    else if (act === 'wait') this.wait(this.#chance.pick([1, 1_000, 30_000, 61_000, 700_000]))
  }

  #send(target: string | undefined, isCancel: boolean): void {
    const chance = this.#chance
    this.#names += 1
    const wish = {
      price: anyAmount(chance, 200),
      quantity: anyAmount(chance, 10),
      target,
      isCancel,
      clientOrderId: chance.chance(0.5) && target === undefined ? `c-${this.#names}` : undefined,
    }
    const { price, quantity, clientOrderId } = wish
    const whole = { ...wish, number: 0, requestId: '', sentMs: this.#desk.nowMs }
    const intent =
      target === undefined
        ? order({ price, quantity, clientOrderId })
        : isCancel
          ? { action: 'cancel' as const, target: { by: 'id' as const, value: target } }
          : replaceOf(whole)
    const ask = this.#desk.ask([intent])
    const verdict = this.#desk.account.judge(ask, this.#desk.nowMs)
    if (!('passed' in verdict)) return
    this.#broker.coming.add({ ...whole, number: verdict.passed.number, requestId: ask.requestId })
  }

  #sendFor(isCancel: boolean): void {
    const ids = [...this.#broker.orders.keys()]
    if (ids.length > 0) this.#send(this.#chance.pick(ids.slice(-4)), isCancel)
  }

  /** It never arrives; now and then somebody knows. */
  #lose(wish: Wish): void {
    this.#broker.coming.delete(wish)
    if (this.#chance.chance(0.5)) this.#answers.push({ number: wish.number, answer: 'never' })
  }

  #answer(): void {
    const next = this.#answers.shift()
    if (next === undefined) return
    const { number, answer } = next
    const known = this.#chance.chance(0.2) ? undefined : answer === 'never' ? answer : [answer]
    this.#desk.account.ledger.settle(number, known, this.#desk.nowMs)
  }

  wait(ms: number): void {
    this.#desk.nowMs += ms
    for (const wish of this.#broker.coming)
      if (wish.sentMs <= this.#desk.nowMs - ARRIVES_MS) this.#broker.coming.delete(wish)
    // An answer comes while its request lasts.
    if (ms >= ARRIVES_MS) this.#answers = []
  }

  tell(): void {
    const executions = this.#executions
    this.#executions = []
    this.#say({ executions, positions: [], open: undefined })
  }

  /** The broker's own list, made some time ago: nothing was changed there since. */
  list(ageMs: number): void {
    this.tell()
    this.#say({ executions: [], positions: [], open: { orders: this.#broker.list(), ageMs } })
  }

  #say(told: Parameters<typeof tell>[2]): void {
    const { account, tables, nowMs } = this.#desk
    tell(account, tables, told, { account: 'acc_1', by: BY }, nowMs)
  }

  /** Everything at the broker is ended. */
  end(): void {
    for (const one of this.#broker.orders.values()) one.isOpen = false
  }

  get counted(): bigint {
    return this.#desk.account.ledger.book.scope('account').openValue()
  }

  get exposure(): bigint {
    return this.#broker.exposure()
  }
}

test('what is counted is never below what may trade, and the broker’s list sets the rest free', () => {
  let most = 0n
  for (let seed = 0; seed < HISTORIES; seed += 1) {
    const life = new Life(random(seed))
    const acts: string[] = []
    const expectCovered = () => {
      const { counted, exposure } = life
      if (counted < exposure)
        throw new Error(
          `${seed}: ${counted / ONE / ONE} counted of ${exposure / ONE / ONE} after ${acts.join(' ')}`,
        )
    }
    for (let step = 0; step < STEPS; step += 1) {
      acts.push(life.step())
      expectCovered()
      if (life.exposure > most) most = life.exposure
    }
    life.wait(ARRIVES_MS * 2)
    life.list(0)
    expectCovered()
    life.end()
    life.wait(ARRIVES_MS * 2)
    life.list(0)
    expect({ seed, counted: life.counted }).toEqual({ seed, counted: 0n })
  }
  // Something was there to be covered.
  expect(most).toBeGreaterThan(1_000n * ONE * ONE)
})
