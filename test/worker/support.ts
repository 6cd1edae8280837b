/** A key's object as the tests ask it: real, in workerd, with admissions made up. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'
import type { KeyGuard } from '../../durable-objects/key-guard.ts'
import type { Admission, Key } from '../../src/guard/key.ts'

export const START = 1_800_000_000_000

const KEY: Omit<Key, 'keyId'> = {
  account: 'acct',
  user: 'user',
  tier: 'retail',
  status: 'active',
  permissions: ['order.write', 'account.read'],
  addresses: [],
  credentials: [{ id: 'cred' }],
  limits: [],
}

let count = 0

export function order(change: Partial<Admission> = {}): Admission {
  count += 1
  return {
    attempt: `attempt-${count}`,
    requestId: `request-${count}`,
    requestHash: 'hash',
    replayId: `replay-${count}`,
    nonced: true,
    fenced: false,
    credentialId: 'cred',
    signedAtMs: Date.now(),
    freshUntilMs: Date.now() + 16_000,
    operation: 'order.write',
    route: 'POST /v1/orders',
    kind: 'order',
    permission: 'order.write',
    weight: 1,
    budget: 'tier',
    address: '192.0.2.1',
    epoch: 0,
    ...change,
  }
}

export function read(change: Partial<Admission> = {}): Admission {
  return order({ kind: 'read', operation: 'account.read', permission: 'account.read', ...change })
}

/** Time passes for an object: its alarms come when they are due. */
export async function pass(stub: DurableObjectStub<KeyGuard>, ms: number): Promise<void> {
  const endMs = Date.now() + ms
  for (;;) {
    const dueMs = await runInDurableObject(stub, (_object, state) => state.storage.getAlarm())
    if (dueMs === null || dueMs > endMs) break
    vi.setSystemTime(Math.max(dueMs, Date.now()))
    await runDurableObjectAlarm(stub)
  }
  vi.setSystemTime(endMs)
}

/** The object of a new key; each call asks through a fresh stub, as the gateway does. */
export async function newGuard(change: Partial<Key> = {}) {
  count += 1
  const keyId = `key_${count}`
  const stub = () => env.KEY_GUARD.getByName(keyId)
  await stub().put({ ...KEY, keyId, ...change })
  return {
    stub,
    keyId,
    evict: () => evictDurableObject(stub()),
    pass: (ms: number) => pass(stub(), ms),
    /** Long enough for the alarms to close everything and for memory to go. */
    sleep: async (ms: number) => {
      await pass(stub(), ms)
      await evictDurableObject(stub())
    },
    put: (now: Partial<Key>) => stub().put({ ...KEY, keyId, ...now }),
    async ask(ask: Admission) {
      const verdict = await stub().admit(ask)
      if (verdict === undefined || 'movedTo' in verdict) {
        return { code: 'no key' as const, sequence: 0, limits: [], decidedAtMs: 0 }
      }
      const { decision, sequence, limits, decidedAtMs } = verdict
      return {
        code: decision.ok ? ('admitted' as const) : decision.error.code,
        sequence,
        limits,
        decision,
        decidedAtMs,
      }
    },
    rows: (table: string) =>
      runInDurableObject(stub(), (_object, state) =>
        state.storage.sql.exec(`SELECT * FROM ${table}`).toArray(),
      ),
  }
}
