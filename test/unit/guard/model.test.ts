/**
 * The guard against a reference that keeps an exact log of everything: random histories of requests, weights,
 * pauses, clocks that jump, evictions and crashes. A failure names the history; its number reproduces it.
 */
import { expect, test } from 'vitest'
import { budgetsOf, countedLimits, type Budget } from '../../../src/access/limit.ts'
import type { Kind } from '../../../src/access/kind.ts'
import type { Admission, Verdict } from '../../../src/guard/key.ts'
import { GuardWorld, MODEL_LIMITS } from '../../support/guard-world.ts'
import { found } from '../../support/found.ts'
import { random, type Random } from '../../support/random.ts'

/** All of them on one runtime; on the others enough to see that nothing there is different. */
const HISTORIES = navigator.userAgent.startsWith('Node') ? 10_000 : 1_000
const STEPS = 60

const BUDGETS = budgetsOf(countedLimits(MODEL_LIMITS, [], 0))
const KINDS: readonly Kind[] = ['read', 'read', 'order', 'cancel', 'withdrawal']
const PAUSES = [
  0, 0, 0, 0, 1, 90, 400, 999, 1_000, 3_900, 4_100, 5_000, 11_000, 11_000, 15_000, 70_000,
]
const RARE_PAUSES = [3_600_000, 43_200_000, 86_400_000]
/** Within one life, in milliseconds: a step that time daemons make. Between lives hosts differ by up to 250. */
const JUMPS = [-3_600_000, -2_000, 2_000, 60_000, 3_600_000]

interface Entry {
  readonly ask: Admission
  readonly clockMs: number
  readonly trueMs: number
}

/** The reference: an exact log of every admission. */
class Log {
  readonly entries: Entry[] = []
  readonly #ids = new Set<string>()
  /** Reads that were judged, whatever the verdict: their octets are known to others now. */
  readonly #reads = new Set<string>()
  readonly #attempts = new Set<string>()

  add(entry: Entry): void {
    this.entries.push(entry)
    this.#ids.add(entry.ask.replayId)
    this.#attempts.add(entry.ask.attempt)
  }

  /** A signed read was seen, admitted or not. */
  saw({ kind, fenced, replayId }: Admission): void {
    if (kind === 'read' && fenced) this.#reads.add(replayId)
  }

  /** Whether this very attempt was admitted before: the same verdict again is no second admission. */
  repeats({ attempt }: Admission): boolean {
    return this.#attempts.has(attempt)
  }

  /** What speaks against an admission, or `undefined`. */
  wrong(entry: Entry): string | undefined {
    const { kind, replayId } = entry.ask
    if (kind !== 'read' && this.#ids.has(replayId)) return 'a replay'
    if (kind !== 'read' && this.#reads.has(replayId)) return 'a read that came back as a write'
    for (const budget of BUDGETS) {
      if (!budget.kinds.includes(entry.ask.kind)) continue
      // By the object's own clock, or where a crash set that clock back, by real time.
      const units = Math.min(
        this.#units(budget, entry, 'clockMs'),
        this.#units(budget, entry, 'trueMs'),
      )
      if (units > budget.limit) return `${units} units of ${budget.id}`
    }
    return undefined
  }

  #units({ kinds, windowSeconds }: Budget, entry: Entry, time: 'clockMs' | 'trueMs'): number {
    const sinceMs = entry[time] - windowSeconds * 1000
    let units = entry.ask.weight
    for (const old of this.entries)
      if (old[time] > sinceMs && kinds.includes(old.ask.kind)) units += old.ask.weight
    return units
  }
}

class History {
  readonly world = new GuardWorld(MODEL_LIMITS)
  readonly log = new Log()
  readonly sent: Admission[] = []
  readonly sequences = new Set<number>()
  readonly #random: Random
  /** One dialect a key: one with a nonce, or one whose reads could come back as writes. */
  readonly #dialect: Pick<Admission, 'nonced' | 'fenced'>
  #attacks = 0
  replays = 0

  constructor(seed: number) {
    this.#random = random(seed)
    const fenced = this.#random.chance(0.5)
    this.#dialect = { nonced: !fenced, fenced }
  }

  run(): void {
    for (let step = 0; step < STEPS; step += 1) this.#step()
  }

