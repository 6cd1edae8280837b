/** The leaf with which the sequencer begins a round, as it is read. */
import * as v from 'valibot'
import { canonical } from '../../lib/jcs.ts'

const Whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

const RoundSchema = v.strictObject({
  v: v.literal(1),
  type: v.literal('round'),
  at: Whole,
  size: Whole,
  root: v.string(),
  shards: v.record(v.string(), Whole),
  keys: v.optional(v.array(v.string())),
  clockBackMs: v.optional(Whole),
})

export type Round = v.InferOutput<typeof RoundSchema>

/** The round that a text is, or `undefined`. */
export function readRound(text: string): Round | undefined {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), RoundSchema), text)
  return read.success && canonical(read.output) === text ? read.output : undefined
}
