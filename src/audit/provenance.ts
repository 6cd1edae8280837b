/** Who changed something, by whose word and why: kept with what was there before and after. */
export interface Provenance {
  readonly user: string
  readonly keyId: string
  /** The session in which it was done, or absent for a signed request. */
  readonly sid?: string | undefined
  readonly requestId: string
  readonly reason: string
  readonly approver?: string | undefined
  readonly ticket?: string | undefined
}
