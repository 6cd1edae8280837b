/** The restore drill: an object's SQLite file is put back as it was before some orders, and they come again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, Demo, order, type Wire } from '../support/node/demo.ts'
import { tally } from '../support/node/tally.ts'
import { copyObject, objectRows } from '../support/node/object-files.ts'
import { found } from '../support/node/size.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

const arrivals = (prefix: string) =>
  demo.journal().filter(({ body }) => body.includes(prefix)).length

async function signedOrder(name: string, id: string): Promise<Wire> {
  const plain = order(id)
  return { ...plain, headers: { ...plain.headers, ...(await demo.signed(demo.key(name), plain)) } }
}

/** Three orders are placed after the copy was made; then the copy is put back and they are sent again. */
async function drill(name: string, settings: Record<string, string>): Promise<string[]> {
  const { keyId } = demo.key(name)
  expect((await demo.send(await signedOrder(name, `${name}-before`))).status).toBe(201)
  // Until the audit log has all of it: a copy with something left to ship would give itself away at once.
  await sleep(5_500)
  await demo.end('SIGINT')
  const putBack = copyObject(demo.state, keyId)
  demo.settings = {}
  await demo.start()
  await sleep(1_300)
  // One that the audit log has by then, beside those that nobody has.
  expect((await demo.send(await signedOrder(name, `${name}-shipped`))).status).toBe(201)
  await sleep(5_500)
  const wires = await Promise.all([1, 2, 3].map((i) => signedOrder(name, `${name}-lost-${i}-`)))
  for (const wire of wires) expect(codeOf(await demo.send(wire))).toBe('201')
  await demo.end('SIGKILL')
  putBack()
  demo.settings = settings
  await demo.start()
  await sleep(1_300)
  const again = []
  for (const wire of wires) again.push(codeOf(await demo.send(wire)))
  return again
}

test(
  'announced, nothing that was lost is admitted again, and the key goes on',
  { timeout: 120_000 },
  async () => {
    const { keyId } = demo.key('trade')
    const codes = await drill('trade', { RESTORED_KEYS: `${keyId}:1` })
    expect(tally(codes)).toEqual({ retry_fresh: 3 })
    expect(arrivals('trade-lost')).toBe(3)
    expect(arrivals('trade-shipped')).toBe(1)
    // Two seconds, and one more because the client's clock ticks in seconds.
    await sleep(3_400)
    expect((await demo.send(await signedOrder('trade', 'trade-after'))).status).toBe(201)
    const [row] = objectRows(demo.state, keyId, 'SELECT max(sequence) AS highest FROM admission')
    expect(Number(row?.['highest'])).toBeGreaterThan(2 ** 40)
    found('restored and announced: 3 lost orders sent again: 0 admitted, 3 to be signed again')
  },
)

test(
  'unannounced the key admits them again, so it can fail: the account stops them, and the audit log finds out within seconds',
  { timeout: 120_000 },
  async () => {
    const codes = await drill('compact', {})
    // Admitted by a key that knows nothing of them, and known to their account by the client's own ids.
    expect(tally(codes)).toEqual({ risk_duplicate_client_order_id: 3 })
    await demo.until(() => {
      const rows = objectRows(demo.state, demo.key('compact').keyId, 'SELECT floor_ms FROM lease')
      return Number(rows[0]?.['floor_ms']) > 0
    })
    found(
      'restored and unannounced: 3 lost orders sent again: 3 admitted; sealed when the audit log was asked',
    )
  },
)
