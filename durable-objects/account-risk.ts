/**
 * One object per trading account: its orders, limits and totals. Of two orders one is first, so a limit holds whatever
 * arrives at once. The rules live in `src/risk/`; this class loads, decides and stores.
 */
import { DurableObject } from 'cloudflare:workers'
import policy from '../gateway.config.ts'
import type { Standing } from '../src/audit/claims.ts'
import type { Provenance } from '../src/audit/provenance.ts'
import type { AccountHold } from '../src/control/hold.ts'
import { Account } from '../src/risk/account.ts'
import type { RiskAsk, RiskVerdict } from '../src/risk/account-port.ts'
import type { AccountEdit } from '../src/risk/account-edit.ts'
import { editAccount } from '../src/risk/account-edit.ts'
import { accountView, type AccountView } from '../src/risk/account-view.ts'
import type { Told } from '../src/risk/feed.ts'
import { tell } from '../src/risk/feed.ts'
import type { FirmAsk } from '../src/risk/firm.ts'
import type { Answered } from '../src/risk/order.ts'
import { numberOn, sealAccount } from '../src/risk/restored.ts'
import type { Result } from '../src/lib/result.ts'
import type { Refusal } from '../src/refusal.ts'
import { riskTerms } from '../src/risk-terms.ts'
import { AccountRows } from './account-store.ts'
import { shipWatched } from './change-line.ts'
import { FirmLine } from './firm-line.ts'
import { restoredTimes } from './restored-times.ts'

/** When what waits goes to the audit log, and what broke off is tried again, in milliseconds. */
const SHIP_MS = 8_000
const AGAIN_MS = 5_000
/** While an order is on its way it is looked at again after this. */
const PENDING_MS = 61_000
/** Rows of events in one call. */
const SHIPMENT = 500

