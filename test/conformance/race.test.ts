/** A signed order and a deploy at the same moment: what is sent more than once happens once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, Demo, order, type Wire } from '../support/node/demo.ts'
import { tally } from '../support/node/tally.ts'
import { found, rounds } from '../support/node/size.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

const COPIES = 200
/** Copies leave one after the other over this time, so that some meet the old code and some the new. */
const SPREAD_MS = 400

/** What one client hears. Told to wait, it waits as long and sends the same again: then it is heard once more. */
async function heard(wire: Wire): Promise<string[]> {
  const answer = await demo.send(wire).catch(() => undefined)
  if (answer === undefined) return ['lost']
  const code = codeOf(answer)
  if (code !== 'rate_limited') return [code]
  await sleep(Number(answer.headers['retry-after']) * 1_000)
  return [code, ...(await heard(wire))]
}

test(
  'I1: of 200 copies of one signed order, sent while the worker is reloaded, exactly one reaches the broker',
  { timeout: 600_000 },
  async () => {
    const key = demo.key('hot')
    const times = rounds(3, 20)
    const codes: string[] = []
    let byNewCode = 0
    for (let round = 0; round < times; round += 1) {
      const plain = order(`race-${round}-`)
      const wire = { ...plain, headers: { ...plain.headers, ...(await demo.signed(key, plain)) } }
      let reloaded = false
      // It begins at another point of the burst each time.
      const reload = async () => {
        await sleep((SPREAD_MS * round) / times)
        await demo.reload()
        reloaded = true
      }
      const copies = Array.from({ length: COPIES }, async (_, copy) => {
        await sleep((SPREAD_MS * copy) / COPIES)
        codes.push(...(await heard(wire)))
        if (reloaded) byNewCode += 1
      })
      await Promise.all([reload(), ...copies])
      expect(demo.journal().filter(({ body }) => body === wire.body)).toHaveLength(1)
    }
    // Both have been asked: the old code and the new.
    expect(byNewCode).toBeGreaterThan(0)
    expect(byNewCode).toBeLessThan(times * COPIES)
    expect(codes.filter((code) => code === '201')).toHaveLength(times)
    const others = Object.keys(tally(codes)).filter(
      (code) => !['201', 'replayed', 'rate_limited', 'guard_unavailable'].includes(code),
    )
    expect(others).toEqual([])
    found(
      `${times} reloads, each amid ${COPIES} copies of one order: ${JSON.stringify(tally(codes))}; ${byNewCode} copies were last answered by the new code; exactly 1 at the broker each time`,
    )
  },
)
