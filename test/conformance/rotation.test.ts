/**
 * Rotation under load: clients go over to a new credential one after another, nobody's request fails, and when the
 * overlap ends the old credential fails everywhere at once. In full with `npm run prove -- rotation`.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SigningCredential } from '../../src/client/sign.ts'
import { Cast } from '../support/node/cast.ts'
import { Demo } from '../support/node/demo.ts'
import { askSigned } from '../support/node/person.ts'
import { FULL, rounds, shown } from '../support/node/size.ts'

const demo = new Demo()
const CLIENTS = 12
const OVERLAP_SECONDS = 3

beforeAll(() => demo.start())
afterAll(() => demo.stop())

interface Counts {
  sent: number
  failed: number
}

/** One client's program: reads and orders as fast as they are answered, with whatever credential it has now. */
class Program {
  readonly counts: Counts
  credential: SigningCredential
  #over = false
  readonly ended: Promise<void>

  constructor(credential: SigningCredential, counts: Counts) {
    this.credential = credential
    this.counts = counts
    this.ended = this.#go()
  }

  async #go(): Promise<void> {
    for (let i = 0; !this.#over; i += 1) {
      const { status } = await send(this.credential, i)
      this.counts.sent += 1
      if (status >= 400) this.counts.failed += 1
    }
  }

  async end(): Promise<void> {
    this.#over = true
    await this.ended
  }
}

function send(credential: SigningCredential, i: number) {
  const { gateway } = demo.file
  if (i % 10 !== 0) return askSigned(gateway, credential, 'GET', '/v1/ticker/BTC-USD')
  const order = { symbol: 'BTC-USD', side: 'buy', type: 'limit', quantity: '0.01', price: '100' }
  return askSigned(gateway, credential, 'POST', '/v1/orders', order)
}

// @control mission/rotation pci/8.6
test(
  'nobody fails while clients go over, and afterwards the old credential fails at once',
  async () => {
    const cast = await Cast.of(demo)
    const { userId } = await cast.person(['client'])
    const permissions = ['market.read', 'order.write']
    const { keyId, credential: first } = await cast.key(userId, { tier: 'unmetered', permissions })
    const counts = { sent: 0, failed: 0 }
    let credential = first
    const programs = Array.from({ length: CLIENTS }, () => new Program(credential, counts))
    const before = { late: 0, lateAdmitted: 0 }

    for (let round = 0; round < rounds(3, 60); round += 1) {
      const at = `/admin/keys/${keyId}/rotate`
      const { status, json } = await cast.owner.call('POST', at, {
        overlapSeconds: OVERLAP_SECONDS,
      })
      expect(status).toBe(200)
      const endsAtMs = Date.parse(json.previousEndsAt)
      const old = credential
      credential = { ...old, id: json.credential.id, secret: json.credential.secret }
      for (const program of programs) {
        await sleep((OVERLAP_SECONDS * 1_000) / (2 * CLIENTS))
        program.credential = credential
      }
      await sleep(Math.max(0, endsAtMs - Date.now()))
      // One host, one clock: from the deadline on nothing of the old one is let through.
      const late = await Promise.all(Array.from({ length: 20 }, (_, i) => send(old, i)))
      before.late += late.length
      before.lateAdmitted += late.filter(
        ({ json: body }) => body.code !== 'credential_expired',
      ).length
    }
    await Promise.all(programs.map((program) => program.end()))
    const quota = await askSigned(demo.file.gateway, credential, 'GET', '/gw/v1/keys/self')
    const day = quota.json.limits.find(({ name }: { name: string }) => name === 'day')
    const spent =
      day.limit - Math.min(...day.budgets.map((one: { remaining: number }) => one.remaining))

    shown(
      `${rounds(3, 60)} rotations, ${CLIENTS} clients: ${counts.sent} requests, ${counts.failed} failed; ${before.late} with an old credential after its end, ${before.lateAdmitted} admitted; ${spent} units of the day spent by the key, whichever credential signed`,
    )
    expect(counts.failed).toBe(0)
    expect(before.lateAdmitted).toBe(0)
    expect(spent).toBeGreaterThan(counts.sent * 0.8)
  },
  FULL ? 1_200_000 : 120_000,
)
