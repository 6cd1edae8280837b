/** The risk desk at the running product: two people of risk, accounts with keys of their own, and what they may do. */
import type { Answer, Demo, DemoKey, Wire } from './demo.ts'
import { Cast, must, seeded, type Member, type ScratchKey } from './cast.ts'

/** As the demo's policy has them, so that what is set beside them raises nothing. */
const STANDING = {
  maxQuantity: '10000',
  maxOrderValue: '10000000',
  maxOpenValue: '100000000000',
  maxDailyValue: '1000000000000',
}

export interface Trader {
  readonly account: string
  readonly user: string
  readonly keys: readonly ScratchKey[]
  /** How the gateway is told about the first and the others of them. */
  readonly path: string
}

export class RiskDesk {
  readonly cast: Cast
  readonly risk: Member
  readonly second: Member
  /** What the policy sets for every account. */
  readonly standing = STANDING
  readonly #demo: Demo
  #accounts = 0
  #user: string | undefined

  private constructor(demo: Demo, cast: Cast, risk: Member, second: Member) {
    this.#demo = demo
    this.cast = cast
    this.risk = risk
    this.second = second
  }

  static async of(demo: Demo): Promise<RiskDesk> {
    const cast = await Cast.of(demo)
    return new RiskDesk(demo, cast, await seeded(demo, 'risk'), await seeded(demo, 'risk-2'))
  }

  /** A new account with keys that nothing else limits. */
  async trader(keys = 1, more: object = {}): Promise<Trader> {
    this.#accounts += 1
    const account = `acct-risk-${this.#accounts}`
    this.#user ??= (await this.cast.person(['client'])).userId
    const userId = this.#user
    const own = []
    for (let i = 0; i < keys; i += 1)
      own.push(await this.cast.key(userId, { account, tier: 'unmetered', ...KEY, ...more }))
    return { account, user: userId, keys: own, path: `/admin/accounts/${account}/risk` }
  }

  /** Sets what holds for an account beside what the policy says. */
  async limit({ path }: Trader, account: object, more: object = {}): Promise<void> {
    const limits = { account: { ...STANDING, ...account }, ...more }
    must(await this.risk.change('', path, { limits, reason: 'A test' }), 200)
  }

  async view({ path }: Pick<Trader, 'path'>) {
    return must(await this.risk.call('GET', path), 200).json
  }

  /** One of the trader's keys as the demo's own are described. */
  key({ keys, account, user }: Trader, which = 0): DemoKey {
    const key = keys[which]
    if (key === undefined) throw new Error(`No key ${which}`)
    const { id, secret = '' } = key.credential
    const own = { id, keyId: key.keyId, secret, account, user }
    return { name: `${account}-${which}`, dialect: 'compact', alg: 'hmac-sha256', ...own }
  }

  send(trader: Trader, wire: Wire, which = 0): Promise<Answer> {
    return this.#demo.call(this.key(trader, which), wire)
  }
}

const KEY = { permissions: ['order.write', 'order.cancel', 'account.read'] }

/** What a raise takes beside a reason. */
export function approval() {
  return { approver: 'user-risk-2', ticket: 'RISK-1', expiresAt: inSeconds(3_600) }
}

export function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1_000).toISOString()
}

/** An order in the demo's own form. */
export function orderOf(members: object): Wire {
  const body = JSON.stringify({
    symbol: 'BTC-USD',
    side: 'buy',
    type: 'limit',
    quantity: '1',
    price: '100',
    ...members,
  })
  const headers = { 'content-type': 'application/json' }
  return { method: 'POST', target: '/v1/orders', body, headers }
}
