/** What a lease promises, through the whole guard: examples and smaller histories. */
import { expect, test } from 'vitest'
import type { Kind } from '../../../src/access/kind.ts'
import type { Verdict } from '../../../src/guard/key.ts'
import { GuardWorld, MODEL_LIMITS, START } from '../../support/guard-world.ts'
import { random } from '../../support/random.ts'

const KINDS: readonly Kind[] = ['read', 'order', 'cancel', 'withdrawal']
const PAUSES = [0, 0, 0, 0, 1, 90, 400, 999, 1_000, 3_900, 4_100, 5_000, 11_000, 15_000, 70_000]

// @control mission/retry-after
test('I8: with no other traffic the same request is refused a second before its time and admitted at it', () => {
  let refusals = 0
  for (let seed = 1; seed <= 2_000; seed += 1) {
    const dice = random(seed)
    const world = new GuardWorld(MODEL_LIMITS)
    for (let step = 0; step < 30; step += 1) {
      world.pass(dice.pick(PAUSES))
      if (dice.chance(0.05)) {
        world.forget()
        // What was signed at the very instant of a crash may have been seen: that is another test's business.
        world.pass(1)
      }
      const kind = dice.pick(KINDS)
      const weight = 1 + dice.below(3)
      let refused: number | undefined
      for (let i = dice.below(20); i >= 0 && refused === undefined; i -= 1)
        refused = waitOf(world.admit(world.ask({ kind, weight })))
      if (refused === undefined) continue
      refusals += 1
      world.pass((refused - 1) * 1000)
      expect(waitOf(world.admit(world.ask({ kind, weight }))), `history ${seed}`).toBe(1)
      world.pass(1_000)
      expect(waitOf(world.admit(world.ask({ kind, weight }))), `history ${seed}`).toBeUndefined()
    }
  }
  expect(refusals).toBeGreaterThan(1_000)
}, 120_000)

/** The announced wait in seconds, or `undefined` when it was admitted. */
function waitOf({ decision }: Verdict): number | undefined {
  return decision.ok ? undefined : decision.error.retryAfterSeconds
}

test('I2: a bot that polls every 15 s all day loses nothing of its quota', () => {
  const world = new GuardWorld([{ name: 'day', limit: 5_760, windowSeconds: 86_400 }])
  for (let poll = 0; poll < 5_760; poll += 1) {
    expect(world.admit(world.ask({ kind: 'read' })).decision.ok, `poll ${poll}`).toBe(true)
    world.pass(15_000)
  }
})

test('I2: ten a minute: ten requests, 11 s of silence, ten more give ten and ten refusals', () => {
  const world = new GuardWorld([{ name: 'minute', limit: 10, windowSeconds: 60 }])
  const ten = () =>
    Array.from({ length: 10 }, () => world.admit(world.ask({ kind: 'order' })).decision.ok)
  expect(ten()).toEqual(Array(10).fill(true))
  world.pass(11_000)
  expect(ten()).toEqual(Array(10).fill(false))
})

test.each([
  [10, 1],
  [100, 60],
  [2_000, 86_400],
])(
  'I2: of %i in %i s at least 95 in 100 are usable by a client that always tries',
  (limit, seconds) => {
    const world = new GuardWorld([{ name: 'limit', limit, windowSeconds: seconds }])
    const windows = 5
    let admitted = 0
    for (let tried = 0; world.clockMs < START + windows * seconds * 1000; tried += 1) {
      const wait = waitOf(world.admit(world.ask({ kind: 'order' })))
      if (wait === undefined) admitted += 1
      else world.pass(wait * 1000)
    }
    expect(admitted).toBeGreaterThanOrEqual(0.95 * limit * windows)
  },
)

test('I2: a crash costs at most 5 % of a limit, however busy the key was', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const dice = random(seed)
    const limit = 1_000
    const world = new GuardWorld([{ name: 'day', limit, windowSeconds: 86_400 }])
    let admitted = 0
    const count = 20 + dice.below(400)
    for (let i = 0; i < count; i += 1) {
      world.pass(dice.below(300))
      if (world.admit(world.ask({ kind: 'order' })).decision.ok) admitted += 1
    }
    world.forget()
    world.pass(1)
    while (world.admit(world.ask({ kind: 'order' })).decision.ok) admitted += 1
    expect(admitted, `history ${seed}`).toBeGreaterThanOrEqual(0.95 * limit)
    expect(admitted).toBeLessThanOrEqual(limit)
  }
})

test('I2: crash upon crash costs no more than one, while no alarm has closed a lease', () => {
  const limit = 1_000
  const world = new GuardWorld([{ name: 'day', limit, windowSeconds: 86_400 }])
  let admitted = 0
  for (let crash = 0; crash < 40; crash += 1) {
    for (let i = 0; i < 10; i += 1) {
      world.pass(100)
      if (world.admit(world.ask({ kind: 'order' })).decision.ok) admitted += 1
    }
    world.forget()
  }
  while (world.admit(world.ask({ kind: 'order' })).decision.ok) admitted += 1
  expect(admitted).toBeGreaterThanOrEqual(0.95 * limit)
  expect(admitted).toBeLessThanOrEqual(limit)
})

test('a number that a crash lost is recorded as a gap, once', () => {
  const world = new GuardWorld([{ name: 'day', limit: 1_000, windowSeconds: 86_400 }])
  const numbers = []
  for (let i = 0; i < 3; i += 1) {
    numbers.push(world.admit(world.ask({ kind: 'order' })).sequence)
    world.pass(500)
  }
  world.forget()
  world.pass(10)
  numbers.push(world.admit(world.ask({ kind: 'order' })).sequence)
  world.pass(60_000)
  const [, , third = 0, fourth = 0] = numbers
  expect(world.store.gaps.map(({ first, last }) => [first, last])).toEqual([[third, fourth - 1]])
})

test('I10: a busy key writes rarely; a quiet one a row a request and no alarm', () => {
  const busy = new GuardWorld([{ name: 'day', limit: 1_000_000, windowSeconds: 86_400 }])
  for (let i = 0; i < 3_000; i += 1) {
    busy.admit(busy.ask({ kind: 'read' }))
    busy.pass(20)
  }
  expect(busy.store.written / 3_000).toBeLessThanOrEqual(0.02)
  const quiet = new GuardWorld([{ name: 'day', limit: 1_000_000, windowSeconds: 86_400 }])
  for (let i = 0; i < 100; i += 1) {
    quiet.admit(quiet.ask({ kind: 'read' }))
    quiet.pass(15_000)
  }
  expect(quiet.store.written).toBe(100)
})
