/** What traded counts in its day and in positions, however the broker's words of it are ordered. */
import { describe, expect, test } from 'vitest'
import type { Answered } from '../../../src/risk/order.ts'
import { Desk, ONE, order } from '../../support/account.ts'
import { random, type Random } from '../../support/random.ts'

const target = { by: 'id', value: 'ord' } as const
const tenth = ONE / 10n

/** In whole units of the currency. */
function day(desk: Desk): number {
  return Number(desk.account.ledger.book.scope('account').dailyValue(desk.nowMs) / ONE) / 1e18
}

function open(desk: Desk): number {
  return Number(desk.account.ledger.book.scope('account').openValue() / ONE) / 1e18
}

function rest(desk: Desk, price = 200n): void {
  const number = desk.pass([order({ price: price * ONE })])
  desk.account.ledger.settle(number, [{ status: 'open', orderId: 'ord' }], desk.nowMs)
}

function change(desk: Desk, price: bigint, answer: Omit<Answered, 'status'>, quantity = ONE) {
  const number = desk.pass([{ action: 'replace', target, quantity, price: price * ONE }])
  const said = { status: 'open', orderId: 'ord', ...answer } as const
  desk.account.ledger.settle(number, [said], desk.nowMs)
}

describe('an order that is filled up again', () => {
  // @control mission/pre-trade
  test('counts in its day what it traded, and what it may', () => {
    const desk = new Desk({ maxDailyValue: '1500' })
    rest(desk)
    const days: number[] = []
    for (let fills = 1n; fills <= 6n; fills += 1n) {
      change(desk, 200n, { filled: fills * 9n * tenth })
      days.push(day(desk))
    }
    // Of 0.1 each time nobody says on which side of the change it traded.
    expect(days).toEqual([380, 560, 760, 960, 1_160, 1_360])
    expect(desk.verdict([{ action: 'replace', target, quantity: 2n * ONE }])).toBe(
      'max_daily_value',
    )
  })

  test('counts in full from before it leaves, and after that what it traded before', () => {
    const desk = new Desk({ maxDailyValue: '399' })
    rest(desk)
    expect(desk.verdict([{ action: 'replace', target, quantity: ONE }])).toBe('max_daily_value')
    const wide = new Desk({ maxDailyValue: '400' })
    rest(wide)
    const number = wide.pass([{ action: 'replace', target, quantity: ONE }])
    expect(day(wide)).toBe(400)
    wide.account.ledger.settle(number, [{ status: 'open', filled: tenth }], wide.nowMs)
    expect(day(wide)).toBe(220)
  })

  test('counts the same whether the feed tells before, between or after, and in full until somebody does', () => {
    const says = (desk: Desk) =>
      desk.account.ledger.told({ orderId: 'ord', status: 'open', filled: 9n * tenth }, desk.nowMs)
    const before = new Desk({})
    rest(before)
    says(before)
    change(before, 200n, { filled: 9n * tenth })
    expect(day(before)).toBe(380)
    const between = new Desk({})
    rest(between)
    const number = between.pass([{ action: 'replace', target, quantity: ONE }])
    says(between)
    expect(day(between)).toBe(400)
    between.account.ledger.settle(number, [{ status: 'open', filled: 9n * tenth }], between.nowMs)
    expect(day(between)).toBe(380)
    const after = new Desk({})
    rest(after)
    change(after, 200n, {})
    expect(day(after)).toBe(400)
    after.crash()
    says(after)
    expect(day(after)).toBe(400)
  })

  test('what the feed tells first after a change corrects it', () => {
    const desk = new Desk({})
    rest(desk)
    change(desk, 200n, {})
    desk.account.ledger.told({ orderId: 'ord', status: 'open', filled: 9n * tenth }, desk.nowMs)
    expect(day(desk)).toBe(380)
    expect(open(desk)).toBe(200)
  })

  test('what may have traded at the new price as well as at the old counts at the higher one', () => {
    const desk = new Desk({})
    rest(desk, 1n)
    // It is changed to a price at which it trades at once, and back: 0.9 at 1000, four times.
    for (let fills = 1n; fills <= 4n; fills += 1n) {
      change(desk, 1_000n, { filled: fills * 9n * tenth })
      change(desk, 1n, { filled: fills * 9n * tenth }, 1_000n * ONE)
    }
    expect(day(desk)).toBeGreaterThanOrEqual(4 * 900 + 1_000)
  })

  test('under a new name of the broker it counts in full, for nobody says what the old one traded', () => {
    const desk = new Desk({})
    rest(desk)
    change(desk, 200n, { orderId: 'other', filled: 0n })
    expect(day(desk)).toBe(400)
  })

  test('a change that is turned away counts for nothing', () => {
    const desk = new Desk({})
    rest(desk)
    const number = desk.pass([{ action: 'replace', target, quantity: 3n * ONE }])
    desk.account.ledger.settle(number, [{ status: 'rejected' }], desk.nowMs)
    expect(day(desk)).toBe(200)
  })

  test('survives a crash between the change and what is told of it', () => {
    const desk = new Desk({})
    rest(desk)
    change(desk, 200n, {})
    desk.pass([{ action: 'cancel', target: { by: 'id', value: 'x' } }])
    desk.crash()
    desk.account.ledger.told({ orderId: 'ord', status: 'open', filled: 0n }, desk.nowMs)
    expect(day(desk)).toBe(200)
  })
})

