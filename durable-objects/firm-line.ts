/** How an account's object asks the firm's for more of what everybody may come to together, and gives it back. */
import policy from '../gateway.config.ts'
import type { Account } from '../src/risk/account.ts'
import type { Needs } from '../src/risk/account-port.ts'
import { asProduct, readDecimal } from '../src/lib/decimal.ts'
import type { FirmAsk } from '../src/risk/firm.ts'
import type { Limits } from '../src/risk/limits.ts'
import { ACCOUNT } from '../src/risk/book.ts'
import type { FirmView } from '../src/risk/judge.ts'
import { within } from '../src/within.ts'
import type { AccountRows } from './account-store.ts'

/** How long the firm's object may take to answer, in milliseconds. */
const TIMEOUT_MS = 3_000
/** More questions than that for one order are a fault. */
const MOST_QUESTIONS = 50
/** What is held beyond this many times what is used goes back. */
const AMPLE = 4n
/** This part of the whole is kept by whoever has it. */
const SMALL = 1_024n
const NOTHING: Needs = { open: 0n, daily: 0n }

export class FirmLine {
  readonly #firms: Env['FIRM_RISK']
  readonly #rows: AccountRows
  readonly #account: string
  #asking: Promise<Needs> | undefined
  /** The firm's limits, as they were when an order was last judged by them. */
  #limits: Limits | undefined

  constructor(firms: Env['FIRM_RISK'], rows: AccountRows, account: string) {
    this.#firms = firms
    this.#rows = rows
    this.#account = account
  }

  /**
   * Asks for what orders need. Answers which control refuses them when no more is to be had, or `undefined` when it is
   * worth judging again.
   *
   * @throws when the firm's object does not answer.
   */
  async ask(
    account: Account,
    needs: Needs,
    { firm: limits, revision }: FirmView,
    tries: number,
  ): Promise<
    { readonly control: 'max_open_value' | 'max_daily_value'; readonly limit: string } | undefined
  > {
    this.#limits = limits
    if (tries >= MOST_QUESTIONS)
      throw new Error('Cannot judge the order: the firm grants too little')
    // Whoever comes meanwhile waits for the same answer, and asks for itself if that was not enough.
    this.#asking ??= this.#reserve(account, needs, revision).finally(() => {
      this.#asking = undefined
    })
    const asked = await this.#asking
    const { open, daily } = account.grant
    if (needs.open > open && asked.open >= needs.open)
      return { control: 'max_open_value', limit: limits.maxOpenValue ?? '0' }
    if (needs.daily > daily && asked.daily >= needs.daily)
      return { control: 'max_daily_value', limit: limits.maxDailyValue ?? '0' }
    return undefined
  }

  /**
   * Gives back what is ample: less is held from now on, and only then does the firm hear it. A small part of the whole
   * is kept for the next orders; what that is, an object that has judged nothing yet does not know.
   */
  async giveBack(account: Account): Promise<void> {
    const { grant } = account
    // What an answer under way says would be more than is held from now on.
    if (this.#limits === undefined || this.#asking !== undefined) return
    const used = usedBy(account)
    const open = lower(grant.open, used.open, this.#limits.maxOpenValue)
    const daily = lower(grant.daily, used.daily, this.#limits.maxDailyValue)
    if (open === grant.open && daily === grant.daily) return
    const question = this.#rows.grant().question + 1
    account.grant = { open, daily }
    this.#rows.writeGrant(account.grant, question)
    const keeps = most(used, account.grant)
    await within(TIMEOUT_MS, this.#firm().reserve(this.#account, { keeps, wants: keeps, question }))
  }

  /** What the account uses, as the firm asks it: no more is used from now on until the firm has granted it. */
  tell(account: Account, lastAnswered: number): FirmAsk {
    const used = usedBy(account)
    const question = Math.max(this.#rows.grant().question, lastAnswered) + 1
    this.#rows.writeGrant(used, question)
    account.grant = used
    account.isKnownToFirm = true
    return { keeps: used, wants: used, question }
  }

  /**
   * Under limits that have changed only what is used is kept, and nothing more is used until there is an answer: others
   * may need the rest. Else all that is held is kept: orders may be using it this very moment.
   *
   * A question that got no answer is asked again under its number, as the firm may have heard it.
   */
  async #reserve(account: Account, needs: Needs, revision: number): Promise<Needs> {
    const used = usedBy(account)
    if (account.grantRevision !== revision) account.grant = used
    const keeps = most(used, account.grant)
    const wants = most(needs, keeps)
    const question = this.#rows.grant().question + 1
    const asked = this.#firm().reserve(this.#account, { keeps, wants, question })
    const { grant, isAnswer } = await within(TIMEOUT_MS, asked)
    // Something newer was said meanwhile, and this may not count any more.
    if (this.#rows.grant().question >= question) return NOTHING
    const { open, daily } = grant
    this.#rows.writeGrant({ open, daily }, grant.question)
    account.grant = { open, daily }
    account.grantRevision = revision
    account.isKnownToFirm = true
    return isAnswer ? wants : NOTHING
  }

  #firm() {
    return this.#firms.getByName('firm', { locationHint: policy.origin.region })
  }
}

/** What the account's orders come to now. */
function usedBy(account: Account): Needs {
  const sums = account.ledger.book.scope(ACCOUNT)
  return { open: sums.openValue(), daily: sums.dailyValue(Date.now()) }
}

function most(one: Needs, other: Needs): Needs {
  return { open: more(one.open, other.open), daily: more(one.daily, other.daily) }
}

function more(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}

/** Twice what is used is kept, so that the next orders need not ask. */
function lower(held: bigint, used: bigint, limit: string | undefined): bigint {
  const small = asProduct(readDecimal(limit ?? '') ?? 0n) / SMALL
  const kept = more(used * 2n, small)
  return held > more(used * AMPLE, small * AMPLE) ? kept : held
}
