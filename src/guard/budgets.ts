/**
 * All budgets of one key in memory, and how much of each a lease reserves. Short windows live here alone; of
 * longer ones the exact counts and the reservation are stored, so that a crash can only make us count too much.
 */
import { budgetsOf, type Budget, type CountedLimit } from '../access/limit.ts'
import { KINDS, type Kind } from '../access/kind.ts'
import type { Spending } from './shortfall.ts'
import { SHORT_WINDOW_MS, SlidingWindow, type StoredSlot } from './window.ts'

/** A lease reserves at most this part of a limit: what a crash may cost. */
const SHARE = 1 / 20
/** The first lease of a busy time has nothing to go by, in units. */
const FIRST_RESERVE = 32

/** One budget as it is stored. */
export interface StoredWindow {
  readonly id: string
  readonly name: string
  /** Units that may have been spent beyond those in the slots. */
  readonly reserved: number
  readonly slots: readonly StoredSlot[]
}

/** What is known of the past when an object starts. */
export interface Past {
  readonly windows: readonly StoredWindow[]
  readonly nowMs: number
  /** Until when a window of this length must be taken for full. */
  readonly closedUntilMs: (windowMs: number) => number
}

class CountedBudget implements Spending {
  readonly budget: Budget
  readonly window: SlidingWindow
  /** What is left of the reservation. */
  reserved = 0
  /** Spent since the last alarm: what the next lease goes by. */
  recent = 0

  constructor(budget: Budget, window: SlidingWindow) {
    this.budget = budget
    this.window = window
  }

  get isLong(): boolean {
    return this.budget.windowSeconds * 1000 > SHORT_WINDOW_MS
  }
}

export class Budgets {
  #all: readonly CountedBudget[] = []
  /** What each kind spends, and which of it is in force: asked with each request, changed with the limits. */
  #spent: ReadonlyMap<Kind, readonly CountedBudget[]> = new Map()
  #enforced: ReadonlyMap<Kind, readonly CountedBudget[]> = new Map()

  constructor(limits: readonly CountedLimit[], past: Past) {
    this.#set(budgetsOf(limits).map((budget) => restore(budget, past)))
  }

  /** What is in force. */
  get all(): readonly Spending[] {
    return this.#all.filter(({ budget }) => budget.enforced)
  }

  /** What is in force for a kind. */
  of(kind: Kind): readonly Spending[] {
    return this.#enforced.get(kind) ?? []
  }

  /** Whether what is reserved suffices for `weight` units. */
  covers(kind: Kind, weight: number): boolean {
    return this.#of(kind).every(({ isLong, reserved }) => !isLong || reserved >= weight)
  }

  spend(kind: Kind, weight: number, nowMs: number): void {
    for (const budget of this.#of(kind)) {
      budget.window.spend(nowMs, weight)
      budget.reserved = Math.max(0, budget.reserved - weight)
      budget.recent += weight
    }
  }

  /** Reserves what the time until the next alarm will likely need, or nothing. */
  reserve(reserving: boolean): void {
    for (const counted of this.#all) {
      // Not less where little is left: near a limit each request would write.
      const most = Math.floor(counted.budget.limit * SHARE)
      const likely = Math.max(FIRST_RESERVE, 2 * counted.recent)
      counted.reserved = reserving ? Math.min(most, likely) : 0
    }
  }

  /** A new lease begins: what was spent before it no longer says what is needed. */
  beginPeriod(): void {
    for (const counted of this.#all) counted.recent = 0
  }

  /**
   * Other limits are in force. A count that goes on goes on; one that is new begins with what is known of its name
   * and kinds, too much rather than too little.
   */
  change(limits: readonly CountedLimit[]): void {
    const changed = budgetsOf(limits).map((budget) => {
      const same = this.#all.filter((old) => old.budget.id === budget.id)
      const related = this.#all.filter(
        (old) =>
          old.budget.name === budget.name &&
          old.budget.kinds.some((kind) => budget.kinds.includes(kind)),
      )
      const windows = (same.length > 0 ? same : related).map(({ window }) => window)
      const window = SlidingWindow.from(budget.limit, budget.windowSeconds * 1000, windows)
      return new CountedBudget(budget, window)
    })
    this.#set(changed)
  }

  /** What has to be stored: nothing of short windows. */
  stored(): readonly StoredWindow[] {
    return this.#all
      .filter(({ isLong }) => isLong)
      .map(({ budget: { id, name }, reserved, window }) => ({
        id,
        name,
        reserved,
        slots: window.slots(),
      }))
  }

  #of(kind: Kind): readonly CountedBudget[] {
    return this.#spent.get(kind) ?? []
  }

  #set(all: readonly CountedBudget[]): void {
    const spent = (kind: Kind) => all.filter(({ budget }) => budget.kinds.includes(kind))
    this.#all = all
    this.#spent = new Map(KINDS.map((kind) => [kind, spent(kind)]))
    this.#enforced = new Map(
      KINDS.map((kind) => [kind, spent(kind).filter(({ budget }) => budget.enforced)]),
    )
  }
}

/**
 * Units that were reserved when memory was lost count as spent now, the latest instant at which they can have
 * been. Counts of a budget that had other kinds before are taken together: too many rather than too few.
 */
function restore(budget: Budget, { windows, nowMs, closedUntilMs }: Past): CountedBudget {
  const { id, name, limit, windowSeconds } = budget
  const windowMs = windowSeconds * 1000
  if (windowMs <= SHORT_WINDOW_MS) {
    return new CountedBudget(
      budget,
      new SlidingWindow(limit, windowMs, [], closedUntilMs(windowMs)),
    )
  }
  const exact = windows.filter((stored) => stored.id === id)
  const known = exact.length > 0 ? exact : windows.filter((stored) => stored.name === name)
  const window = new SlidingWindow(
    limit,
    windowMs,
    known.flatMap(({ slots }) => slots),
  )
  const reserved = known.reduce((sum, stored) => sum + stored.reserved, 0)
  if (reserved > 0) window.spend(nowMs, reserved)
  return new CountedBudget(budget, window)
}