/** One order at a broker that fills it, changes it and tells of it as it likes: what it traded, and what it may. */
class Life {
  readonly #chance: Random
  readonly #desk = new Desk({})
  #price = 0n
  #left = 0n
  #filled = 0n
  #traded = 0n

  constructor(chance: Random) {
    this.#chance = chance
    this.#take()
    const number = this.#desk.pass([order({ price: this.#price * ONE, quantity: this.#left })])
    this.#answer(number)
  }

  /** What the day has beyond what it must have. */
  get beyond(): number {
    return day(this.#desk) - Number(this.#traded + this.#left * this.#price) / 1e18
  }

  step(): void {
    if (this.#chance.chance(0.4)) this.#tell()
    if (this.#chance.chance(0.5)) this.#trade()
    else this.#change()
  }

  #take(): void {
    this.#price = this.#chance.pick([1n, 10n, 1_000n])
    this.#left = BigInt(1 + this.#chance.below(40)) * tenth
  }

  #change(): void {
    const standing = [this.#price, this.#left] as const
    this.#take()
    const [price, quantity] = [this.#price, this.#left]
    const number = this.#desk.pass([{ action: 'replace', target, quantity, price: price * ONE }])
    ;[this.#price, this.#left] = standing
    if (this.#chance.chance(0.3)) this.#trade()
    ;[this.#price, this.#left] = [price, quantity]
    if (this.#chance.chance(0.4)) this.#trade()
    if (this.#chance.chance(0.3)) this.#tell()
    this.#answer(number)
  }

  /** It is not traded to the end: that would be another order. */
  #trade(): void {
    const units = (this.#left * BigInt(this.#chance.below(10))) / 10n
    this.#left -= units
    this.#filled += units
    this.#traded += units * this.#price
  }

  #answer(number: number): void {
    const filled = this.#chance.chance(0.7) ? this.#filled : undefined
    const answer = { status: 'open', orderId: 'ord', filled } as const
    this.#desk.account.ledger.settle(number, [answer], this.#desk.nowMs)
  }

  #tell(): void {
    const told = { orderId: 'ord', status: 'open', filled: this.#filled } as const
    this.#desk.account.ledger.told(told, this.#desk.nowMs)
  }
}

// @control mission/pre-trade
test('no order comes to more than its day has, however it is filled, changed and told of', () => {
  for (let seed = 0; seed < 3_000; seed += 1) {
    const life = new Life(random(seed))
    for (let step = 0; step < 20; step += 1) {
      life.step()
      if (life.beyond < -1e-6) throw new Error(`life ${seed}: ${-life.beyond} too little`)
    }
  }
})

describe('a position', () => {
  test('has what the order before a change sold beside what the change may sell', () => {
    const desk = new Desk({ reduceOnly: true })
    const sell = (units: bigint) => order({ side: 'sell', quantity: units * ONE })
    desk.hold(10n * ONE)
    const number = desk.pass([sell(5n)])
    desk.account.ledger.settle(number, [{ status: 'open', orderId: 'ord' }], desk.nowMs)
    desk.nowMs += 6_000
    desk.hold(10n * ONE)
    change(desk, 100n, { filled: 4n * ONE }, 5n * ONE)
    expect(desk.verdict([sell(5n)])).toBe('reduce_only')
  })

  test.each([
    ['an id that nobody knew before', undefined],
    ['a new id, under which the broker counts on', 'old'],
  ])('is not reduced by what an order sold before a change, after which it has %s', (_name, id) => {
    const desk = new Desk({ reduceOnly: true })
    const sell = (as = {}) => order({ side: 'sell', quantity: 5n * ONE, ...as })
    const { ledger } = desk.account
    desk.hold(10n * ONE)
    const number = desk.pass([sell({ clientOrderId: 'mine' })])
    ledger.settle(number, [{ status: 'open', orderId: id }], desk.nowMs)
    const mine = { by: 'client', value: 'mine' } as const
    const filled = 4n * ONE
    const changed = desk.pass([{ action: 'replace', target: mine, quantity: 5n * ONE }])
    ledger.settle(changed, [{ status: 'open', orderId: 'ord', filled }], desk.nowMs)
    ledger.told({ orderId: 'ord', status: 'open', filled }, desk.nowMs)
    desk.nowMs += 6_000
    // It holds 6, and 5 are on sale.
    desk.hold(6n * ONE)
    expect(desk.verdict([sell()])).toBe('reduce_only')
    expect(desk.verdict([sell({ quantity: ONE })])).toBe('passed')
  })
})
