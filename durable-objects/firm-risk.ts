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
import { grantFor, NO_GRANT, type FirmAsk, type FirmGrant } from '../src/risk/firm.ts'
import { FirmLimitsSchema, type FirmLimits } from '../src/risk/limits.ts'
import { versionAt } from '../src/risk/settings.ts'
import { changeRecord, shipWatched } from './change-line.ts'
import { restoredTimes } from './restored-times.ts'
import { number, Rows, text } from './rows.ts'

const AGAIN_MS = 5_000
const SHIPMENT = 100
const SUBJECT = { type: 'firm', id: 'firm' } as const

const SCHEMA = [
  `CREATE TABLE account_grant (
     account TEXT PRIMARY KEY, open TEXT NOT NULL, daily TEXT NOT NULL, question INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE version (revision INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, until_ms INTEGER, limits TEXT NOT NULL,
     provenance TEXT NOT NULL) STRICT;
   CREATE TABLE prices (one INTEGER PRIMARY KEY CHECK (one = 1), told TEXT NOT NULL) STRICT;
   CREATE TABLE change (
     version INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, what TEXT NOT NULL, before TEXT, after TEXT, provenance TEXT
   ) STRICT;
   CREATE TABLE progress (one INTEGER PRIMARY KEY CHECK (one = 1), changes INTEGER NOT NULL) STRICT;
   INSERT INTO progress VALUES (1, 0);`,

  'ALTER TABLE progress ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0',
] as const

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
  readonly #grants = new Map<string, FirmGrant>()
  readonly #prices = new Map<string, Price>()
  #total: Pick<FirmGrant, 'open' | 'daily'> = { open: 0n, daily: 0n }
  #versions: readonly FirmVersion[] = []

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#rows = new Rows(ctx.storage, SCHEMA)
    this.#rows.open()
    for (const row of this.#rows.rows('SELECT * FROM account_grant'))
      this.#hold(text(row['account']), {
        open: BigInt(text(row['open'])),
        daily: BigInt(text(row['daily'])),
        question: number(row['question']),
      })
    for (const row of this.#rows.rows('SELECT * FROM prices'))
      for (const [symbol, price, atMs] of v.parse(StoredPrices, row['told']))
        this.#prices.set(symbol, { price, atMs })
    this.#versions = this.#history().map(({ version }) => version)
  }

  /** What an account holds from now on, and whether that is by this question: one that was asked before changes nothing. */
  reserve(
    account: string,
    ask: FirmAsk,
  ): { readonly grant: FirmGrant; readonly isAnswer: boolean } {
    const held = this.#grants.get(account) ?? NO_GRANT
    const others = { open: this.#total.open - held.open, daily: this.#total.daily - held.daily }
    const grant = grantFor(ask, held, others, this.#limits().firm)
    if (grant === held) return { grant, isAnswer: false }
    this.#rows.run(
      'INSERT OR REPLACE INTO account_grant VALUES (?, ?, ?, ?)',
      account,
      grant.open.toString(),
      grant.daily.toString(),
      grant.question,
    )
    this.#hold(account, grant)
    return { grant, isAnswer: true }
  }

  copy(): ToldCopy {
    return { revision: this.#revision(), limits: this.#limits(), prices: this.#pricesNow() }
  }

  describe(): FirmView {
    const { revision, limits, prices } = this.copy()
    return {
      revision,
      limits,
      prices,
      expiresAt: timeOf(versionAt(this.#versions, Date.now())?.untilMs),
      granted: [...this.#grants].map(([account, { open, daily }]) => ({
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
    const edited = editFirm(this.#versions, policy.risk.firm, edit, by, nowMs)
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
    void this.ctx.storage.setAlarm(nowMs)
    return ok(this.describe())
  }

  override async alarm(): Promise<void> {
    const changes = this.#rows
      .rows('SELECT * FROM change ORDER BY version LIMIT ?', SHIPMENT)
      .map((row) => changeRecord(SUBJECT, number(row['version']), text(row['what']), row))
    const last = changes.at(-1)?.version
    if (last === undefined) return
    const said = await shipWatched(this.env.AUDIT_LOG, SUBJECT, JSON.stringify(changes))
    if (said !== undefined) {
      this.#rows.run('DELETE FROM change WHERE version <= ?', last)
      // After a restore the log has more: numbers go on beyond it.
      this.#rows.run('UPDATE progress SET changes = max(changes, ?)', said.highest)
    }
    await this.ctx.storage.setAlarm(Date.now() + AGAIN_MS)
  }

  #hold(account: string, grant: FirmGrant): void {
    const held = this.#grants.get(account) ?? NO_GRANT
    this.#total = {
      open: this.#total.open - held.open + grant.open,
      daily: this.#total.daily - held.daily + grant.daily,
    }
    this.#grants.set(account, grant)
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
