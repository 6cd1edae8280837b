/** A store of credentials over a plain map, whose reads are counted and can be held up or fail. */
import { issueCredential, newSecret } from '../../src/credential/issue.ts'
import { CredentialStore } from '../../src/credential/store.ts'
import { fakeIds, fakeKek } from './world.ts'

export const NOW = 1_800_000_000_000

export async function storeWorld() {
  const ids = fakeIds(1)
  const kek = fakeKek(1)
  const stored = new Map<string, string>()
  const record = await issueCredential(
    { keyId: 'key_1', dialect: 'compact', algorithm: 'hmac-sha256' },
    newSecret(),
    ids,
    kek,
  )
  stored.set(record.id, JSON.stringify(record))
  /** `held`: reads wait until it resolves. */
  const kv = { reads: 0, atOnce: 0, most: 0, down: false, held: Promise.resolve() }
  const shield = { asked: 0, spares: true, down: false }
  const store = new CredentialStore(ids, kek)
  const clock = { nowMs: NOW }
  const kept: Promise<unknown>[] = []
  let ticking: Promise<void> | undefined
  /** Time passes for all who wait together. */
  const tick = () =>
    (ticking ??= new Promise((resolve) => {
      setTimeout(() => {
        clock.nowMs += 5
        ticking = undefined
        resolve()
      }, 0)
    }))
  const find = (id: string, nowMs = clock.nowMs) => {
    clock.nowMs = nowMs
    return store.find(id, {
      nowMs: () => clock.nowMs,
      async read(key) {
        kv.reads += 1
        kv.atOnce += 1
        kv.most = Math.max(kv.most, kv.atOnce)
        await kv.held
        kv.atOnce -= 1
        if (kv.down) throw new Error('KV is down')
        return stored.get(key) ?? null
      },
      async spared() {
        shield.asked += 1
        if (shield.down) throw new Error('the shield is down')
        return shield.spares
      },
      async pause(ms) {
        for (const endMs = clock.nowMs + ms; clock.nowMs < endMs;) await tick()
      },
      keep: (work) => void kept.push(work),
    })
  }
  return { ids, stored, kv, shield, clock, kept, find, id: record.id }
}
