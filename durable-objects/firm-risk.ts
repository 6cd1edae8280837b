/**
 * One object for the firm: what everybody may come to together, given out to accounts; what holds for every order; and
 * what the market last paid. Workers hold a copy of the last two; accounts use what they were granted without asking.
 */
import { DurableObject } from 'cloudflare:workers'
import * as v from 'valibot'
import policy from '../gateway.config.ts'
import type { Provenance } from '../src/audit/provenance.ts'
import { productText, readDecimal } from '../src/lib/decimal.ts'
import { rfc3339 } from '../src/lib/time.ts'
import { ok, type Result } from '../src/lib/result.ts'
import type { Refusal } from '../src/refusal.ts'
import type { ToldCopy } from '../src/risk/firm-copy.ts'
import { editFirm, type FirmEdit, type FirmVersion, type FirmView } from '../src/risk/firm-edit.ts'
import type { FirmAsk } from '../src/risk/firm.ts'
import { FirmLimitsSchema, type FirmLimits } from '../src/risk/limits.ts'
import { versionAt } from '../src/risk/settings.ts'
import { changeRecord, shipWatched } from './change-line.ts'
import { askAccounts } from './firm-count.ts'
import { FirmGrants, type Granted } from './firm-grants.ts'
import { FIRM_SCHEMA } from './firm-schema.ts'
import { restoredTimes } from './restored-times.ts'
import { number, Rows, text } from './rows.ts'

const AGAIN_MS = 5_000
const DAY_MS = 86_400_000
const SHIPMENT = 100
const SUBJECT = { type: 'firm', id: 'firm' } as const

const StoredPrices = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.tuple([v.string(), v.string(), v.number()])),
)
const StoredLimits = v.pipe(v.string(), v.parseJson(), FirmLimitsSchema)

interface Price {
  readonly price: string
  readonly atMs: number
}

export class FirmRisk extends DurableObject<Env> {
  readonly #rows: Rows
  readonly #grants: FirmGrants
  readonly #prices = new Map<string, Price>()
  #counting: Promise<void> | undefined
  #versions: readonly FirmVersion[] = []

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#rows = new Rows(ctx.storage, FIRM_SCHEMA)
    this.#rows.open()
    this.#grants = new FirmGrants(this.#rows)
    for (const row of this.#rows.rows('SELECT * FROM prices'))
      for (const [symbol, price, atMs] of v.parse(StoredPrices, row['told']))
        this.#prices.set(symbol, { price, atMs })
    this.#versions = this.#history().map(({ version }) => version)
  }

