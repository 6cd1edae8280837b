/** One account's random life: each order is judged by the gateway's rules and by the calculator, and both have to agree. */
import { readDecimal } from '../../src/lib/decimal.ts'
import { grantFor, NO_GRANT } from '../../src/risk/firm.ts'
import type { RiskAsk, RiskVerdict } from '../../src/risk/account-port.ts'
import type { Intent } from '../../src/risk/order.ts'
import { Desk } from './account.ts'
import { calculate, nameOf, type No } from './risk-calculator.ts'
import { Answers } from './risk-answers.ts'
import { History, type Fact } from './risk-history.ts'
import type { Instrument } from './risk-worth.ts'
import { anyLimits } from './risk-limits.ts'
import { PRICE_MAX_AGE_MS, RiskRules } from './risk-rules.ts'
import { REFERENCE, Requests, type Known, type Way } from './risk-orders.ts'
import type { Random } from './random.ts'

export const INSTRUMENTS: ReadonlyMap<string, Instrument> = new Map([
  ['BTC-USD', { multiplier: '1', marginBasisPoints: 500 }],
  ['ETH-USD', { multiplier: '0.1', marginBasisPoints: 0 }],
  ['AAPL', { multiplier: '2.5', marginBasisPoints: 33 }],
])
const KEYS = ['key_1', 'key_2']
const POSITION_MAX_AGE_MS = 60_000
const STEPS_MS = [0, 0, 1, 20, 900, 1_000, 4_000, 30_000, 59_000]
const RARE_STEPS_MS = [
  61_000, 599_000, 600_000, 900_000, 3_700_000, 43_200_000, 86_400_000, 90_000_000,
]

interface Waiting {
  readonly number: number
  readonly atMs: number
  readonly intents: readonly Intent[]
}

export class RiskWorld {
  readonly #chance: Random
  readonly #requests: Requests
  readonly #answers: Answers
  readonly #desk: Desk
  readonly #facts: Fact[] = []
  readonly #rules: RiskRules
  readonly #waiting: Waiting[] = []
  readonly #latched = new Set<string>()
  readonly #overrides: { readonly name: string; readonly untilMs: number; isUsed: boolean }[] = []
  /** What was let through by two persons is asked for again. */
  #again: readonly Intent[] | undefined
  #question = 1

  constructor(way: Way, chance: Random) {
    this.#chance = chance
    this.#requests = new Requests(way, chance)
    this.#answers = new Answers(chance)
    const account = anyLimits(chance)
    const terms = (symbol: string) => {
      const known = INSTRUMENTS.get(symbol)
      return known && { ...known, multiplier: readDecimal(known.multiplier) ?? 0n }
    }
    this.#desk = new Desk(account, { terms, positionMaxAgeMs: POSITION_MAX_AGE_MS })
    this.#rules = new RiskRules(account, this.#desk, chance)
  }

  /** The clock goes on, something may happen, and one request is judged: what both said of it. */
  step(): {
    readonly intents: readonly Intent[]
    readonly real: No | undefined
    readonly expected: No | undefined
  } {
    const chance = this.#chance
    if (chance.chance(0.02)) this.#longStep()
    else this.#desk.nowMs += chance.pick(STEPS_MS)
    this.#happens()
    const again = this.#again
    this.#again = undefined
    return this.#judge(again ?? this.#requests.any(this.#known()))
  }

  /** By then every request has ended; ids that are old enough may be used again. */
  #longStep(): void {
    while (this.#waiting.length > 0) this.#answer()
    this.#desk.nowMs += this.#chance.pick(RARE_STEPS_MS)
    this.#requests.forget()
  }

