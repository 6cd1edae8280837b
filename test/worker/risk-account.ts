/** A trading account with an object of its own, and what it is asked. */
import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { RiskAsk, RiskVerdict } from '../../src/risk/account-port.ts'
import type { Intent } from '../../src/risk/order.ts'
import { order } from '../support/account.ts'

export const BY = { user: 'user_risk', keyId: 'key_risk', requestId: 'request', reason: 'a test' }
const LIMITED = { account: { maxOpenValue: '10000' }, keys: {}, symbols: {} }

let count = 0

/** A new account whose limit has room for a hundred orders of a hundred each. */
export async function newAccount(limits = LIMITED) {
  count += 1
  const account = `acct-${count}`
  const stub = () => env.ACCOUNT_RISK.getByName(account)
  const untilMs = Date.now() + 86_400_000
  const edit = { type: 'limits', limits, untilMs, ifRevision: 0 } as const
  const by = { ...BY, approver: 'user_other', ticket: 'T-1' }
  expect(await stub().edit(edit, by)).toMatchObject({ ok: true })
  let asked = 0
  const ask = (change: Partial<RiskAsk> = {}, intents: readonly Intent[] = [order()]): RiskAsk => {
    asked += 1
    return {
      attempt: `${account}-${asked}`,
      requestId: `request-${account}-${asked}`,
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
      ...change,
    }
  }
  return { account, stub, ask, crash: () => evictDurableObject(stub()) }
}

export function passed(verdicts: readonly RiskVerdict[]) {
  return verdicts.flatMap((verdict) => ('passed' in verdict ? [verdict.passed.number] : []))
}
