/** What a verification claims about a log. */

/** In the order in which they are shown. */
export const CLAIMS = {
  signature: 'The checkpoint is signed by a key that you trust',
  witnesses: 'As many witnesses as you ask for have cosigned it',
  tree: 'The entries are those that the checkpoint commits to',
  tiles: 'The published hashes are those of the entries',
  history: 'The log only grew since every older checkpoint',
  rounds: 'Every round of the log stands on what was there before it',
  complete: 'Every leaf has its record, and every record its leaf',
  records: 'Every record is the very one that its leaf commits to',
  chains: 'Every chain is of one key or one subject of changes',
  sequence: 'No number of any key is missing without saying so',
  calls: 'No number was given twice, and every admitted call has its end',
  changes: 'No change is missing',
  clock: 'No record is later than the round that took it in',
} as const

export type ClaimId = keyof typeof CLAIMS

/** What can be found, and against which claim. */
export interface Rule {
  readonly claim: ClaimId
  /** What was found, as a sentence without its place. */
  readonly text: string
  readonly todo: string
  /** Something to know, which breaks no claim. */
  readonly note?: true
}
