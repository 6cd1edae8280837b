/** Who changed something, by whose word and why: kept with what was there before and after. */
import * as v from 'valibot'

const Text = v.string()

export const ProvenanceSchema = v.object({
  user: Text,
  keyId: Text,
  /** The session in which it was done, or absent for a signed request. */
  sid: v.optional(Text),
  requestId: Text,
  reason: Text,
  approver: v.optional(Text),
  ticket: v.optional(Text),
})
export type Provenance = Readonly<v.InferOutput<typeof ProvenanceSchema>>

/** The same as a record of the change says it. */
export function byWhom({
  sid,
  ...by
}: { readonly [name in keyof Provenance]?: Provenance[name] | undefined }) {
  return sid === undefined ? by : { ...by, session: sid }
}
