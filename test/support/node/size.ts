/** Proofs are run small in CI and at full size by `npm run prove`. */
export const FULL = process.env['PORTCULLIS_PROVE'] === 'full'

/** How often something is done. */
export function rounds(reduced: number, full: number): number {
  return FULL ? full : reduced
}

/** What a test found, for the evidence: printed at full size only. */
export function found(line: string): void {
  if (FULL) process.stdout.write(`found: ${line}\n`)
}
