/**
 * One object per trading account: its orders, limits and totals. Of two orders one is first, so a limit holds whatever
 * arrives at once. The rules live in `src/risk/`; this class loads, decides and stores.
 */
import { DurableObject } from 'cloudflare:workers'
import policy from '../gateway.config.ts'
import type { Provenance } from '../src/audit/provenance.ts'
import { shardOf } from '../src/audit/shipment.ts'
import { Account } from '../src/risk/account.ts'
import type { RiskAsk, RiskVerdict } from '../src/risk/account-port.ts'
import type { AccountEdit } from '../src/risk/account-edit.ts'
import { editAccount } from '../src/risk/account-edit.ts'
import { accountView, type AccountView } from '../src/risk/account-view.ts'
import type { Told } from '../src/risk/feed.ts'
import { tell } from '../src/risk/feed.ts'
import type { Answered } from '../src/risk/order.ts'
import type { Result } from '../src/lib/result.ts'
import type { Refusal } from '../src/refusal.ts'
import { riskTerms } from '../src/risk-terms.ts'
import { within } from '../src/within.ts'
import { AccountRows } from './account-store.ts'
import { shipChanges } from './change-line.ts'
import { FirmLine } from './firm-line.ts'

/** When what waits goes to the audit log, and what broke off is tried again, in milliseconds. */
const SHIP_MS = 8_000
const AGAIN_MS = 5_000
/** While an order is on its way it is looked at again after this. */
const PENDING_MS = 61_000
/** How long the audit log may take to answer. */
const TIMEOUT_MS = 5_000
/** Rows of events in one call. */
const SHIPMENT = 500

export class AccountRisk extends DurableObject<Env> {
  readonly #rows: AccountRows
  readonly #firm: FirmLine
  #account: Account | undefined
  #shipped = 0
  #alarmMs = Number.POSITIVE_INFINITY

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

  /** What the broker answered to a request that passed under this number. */
  settle(number: number, answers: readonly Answered[] | undefined | 'never'): void {
    this.#guarded((account) => {
      account.ledger.settle(number, answers, Date.now())
    })
    this.#wake(SHIP_MS)
  }

  /** A request whose verdict did not arrive in time: it never left. */
  forget(attempt: string): void {
    const entry = this.#load().ledger.book.ofAttempt(attempt)
    if (entry !== undefined) this.settle(entry.number, 'never')
  }

  /** What the broker told by itself: of orders, of positions. */
  tell(told: Told, by: Provenance): void {
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
  edit(edit: AccountEdit, by: Provenance): Result<AccountView, Refusal> {
    const edited = this.#guarded((account) =>
      this.#rows.transaction(() =>
        editAccount(account, this.#rows, edit, by, {
          nowMs: Date.now(),
          id: crypto.randomUUID(),
          loosenAfterMs: policy.risk.loosenAfterSeconds * 1_000,
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
    const shipped = await this.#ship().catch(() => false)
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
      const shard = this.env.AUDIT_LOG.getByName(shardOf(this.#name()), {
        locationHint: policy.origin.region,
      })
      const report = shard.report(`orders:${this.#name()}:${last}`, `[${events.join(',')}]`)
      await within(TIMEOUT_MS, report)
      this.#shipped = last
    }
    if (this.#shipped > this.#rows.shipped()) this.#rows.writeShipped(this.#shipped)
    const subject = { type: 'account', id: this.#name() } as const
    const changes = this.#rows.readChanges(subject, SHIPMENT)
    if (!(await shipChanges(this.env.AUDIT_LOG, changes))) return false
    const lastChange = changes.at(-1)?.version
    if (lastChange !== undefined) this.#rows.forgetChanges(lastChange)
    return changes.length < SHIPMENT
  }

  #load(): Account {
    if (this.#account === undefined) {
      this.#shipped = this.#rows.shipped()
      this.#account = new Account(
        this.#rows,
        riskTerms(policy),
        this.#rows.countWaiting(this.#shipped),
      )
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
