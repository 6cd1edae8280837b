/** Joins pre-trade risk to the platform: the objects of accounts and of the firm, and the isolate's copy of the firm's. */
import policy from '../gateway.config.ts'
import type { RiskPort } from './admin/risk-port.ts'
import type { RiskAsk, RiskVerdict } from './risk/account-port.ts'
import { FirmCopy, type FirmCopies } from './risk/firm-copy.ts'
import type { Answered } from './risk/order.ts'
import { within } from './within.ts'

/** How long the firm's object may take to give a copy, in milliseconds. */
const COPY_TIMEOUT_MS = 3_000

/** What an account's object says of what became of an order is tried twice: a reset between heals by that. */
const TRIES = 2

export class RiskWiring {
  readonly #env: Env
  readonly #copies: FirmCopies
  readonly #waitUntil: (work: Promise<unknown>) => void

  constructor(env: Env, copies: FirmCopies, waitUntil: (work: Promise<unknown>) => void) {
    this.#env = env
    this.#copies = copies
    this.#waitUntil = waitUntil
  }

  /** What is known of the firm, not older than may be. Renewing it rides on requests. @throws when it cannot be had. */
  firm(): Promise<FirmCopy> {
    const nowMs = Date.now()
    const copy = this.#copies.current(nowMs)
    if (copy === undefined) return this.#renewed()
    if (this.#copies.takeRenewal(nowMs)) this.#waitUntil(this.#renewed().catch(() => undefined))
    return Promise.resolve(copy)
  }

  async #renewed(): Promise<FirmCopy> {
    const askedMs = Date.now()
    const told = await within(COPY_TIMEOUT_MS, firmRisk(this.#env).copy())
    const copy = new FirmCopy(told, askedMs)
    this.#copies.keep(copy)
    return copy
  }

  async judgeRisk(account: string, ask: RiskAsk): Promise<RiskVerdict> {
    return accountRisk(this.#env, account).judge(ask)
  }

  async settleRisk(
    account: string,
    number: number,
    answers: readonly Answered[] | undefined | 'never',
    attempt: string,
  ): Promise<void> {
    await this.#twice(() => accountRisk(this.#env, account).settle(number, answers, attempt))
  }

  async forgetRisk(account: string, attempt: string): Promise<void> {
    await this.#twice(() => accountRisk(this.#env, account).forget(attempt))
  }

  /** What is not heard stays counted, as unknown: nothing else is to be done here. */
  async #twice(tell: () => Promise<void>): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const told = await tell().then(
        () => true,
        () => false,
      )
      if (told) return
    }
  }
}

/** What the gateway's own calls reach. */
export function riskPort(env: Env): RiskPort {
  return {
    describe: async (account) => accountRisk(env, account).describe(),
    edit: async (account, edit, by) => accountRisk(env, account).edit(edit, by),
    tell: async (account, told, by) => accountRisk(env, account).tell(told, by),
    describeFirm: async () => firmRisk(env).describe(),
    editFirm: async (edit, by) => firmRisk(env).edit(edit, by),
    tellPrices: async (prices) => firmRisk(env).tellPrices(prices),
  }
}

/** One object per account, born near the origin. */
function accountRisk(env: Env, account: string) {
  return env.ACCOUNT_RISK.getByName(account, { locationHint: policy.origin.region })
}

function firmRisk(env: Env) {
  return env.FIRM_RISK.getByName('firm', { locationHint: policy.origin.region })
}
