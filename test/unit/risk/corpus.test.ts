/**
 * Random lives of accounts, judged twice: by the gateway's rules and by a calculator that shares nothing with them but
 * what each limit says. They agree on every order, or a failure names the life and the step.
 */
import { describe, expect, test } from 'vitest'
import { found } from '../../support/found.ts'
import { FULL } from '../../support/full.ts'
import { random } from '../../support/random.ts'
import { WAYS } from '../../support/risk-orders.ts'
import { RiskWorld } from '../../support/risk-world.ts'

const ORDERS = FULL ? 100_000 : 1_200
const STEPS = 120

describe.each(WAYS)('orders as clients of %s write them', (way) => {
  test(
    'are judged as the calculator judges them: which control, whose limit, by how much',
    { timeout: 900_000 },
    () => {
      const ends = new Map<string, number>()
      let orders = 0
      for (let life = 0; orders < ORDERS; life += 1) {
        const world = new RiskWorld(way, random(life * 7 + WAYS.indexOf(way)))
        for (let step = 0; step < STEPS; step += 1) {
          const { real, expected, intents } = world.step()
          expect({ life, step, said: real }).toEqual({ life, step, said: expected })
          const end = real?.control ?? 'passed'
          ends.set(end, (ends.get(end) ?? 0) + intents.length)
          orders += intents.length
        }
      }
      const counts = Object.fromEntries([...ends].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      found(
        `${orders} orders as clients of ${way} write them: 0 disagreements; ${JSON.stringify(counts)}`,
      )
      // Some pass, and some are refused by every control that can refuse them.
      expect(Object.keys(counts).length).toBeGreaterThan(12)
      expect(ends.get('passed')).toBeGreaterThan(orders / 10)
    },
  )
})