  #step(): void {
    const { world } = this
    const dice = this.#random
    world.pass(
      dice.pick(dice.chance(0.01) ? RARE_PAUSES : PAUSES),
      dice.chance(0.1) ? dice.below(20_000) : 0,
    )
    if (dice.chance(0.02)) world.clockMs += dice.pick(JUMPS)
    if (dice.chance(0.03)) world.auditLog = !world.auditLog
    if (dice.chance(0.1)) world.takes = dice.pick([0.5, 1, 1])
    if (dice.chance(0.02)) this.#restart()
    this.#attack()
    // Real flow comes in bursts.
    const burst = dice.chance(0.2) ? 1 + dice.below(25) : 1
    for (let i = 0; i < burst; i += 1) this.#send()
  }

  /** A crash or a deploy: another host, whose clock differs a little; and somebody who waited for it. */
  #restart(): void {
    this.world.forget()
    this.world.clockMs += this.#random.below(501) - 250
    this.#attacks = this.#random.below(8)
  }

  /** What was sent just before a crash comes again once short windows are open. */
  #attack(): void {
    if (this.sent.length === 0) return
    if (this.#attacks > 0) this.world.pass(this.#random.pick([0, 1_000, 1_300, 6_000]))
    for (; this.#attacks > 0; this.#attacks -= 1) {
      const ask = this.#replayed(8)
      this.#judge(ask, this.world.admit(ask), undefined)
    }
  }

  #send(): void {
    const dice = this.#random
    const ask = dice.chance(0.15) && this.sent.length > 0 ? this.#replayed() : this.#fresh()
    this.sent.push(ask)
    const crash = dice.chance(0.02)
      ? dice.pick(['before the write', 'after the write'] as const)
      : undefined
    const verdict =
      crash === undefined ? this.world.admit(ask) : this.world.admitAndCrash(ask, crash)
    if (crash !== undefined) this.#restart()
    // No verdict, no forwarding; a Worker that heard nothing asks once more.
    if (verdict === undefined || (crash !== undefined && dice.chance(0.5))) {
      this.#judge(ask, this.world.admit(ask), verdict?.sequence)
    } else this.#judge(ask, verdict, undefined)
  }

  #fresh(): Admission {
    const dice = this.#random
    return this.world.ask({
      ...this.#dialect,
      kind: dice.pick(KINDS),
      weight: dice.chance(0.8) ? 1 : 1 + dice.below(3),
      signedAtMs: this.world.clockMs - dice.below(10_000) + dice.below(1_000),
      freshUntilMs: this.world.clockMs + 15_000,
    })
  }

  /** Anything that was ever sent, sent again by somebody else; its freshness is not relied on. */
  #replayed(last = 40): Admission {
    this.replays += 1
    const dice = this.#random
    const recent = Math.max(0, this.sent.length - last)
    const old = dice.chance(0.7)
      ? this.sent[recent + dice.below(this.sent.length - recent)]
      : dice.pick(this.sent)
    const { attempt } = this.world.ask({ kind: 'read' })
    // Only what leaves method and path open can be taken to another operation.
    const kind = old?.fenced === true ? dice.pick(KINDS) : (old?.kind ?? 'read')
    return { ...(old ?? this.#fresh()), attempt, kind, operation: kind }
  }

  #judge(ask: Admission, verdict: Verdict, heardBefore: number | undefined): void {
    const { sequence, decision, decidedAtMs } = verdict
    if (this.log.repeats(ask)) return
    if (sequence !== heardBefore && this.sequences.has(sequence))
      throw new Error(`The number ${sequence} was given twice`)
    this.sequences.add(sequence)
    if (!decision.ok) {
      this.log.saw(ask)
      return
    }
    const entry = { ask, clockMs: decidedAtMs, trueMs: this.world.trueMs }
    const wrong = this.log.wrong(entry)
    if (wrong !== undefined) throw new Error(`Admitted: ${wrong}`)
    this.log.add(entry)
  }
}

// @control mission/replay mission/limits
test(`I1, I2: ${HISTORIES} random histories: nothing admitted twice, no limit exceeded, no number given twice`, () => {
  const sum = { sent: 0, admitted: 0, replays: 0, starts: 0, alarms: 0 }
  for (let seed = 1; seed <= HISTORIES; seed += 1) {
    const history = new History(seed)
    try {
      history.run()
    } catch (error) {
      throw new Error(`History ${seed} after ${history.sent.length} requests`, { cause: error })
    }
    sum.sent += history.sent.length
    sum.admitted += history.log.entries.length
    sum.replays += history.replays
    sum.starts += history.world.counts.starts
    sum.alarms += history.world.counts.alarms
  }
  // A test that admits nothing shows nothing.
  expect(sum.admitted / sum.sent).toBeGreaterThan(0.2)
  found(`${HISTORIES} histories: ${JSON.stringify(sum)}; 0 replays admitted, 0 limits exceeded`)
}, 120_000)