export class AccountRisk extends DurableObject<Env> {
  readonly #rows: AccountRows
  readonly #firm: FirmLine
  #account: Account | undefined
  #shipped = 0
  #alarmMs = Number.POSITIVE_INFINITY
  #numbering: Promise<void> | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#rows = new AccountRows(ctx.storage)
    this.#firm = new FirmLine(env.FIRM_RISK, this.#rows, this.#name())
  }

  /**
   * Judges one request. What passes is counted before it leaves; the firm is asked first if what it granted is used up.
   *
   * @throws when the firm's object does not answer, or storage fails: nothing was counted then.
   */
  async judge(ask: RiskAsk): Promise<RiskVerdict> {
    if (this.#isUnnumbered()) await this.#number()
    let verdict = this.#guarded((account) => account.judge(ask, Date.now()))
    for (let tries = 0; 'needs' in verdict; tries += 1) {
      const refused = await this.#firm.ask(this.#load(), verdict.needs, ask.firm, tries)
      verdict = this.#guarded((account) =>
        refused === undefined
          ? account.judge(ask, Date.now())
          : account.refuseForFirm(ask, refused.control, refused.limit, Date.now()),
      )
    }
    this.#wake(SHIP_MS)
    return verdict
  }

  /** What the broker answered to an attempt that passed under this number. */
  settle(
    number: number,
    answers: readonly Answered[] | undefined | 'never',
    attempt?: string,
  ): void {
    this.#guarded((account) => {
      account.ledger.settle(number, answers, Date.now(), attempt)
    })
    this.#wake(SHIP_MS)
  }

  /**
   * A trip of the kill switch holds the account, or one key of it, or lets go. In force when it answers: which requests
   * had passed and have not been answered.
   */
  hold(hold: AccountHold, stands: boolean): readonly string[] {
    return this.#guarded((account) => {
      const others = account.holds.filter(({ id }) => id !== hold.id)
      const holds = stands ? [...others, hold] : others
      this.#rows.transaction(() => this.#rows.writeHolds(holds))
      account.holds = holds
      return account.ledger.pending(hold.keyId)
    })
  }

  /** A request whose verdict did not arrive in time: it never left. */
  forget(attempt: string): void {
    const entry = this.#load().ledger.book.ofAttempt(attempt)
    if (entry !== undefined) this.settle(entry.number, 'never')
  }

  /** What all its orders come to, for the firm: it uses no more until it has asked. */
  use(lastAnswered: number): FirmAsk {
    return this.#guarded((account) => this.#firm.tell(account, lastAnswered))
  }

  /** What the broker told by itself: of orders, of positions. */
  async tell(told: Told, by: Provenance): Promise<void> {
    if (this.#isUnnumbered()) await this.#number()
    this.#guarded((account) => {
      this.#rows.transaction(() => {
        tell(account, this.#rows, told, { account: this.#name(), by }, Date.now())
      })
    })
    this.#wake(SHIP_MS)
  }

  describe(): AccountView {
    return accountView(this.#name(), this.#load(), this.#rows.history(), Date.now())
  }

  /** Changes what a person may change, or says why not. In force for every order judged from now on. */
  async edit(edit: AccountEdit, by: Provenance): Promise<Result<AccountView, Refusal>> {
    if (this.#isUnnumbered()) await this.#number()
    const edited = this.#guarded((account) =>
      this.#rows.transaction(() =>
        editAccount(account, this.#rows, edit, by, {
          nowMs: Date.now(),
          id: crypto.randomUUID(),
          loosenAfterMs: policy.risk.loosenAfterSeconds * 1_000,
          maxRaiseMs: policy.risk.maxRaiseDays * 86_400_000,
        }),
      ),
    )
    this.#wake(SHIP_MS)
    return edited.ok ? { ok: true, value: this.describe() } : edited
  }

  override async alarm(): Promise<void> {
    this.#alarmMs = Number.POSITIVE_INFINITY
    // A new life has to know first what the audit log has: else all of it would be sent again.
    this.#load()
    let shipped = await this.#ship().catch(() => false)
    if (this.#isUnnumbered())
      await this.#number().catch(() => {
        shipped = false
      })
    this.#guarded((account) => {
      account.ledger.sweep(this.#shipped, Date.now())
      account.shipped(this.#rows.countWaiting(this.#shipped))
    })
    await this.#firm.giveBack(this.#load()).catch(() => undefined)
    if (!shipped) this.#wake(AGAIN_MS)
    else if (this.#load().ledger.hasPending) this.#wake(PENDING_MS)
  }

  async #ship(): Promise<boolean> {
    for (;;) {
      const { events, last } = this.#rows.waiting(this.#shipped, SHIPMENT)
      if (events.length === 0) break
      const orders = await this.#hand('orders', `[${events.join(',')}]`)
      this.#shipped = last
      // What is sent again begins here: whatever else the log has then was not given by this state of the object.
      if (events.length >= SHIPMENT) this.#rows.writeShipped(last)
      this.#compare('orders', orders)
    }
    if (this.#shipped > this.#rows.shipped()) this.#rows.writeShipped(this.#shipped)
    const changes = this.#rows.readChanges({ type: 'account', id: this.#name() }, SHIPMENT)
    const lastChange = changes.at(-1)?.version
    if (lastChange === undefined) return true
    const said = await this.#hand('account', JSON.stringify(changes))
    this.#rows.forgetChanges(lastChange)
    this.#compare('changes', said)
    return changes.length < SHIPMENT
  }

  /** Hands records of a chain to the log, and hears how far it has that. @throws when it does not answer. */
  async #hand(type: 'orders' | 'account', records: string): Promise<Standing> {
    const said = await shipWatched(this.env.AUDIT_LOG, { type, id: this.#name() }, records)
    if (said === undefined) throw new Error('Cannot ship: the audit log does not answer')
    return said
  }

  /** The log knows more than this object gave, or something else: it came back from an older state. */
  #compare(what: 'orders' | 'changes', { highest, forks }: Standing): void {
    const { ledger, restored } = this.#load()
    const own = what === 'orders' ? ledger.lastNumber : this.#rows.lastChange()
    if (highest > own || forks > restored.forks[what]) this.#seal(restored.epoch)
  }

  #seal(epoch: number): void {
    this.#guarded((account) => {
      this.#rows.transaction(() => {
        sealAccount(account, epoch, Date.now())
      })
    })
  }

  /** Whether it was restored and does not know yet how far its numbers were given. */
  #isUnnumbered(): boolean {
    return this.#load().restored.sealed?.isNumbered === false
  }

  /** @throws when the audit log does not answer: no number is given until it does. */
  async #number(): Promise<void> {
    this.#numbering ??= this.#askNumbers().finally(() => {
      this.#numbering = undefined
    })
    await this.#numbering
  }

  async #askNumbers(): Promise<void> {
    await this.#ship()
    const orders = await this.#hand('orders', '[]')
    const changes = await this.#hand('account', '[]')
    this.#guarded((account) => {
      this.#rows.transaction(() => {
        this.#rows.goOn(changes.highest)
        const after = numberOn(account, { orders, changes })
        if (after !== undefined) this.#rows.writeChange('risk.restored', Date.now(), { after })
      })
    })
    this.#wake(SHIP_MS)
  }

  #load(): Account {
    if (this.#account === undefined) {
      this.#shipped = this.#rows.shipped()
      this.#account = new Account(
        this.#rows,
        riskTerms(policy),
        this.#rows.countWaiting(this.#shipped),
      )
      const epoch = restoredTimes(this.env, this.#name())
      if (epoch > this.#account.restored.epoch) this.#seal(epoch)
    }
    return this.#account
  }

  /** If it throws, memory may be ahead of storage and is given up. */
  #guarded<T>(change: (account: Account) => T): T {
    try {
      return change(this.#load())
    } catch (error) {
      this.#account = undefined
      throw error
    }
  }

  #wake(afterMs: number): void {
    const atMs = Date.now() + afterMs
    if (this.#alarmMs <= atMs) return
    this.#alarmMs = atMs
    void this.ctx.storage.setAlarm(atMs)
  }

  #name(): string {
    return this.ctx.id.name ?? ''
  }
}
