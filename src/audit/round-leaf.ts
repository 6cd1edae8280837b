/**
 * The sequencer's own leaf, with which each round begins: what the log was until then, how far it has taken each
 * shard, and which keys sign it. So gaps, the order of rounds and a change of keys are part of what the log proves.
 */
import { toBase64 } from '../lib/bytes.ts'
import type { TreeHead } from './merkle.ts'

export interface RoundLeaf {
  readonly before: TreeHead
  readonly atMs: number
  /** By how much the clock was behind the last round, if it was. */
  readonly clockBackMs: number
  /** The number of the last batch of each shard once the round is done. */
  readonly taken: ReadonlyMap<number, number>
  /** Every vkey that signs from this round on, where that is news. */
  readonly keys: readonly string[] | undefined
}

/** The leaf in the form of RFC 8785: members by name, no white space. */
export function roundLeaf({ before, atMs, clockBackMs, taken, keys }: RoundLeaf): string {
  // As texts: `10` stands before `2`. An object would order such names as numbers.
  const shards = [...taken]
    .map(([shard, number]) => [String(shard), number] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([shard, number]) => `"${shard}":${number}`)
  const members = [
    `"at":${atMs}`,
    ...(clockBackMs === 0 ? [] : [`"clockBackMs":${clockBackMs}`]),
    ...(keys === undefined ? [] : [`"keys":${JSON.stringify(keys)}`]),
    `"root":"${toBase64(before.root)}"`,
    `"shards":{${shards.join()}}`,
    `"size":${before.size}`,
    '"type":"round"',
    '"v":1',
  ]
  return `{${members.join()}}`
}
