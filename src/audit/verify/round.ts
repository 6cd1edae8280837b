/** The leaf with which the sequencer begins a round, as it is read. */
import * as v from 'valibot'
import { isCanonical } from '../../lib/jcs.ts'
import { parsed } from '../../lib/json.ts'

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
  // Nearly every leaf is none, and need not be parsed to know it.
  if (!text.endsWith(END)) return undefined
  const value = parsed(text)
  const read = v.safeParse(RoundSchema, value)
  return read.success && isCanonical(text, value) ? read.output : undefined
}

/** How the canonical text of a round ends: no name of its members comes after these. */
const END = ',"type":"round","v":1}'
