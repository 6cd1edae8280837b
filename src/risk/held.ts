/** The kill switch in an account's object: what holds for a request, and what of it passes. */
import { forceOf, type AccountHold } from '../control/hold.ts'
import { moveOf, passes, stricter, type Force, type Level } from '../control/level.ts'
import type { RiskAsk, RiskPassed } from './account-port.ts'
import type { Entry } from './entry.ts'
import type { JudgedOrder } from './judge.ts'

/** The strictest: of its key, of the account, or of what the Worker knows. */
export function forceFor({ keyId, force }: RiskAsk, holds: readonly AccountHold[]): Force {
  const own = forceOf(holds.filter((hold) => hold.keyId === undefined || hold.keyId === keyId))
  return force !== undefined && stricter(own.level, force.level) !== own.level ? force : own
}

/** @param reduces whether every order of it only makes a position smaller. */
export function intentsPass(intents: RiskAsk['intents'], level: Level, reduces: boolean): boolean {
  return intents.every(({ action }) => {
    const isCancel = action === 'cancel' || action === 'cancel_all'
    return passes(isCancel ? 'cancel' : moveOf('order', reduces), level)
  })
}

export function passedNow(number: number, passed: readonly JudgedOrder[]): RiskPassed {
  const symbols = passed.flatMap(({ leg }) => leg.order?.symbol ?? [])
  return { number, reduces: passed.every(({ reduces }) => reduces), symbols }
}

/** What was answered before: of what is remembered nobody knows any more whether it reduced. */
export function passedAs({ number, legs }: Entry): RiskPassed {
  const reduces = legs.every(({ order }) => order === undefined)
  return { number, reduces, symbols: legs.flatMap(({ order }) => order?.symbol ?? []) }
}
