/** Proofs are run small in CI and at full size by `npm run prove`. */
import { FULL } from '../full.ts'

export { FULL }

/** How often something is done, or how long. */
export function rounds<T>(reduced: T, full: T): T {
  return FULL ? full : reduced
}

/** What a test found, for the evidence: printed at full size only. */
export function found(line: string): void {
  if (FULL) shown(line)
}

/** What is to be seen at any size. */
export function shown(line: string): void {
  process.stdout.write(`found: ${line}\n`)
}
