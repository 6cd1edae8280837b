/** An account's object that can be put back to an older state, and what the audit log then has of it. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { AccountRisk } from '../../durable-objects/account-risk.ts'
import { text } from '../../durable-objects/rows.ts'
import { readRecord } from '../../src/audit/record.ts'
import { shardOf } from '../../src/audit/shipment.ts'
import type { AccountEdit } from '../../src/risk/account-edit.ts'
import type { RiskVerdict } from '../../src/risk/account-port.ts'
import type { Told } from '../../src/risk/feed.ts'
import type { Intent } from '../../src/risk/order.ts'
import { ONE, order } from '../support/account.ts'

export const BY = { user: 'user_risk', keyId: 'key_risk', requestId: 'request', reason: 'a test' }
export const TIGHT = { account: { maxOpenValue: '1000' }, keys: {}, symbols: {} }

type Stub = DurableObjectStub<AccountRisk>

let count = 0

/** What an object has stored, to be put back later: what a restore from a point in time does. */
async function snapshot(stub: DurableObjectStub): Promise<() => Promise<void>> {
  const stored = await runInDurableObject(stub, (_object, { storage: { sql } }) =>
    sql
      .exec(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
      )
      .toArray()
      .map(({ name }) => text(name))
      .map((name) => [name, sql.exec(`SELECT * FROM "${name}"`).toArray()] as const),
  )
  return async () => {
    await runInDurableObject(stub, (_object, { storage }) => {
      storage.transactionSync(() => {
        for (const [name, rows] of stored) {
          storage.sql.exec(`DELETE FROM "${name}"`)
          for (const row of rows) {
            const places = Object.keys(row).map(() => '?')
            const insert = `INSERT INTO "${name}" VALUES (${places.join()})`
            storage.sql.exec(insert, ...Object.values(row))
          }
        }
      })
    })
    await evictDurableObject(stub)
  }
}

export function newAccount() {
  count += 1
  const account = `restored-${count}`
  const stub = (): Stub => env.ACCOUNT_RISK.getByName(account)
  let asked = 0
  const judge = async (intents: readonly Intent[] = [order()]): Promise<RiskVerdict> => {
    asked += 1
    const name = `request-${account}-${asked}`
    return stub().judge({
      attempt: `attempt-${account}-${asked}`,
      requestId: name,
      sequence: asked,
      keyId: 'key_1',
      credentialId: 'cred_1',
      account,
      user: 'user_1',
      operation: 'order.write',
      route: 'POST /v1/orders',
      kind: 'order',
      requestHash: 'aa',
      receivedAtMs: Date.now(),
      bodyHash: 'bb',
      worker: 'local',
      policy: 'test',
      intents,
      references: {},
      firm: { revision: 0, firm: {}, symbols: {} },
    })
  }
  const end = async (intents?: readonly Intent[]) => {
    const verdict = await judge(intents)
    if ('refused' in verdict) return verdict.refused.control
    return 'passed' in verdict ? 'passed' : Object.keys(verdict).join()
  }
  const pass = async (orders: number) => {
    for (let i = 0; i < orders; i += 1) expect(await end()).toBe('passed')
  }
  const edit = async (change: AccountEdit, by = BY) => {
    const edited = await stub().edit(change, by)
    return edited.ok ? 'done' : (edited.error.detail ?? edited.error.code)
  }
  const set = async (limits = TIGHT) => {
    const { revision } = await stub().describe()
    const untilMs = Date.now() + 86_400_000
    const by = { ...BY, approver: 'user_other', ticket: 'T-1' }
    return edit({ type: 'limits', limits, untilMs, ifRevision: revision }, by)
  }
  const list = async (orders: NonNullable<Told['open']>['orders'], ageMs = 0) =>
    stub().tell({ executions: [], positions: [], open: { orders, ageMs } }, BY)
  const confirm = async () =>
    edit({ type: 'restore.confirm', dailyValue: 500n * ONE * ONE, dailyOrders: 5 })
  const ship = async () => runDurableObjectAlarm(stub())
  return {
    account,
    stub,
    end,
    pass,
    edit,
    set,
    list,
    confirm,
    ship,
    snapshot: () => snapshot(stub()),
  }
}

/** The log's records that name a subject. */
export async function recordsOf(account: string) {
  const shard = env.AUDIT_LOG.getByName(shardOf(account))
  await shard.sweep()
  const texts = new Array<string>()
  for (let after = 0; ;) {
    const page = await shard.read(after)
    texts.push(...page.records)
    if (page.next === after) break
    after = page.next
  }
  const records = texts.map((one) => readRecord(JSON.parse(one)))
  return records.filter((one) => JSON.stringify(one).includes(`"${account}"`))
}

export async function forksOf(account: string) {
  return (await recordsOf(account)).flatMap((one) =>
    one?.type === 'fork' ? [`${one.subject?.type} ${one.of} ${one.number}`] : [],
  )
}
