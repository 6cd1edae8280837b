/** Everything that a verification can find. */
import type { Rule } from './claims.ts'
import { FOUND_IN_LOG } from './found-log.ts'
import { FOUND_IN_RECORDS } from './found-records.ts'

const FOUND = { ...FOUND_IN_LOG, ...FOUND_IN_RECORDS } as const

export type FindingCode = keyof typeof FOUND

export const FINDING_CODES: readonly FindingCode[] = Object.keys(FOUND).filter(isFindingCode)

function isFindingCode(name: string): name is FindingCode {
  return Object.hasOwn(FOUND, name)
}

export function ruleOf(code: FindingCode): Rule {
  return FOUND[code]
}
