/** All controls, in the order in which they are asked: what may not be traded at all comes first. */
import type { Breach, Control, Judged, Sums } from './control.ts'
import { OVER_TIME } from './controls/over-time.ts'
import { PERMITTED } from './controls/permitted.ts'
import { SIZE } from './controls/size.ts'
import type { Limits } from './limits.ts'

const CONTROLS: readonly Control[] = [...PERMITTED, ...SIZE, ...OVER_TIME]

export interface Refused extends Breach {
  readonly control: Control
}

/** The first control that says no, or `undefined`. `overridden` passes those that a person may override. */
export function firstBreach(
  judged: Judged,
  limits: Limits,
  sums: Sums,
  overridden = false,
): Refused | undefined {
  for (const control of CONTROLS) {
    if (overridden && control.overridable) continue
    const found = control.check(judged, limits, sums)
    if (found !== undefined) return { control, ...found }
  }
  return undefined
}