  #happens(): void {
    const chance = this.#chance
    while (chance.chance(0.6)) this.#rules.setPrice()
    while (this.#waiting.length > 0 && chance.chance(0.6)) this.#answer()
    if (chance.chance(0.08)) this.#tell()
    if (chance.chance(0.1)) this.#tellPosition()
    if (chance.chance(0.03)) this.#rules.setLimits()
    if (chance.chance(0.02)) this.#rules.setFirm()
    if (chance.chance(0.02)) this.#rules.setCaps()
    if (chance.chance(0.15)) this.#release()
    if (chance.chance(0.05)) this.#crash()
  }

  #known(): readonly Known[] {
    const { lines } = new History(this.#facts, INSTRUMENTS)
    return lines
      .slice(-20)
      .flatMap(({ brokerId, order, isOver, isReplaced }) =>
        order === undefined || brokerId === undefined || isReplaced
          ? []
          : [{ id: brokerId, clientOrderId: order.clientOrderId, symbol: order.symbol, isOver }],
      )
  }

  #answer(): void {
    const at = this.#chance.below(this.#waiting.length)
    const [one] = this.#waiting.splice(at, 1)
    if (one === undefined) return
    const answers = this.#chance.pick([
      undefined,
      'never',
      'some',
      'some',
      'some',
      'some',
      'some',
    ] as const)
    const said =
      answers === 'some'
        ? one.intents.map((intent) => this.#answers.any(intent, this.#known()))
        : answers
    this.#desk.account.ledger.settle(one.number, said, this.#desk.nowMs)
    const { nowMs: atMs } = this.#desk
    this.#facts.push({ fact: 'answered', number: one.number, answers: said, atMs })
  }

  /** The broker tells of one order by itself. */
  #tell(): void {
    const known = this.#known()
    if (known.length === 0) return
    const { id, clientOrderId, isOver } = this.#chance.pick(known)
    // Of what is over a broker may say something late, by its own name for it.
    const byId = isOver || clientOrderId === undefined || this.#chance.chance(0.5)
    const names = byId ? { orderId: id } : { clientOrderId }
    const status = this.#chance.pick(['open', 'filled', 'cancelled', 'rejected'] as const)
    const answer = { ...names, status, filled: this.#answers.filled() }
    const { nowMs: atMs } = this.#desk
    this.#desk.account.ledger.told(answer, atMs)
    this.#facts.push({ fact: 'told', answer, atMs })
  }

  #tellPosition(): void {
    const symbol = this.#chance.pick(Object.keys(REFERENCE))
    const quantity = BigInt(this.#chance.below(80) - 40) * 10n ** 18n
    this.#desk.hold(quantity, symbol)
    this.#facts.push({ fact: 'position', symbol, quantity, atMs: this.#desk.nowMs })
  }

  #release(): void {
    for (const latch of this.#desk.account.latches.filter(
      ({ releasedAtMs }) => releasedAtMs === undefined,
    )) {
      const { id, keyId: key, symbol, side } = latch
      this.#desk.edit({ type: 'latch.release', id })
      this.#latched.delete(`${key} ${symbol} ${side}`)
      this.#facts.push({ fact: 'released', key, symbol, side })
    }
    // An order of the same instant is after it.
    this.#desk.nowMs += 1
  }

  /** What waits in memory is written, and then memory is lost. */
  #crash(): void {
    // A request has ended by the time at which it would be unknown.
    while (this.#waiting.some(({ atMs }) => atMs < this.#desk.nowMs - 59_000)) this.#answer()
    this.#desk.account.ledger.sweep(
      this.#chance.chance(0.5) ? Number.MAX_SAFE_INTEGER : 0,
      this.#desk.nowMs,
    )
    this.#desk.crash()
  }

  #judge(intents: readonly Intent[]) {
    const key = this.#chance.pick(KEYS)
    const expected = this.#calculate(intents, key)
    const { ask, verdict } = this.#ask(this.#requests.readBack(intents), key)
    if ('passed' in verdict) {
      const { number } = verdict.passed
      const { nowMs: atMs } = this.#desk
      this.#waiting.push({ number, atMs, intents })
      const prices = this.#rules.pricesNow()
      this.#facts.push({
        fact: 'passed',
        number,
        atMs,
        key,
        requestId: ask.requestId,
        intents,
        prices,
      })
      for (const intent of intents) {
        const used = this.#usable(intent)
        if (used !== undefined) used.isUsed = true
      }
      return { intents, real: undefined, expected }
    }
    if (!('refused' in verdict)) throw new Error('Neither passed nor refused')
    const { control, scope, limit, actual, index, orderHash } = verdict.refused
    this.#refused(intents[index], key, control, orderHash)
    return { intents, real: { control, scope, limit, actual, index }, expected }
  }

  #refused(intent: Intent | undefined, key: string, control: string, orderHash: string): void {
    if (intent?.action === 'new' && control === 'repeated_execution')
      this.#latched.add(`${key} ${intent.symbol} ${intent.side}`)
    if (intent === undefined || !this.#chance.chance(0.1)) return
    const untilMs = this.#desk.nowMs + this.#chance.pick([10, 5_000, 600_000])
    const asked = this.#desk.edit({ type: 'override.ask', orderHash, untilMs })
    const { id = '' } = this.#desk.account.overrides.at(-1) ?? {}
    const approved = this.#desk.edit({ type: 'override.approve', id }, { user: 'user_other' })
    if (!asked.ok || !approved.ok) throw new Error('No override')
    this.#overrides.push({ name: nameOf(intent), untilMs, isUsed: false })
    this.#again = [intent]
  }

  #usable(intent: Intent) {
    const name = nameOf(intent)
    return this.#overrides.find(
      (one) => one.name === name && !one.isUsed && this.#desk.nowMs < one.untilMs,
    )
  }

  #calculate(intents: readonly Intent[], key: string): No | undefined {
    return calculate({
      facts: this.#facts,
      intents,
      key,
      nowMs: this.#desk.nowMs,
      prices: this.#rules.pricesNow(),
      instruments: INSTRUMENTS,
      scopes: this.#rules.scopes(key),
      firmTotals: this.#rules.firm.firm,
      positionMaxAgeMs: POSITION_MAX_AGE_MS,
      isLatched: (symbol, side) => this.#latched.has(`${key} ${symbol} ${side}`),
      isOverridden: (intent) => this.#usable(intent) !== undefined,
    })
  }

  #ask(intents: readonly Intent[], keyId: string): { ask: RiskAsk; verdict: RiskVerdict } {
    const { nowMs } = this.#desk
    const copy = this.#rules.copy()
    const references = Object.fromEntries(
      [...INSTRUMENTS.keys()].flatMap((symbol) => {
        const reference = copy.reference(symbol, nowMs, PRICE_MAX_AGE_MS)
        return reference === undefined ? [] : [[symbol, reference]]
      }),
    )
    const ask = this.#desk.ask(intents, { keyId, references, firm: copy.view })
    const { account } = this.#desk
    const verdict = account.judge(ask, nowMs)
    if (!('needs' in verdict)) return { ask, verdict }
    // The account is all that the firm has: it gets whatever there is.
    const { needs } = verdict
    this.#question += 1
    const none = { open: 0n, daily: 0n }
    account.grantRevision = copy.view.revision
    const question = { keeps: none, wants: needs, question: this.#question }
    account.grant = grantFor(question, NO_GRANT, none, this.#rules.firm.firm)
    this.#desk.tables.grant = account.grant
    const lacks = (['open', 'daily'] as const).find((name) => needs[name] > account.grant[name])
    if (lacks === undefined) return { ask, verdict: account.judge(ask, nowMs) }
    const control = lacks === 'open' ? 'max_open_value' : 'max_daily_value'
    const { maxOpenValue = '0', maxDailyValue = '0' } = this.#rules.firm.firm
    const limit = lacks === 'open' ? maxOpenValue : maxDailyValue
    return { ask, verdict: account.refuseForFirm(ask, control, limit, nowMs) }
  }
}