  /**
   * What an account holds from now on, and whether that is by this question.
   *
   * @throws when it wants more, and not all others have said yet what they use.
   */
  async reserve(account: string, ask: FirmAsk): Promise<Granted> {
    this.#hear()
    const { keeps, wants } = ask
    this.#grants.keep(account, ask, Date.now())
    if (wants.open > keeps.open || wants.daily > keeps.daily) {
      if (this.#grants.silent.length > 0) await this.#count(this.#grants.silent)
      if (this.#grants.silent.length > 0)
        throw new Error('Cannot grant more: an account has not said yet what it uses')
    }
    return this.#grants.reserve(account, ask, this.#limits().firm, Date.now())
  }

  copy(): ToldCopy {
    this.#hear()
    return { revision: this.#revision(), limits: this.#limits(), prices: this.#pricesNow() }
  }

  describe(): FirmView {
    const { revision, limits, prices } = this.copy()
    return {
      revision,
      limits,
      prices,
      expiresAt: timeOf(versionAt(this.#versions, Date.now())?.untilMs),
      granted: [...this.#grants.all].map(([account, { open, daily }]) => ({
        account,
        open: productText(open),
        daily: productText(daily),
      })),
      history: this.#history()
        .toReversed()
        .map(({ version, by }) => ({
          revision: version.revision,
          at: timeOf(version.atMs),
          expiresAt: timeOf(version.untilMs),
          limits: version.limits,
          by,
        })),
    }
  }

  /** What the market paid, and how long ago, as the broker tells it. */
  tellPrices(prices: ToldCopy['prices']): void {
    const nowMs = Date.now()
    for (const { symbol, price, ageMs } of prices) {
      const told = { price, atMs: nowMs - ageMs }
      if ((this.#prices.get(symbol)?.atMs ?? 0) <= told.atMs) this.#prices.set(symbol, told)
    }
    // One row for all of them: rows are what is paid for.
    const all = [...this.#prices].map(([symbol, { price, atMs }]) => [symbol, price, atMs])
    this.#rows.run('INSERT OR REPLACE INTO prices VALUES (1, ?)', JSON.stringify(all))
  }

  /** Changes what holds for everybody, or says why not. Workers hear of it within their copy's time. */
  edit(edit: FirmEdit, by: Provenance): Result<FirmView, Refusal> {
    const nowMs = Date.now()
    // A raise may have ended since.
    this.#hear()
    const now = { nowMs, maxRaiseMs: policy.risk.maxRaiseDays * DAY_MS }
    const edited = editFirm(this.#versions, policy.risk.firm, edit, by, now)
    if (!edited.ok) return edited
    const { version, before, after } = edited.value
    this.#rows.transaction(() => {
      const { revision, atMs, untilMs, limits } = version
      const own = [revision, atMs, untilMs ?? null, JSON.stringify(limits), JSON.stringify(by)]
      this.#rows.run('INSERT INTO version VALUES (?, ?, ?, ?, ?)', ...own)
      this.#writeChange('risk.limits', nowMs, before, after, by)
      this.#rows.run('UPDATE progress SET epoch = max(epoch, ?)', this.#restoredTimes())
    })
    this.#versions = [...this.#versions, version]
    this.#hear()
    void this.ctx.storage.setAlarm(nowMs)
    return ok(this.describe())
  }

  override async alarm(): Promise<void> {
    this.#hear()
    const againMs = (await this.#ship()) ? Date.now() + AGAIN_MS : undefined
    const countMs = await this.#countDue()
    const nextMs = Math.min(
      againMs ?? Number.POSITIVE_INFINITY,
      countMs ?? Number.POSITIVE_INFINITY,
    )
    if (Number.isFinite(nextMs)) await this.ctx.storage.setAlarm(nextMs)
  }

  /** Hands changes to the audit log. Answers whether there were any. */
  async #ship(): Promise<boolean> {
    const changes = this.#rows
      .rows('SELECT * FROM change ORDER BY version LIMIT ?', SHIPMENT)
      .map((row) => changeRecord(SUBJECT, number(row['version']), text(row['what']), row))
    const last = changes.at(-1)?.version
    if (last === undefined) return false
    const said = await shipWatched(this.env.AUDIT_LOG, SUBJECT, JSON.stringify(changes))
    if (said !== undefined) {
      this.#rows.run('DELETE FROM change WHERE version <= ?', last)
      // After a restore the log has more: numbers go on beyond it.
      this.#rows.run('UPDATE progress SET changes = max(changes, ?)', said.highest)
    }
    return true
  }

  /** Whatever limits Workers are told is heard here first: by them they leave out what has no total. */
  #hear(): void {
    const nowMs = Date.now()
    if (this.#grants.hear(this.#limits().firm, nowMs)) void this.ctx.storage.setAlarm(nowMs)
  }

  /** Whoever comes meanwhile waits for the same answers. */
  async #count(accounts: readonly string[]): Promise<void> {
    this.#counting ??= askAccounts(
      this.env.ACCOUNT_RISK,
      accounts,
      (id) => this.#grants.lastQuestion(id),
      (id, use) => this.#grants.reserve(id, use, this.#limits().firm, Date.now()),
    ).finally(() => {
      this.#counting = undefined
    })
    await this.#counting
  }

  /** Asks whoever has to say what they use. Answers when that is to be done again, if it is. */
  async #countDue(): Promise<number | undefined> {
    const { silent } = this.#grants
    if (silent.length > 0) await this.#count(silent)
    const { atMs, accounts } = this.#grants.unsettled()
    if (Date.now() >= atMs && accounts.length > 0) await this.#count(accounts)
    const isOver = this.#grants.unsettled().accounts.length === 0
    if (this.#grants.silent.length > 0) return Date.now() + AGAIN_MS
    return isOver ? undefined : Math.max(atMs, Date.now() + AGAIN_MS)
  }

  #revision(): number {
    return versionAt(this.#versions, Date.now())?.revision ?? 0
  }

  /** What was tightened since is not known after a restore: until limits are set anew, only what reduces passes. */
  #limits(): FirmLimits {
    const limits = versionAt(this.#versions, Date.now())?.limits ?? policy.risk.firm
    const epoch = number(this.#rows.rows('SELECT epoch FROM progress')[0]?.['epoch'])
    if (this.#restoredTimes() <= epoch) return limits
    return { ...limits, firm: { ...limits.firm, reduceOnly: true } }
  }

  #restoredTimes(): number {
    return restoredTimes(this.env, SUBJECT.id)
  }

  #pricesNow(): ToldCopy['prices'] {
    const nowMs = Date.now()
    const oldestMs = nowMs - policy.risk.reference.maxAgeSeconds * 1_000
    return [...this.#prices]
      .filter(([, { price, atMs }]) => atMs >= oldestMs && readDecimal(price) !== undefined)
      .map(([symbol, { price, atMs }]) => ({ symbol, price, ageMs: Math.max(0, nowMs - atMs) }))
  }

  #history(): readonly { readonly version: FirmVersion; readonly by: string }[] {
    return this.#rows.rows('SELECT * FROM version ORDER BY revision').map((row) => {
      const untilMs = row['until_ms']
      const version = {
        revision: number(row['revision']),
        atMs: number(row['at_ms']),
        untilMs: typeof untilMs === 'number' ? untilMs : undefined,
        limits: v.parse(StoredLimits, row['limits']),
      }
      return { version, by: text(row['provenance']) }
    })
  }

  #writeChange(what: string, atMs: number, before: unknown, after: unknown, by: Provenance): void {
    const version = number(this.#rows.rows('SELECT changes FROM progress')[0]?.['changes']) + 1
    this.#rows.run('UPDATE progress SET changes = ?', version)
    const json = [before, after, by].map((value) => JSON.stringify(value))
    this.#rows.run('INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)', version, atMs, what, ...json)
  }
}

function timeOf(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : rfc3339(atMs)
}
