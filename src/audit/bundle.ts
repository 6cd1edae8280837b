/**
 * A bundle: what a shard stores of many records at once, sealed, beside the leaves that stand for them. It is written
 * once; what was written is what is put into the log, also when it is tried again.
 */
import * as v from 'valibot'
import { openBytes, sealBytes } from '../credential/aes-gcm.ts'
import { fromBase64, toBase64, utf8 } from '../lib/bytes.ts'
import { Secret } from '../lib/secret.ts'
import { saltBytes, type Kept } from './kept.ts'
import { chainName, commitTo, leafOf, leafText } from './leaf.ts'

const Whole = v.pipe(v.number(), v.safeInteger())

const GroupSchema = v.object({
  /** The key with which it is sealed: a random name that says nothing of whose it is, and for what and when it is. */
  key: v.object({ id: v.string(), class: v.string(), month: v.string() }),
  /** Which of the bundle's records are in it. */
  at: v.array(Whole),
  /** Base64: AES-256-GCM over the JSON array of `[salt, text]`. */
  sealed: v.string(),
})

const BundleSchema = v.object({
  v: v.literal(1),
  name: v.string(),
  first: Whole,
  last: Whole,
  slots: v.array(v.object({ number: Whole, leaves: v.array(v.string()) })),
  groups: v.array(GroupSchema),
})
export type Bundle = v.InferOutput<typeof BundleSchema>

/** What one append of a shard brought, in order. */
export interface Slot {
  readonly number: number
  readonly records: readonly Kept[]
}

export interface KeyName {
  readonly id: string
  readonly class: string
  readonly month: string
}

export interface SealingKey extends KeyName {
  readonly key: Secret
}

/** The name of a shard's bundle in the log's leaves: `<shard>/<first slot>`. */
export function bundleName(shard: string, first: number): string {
  return `${shard}/${String(first).padStart(12, '0')}`
}

/**
 * @param slots at least one, one after the other.
 * @param keyOf the key of a class, a person and a month.
 */
export async function sealBundle(
  name: string,
  slots: readonly Slot[],
  pepper: Uint8Array,
  keyOf: (record: Kept) => SealingKey,
): Promise<Bundle> {
  const chains = chainNames(name, pepper)
  const groups = new Map<string, { readonly by: SealingKey; at: number[]; plain: string[][] }>()
  for (const [index, record] of slots.flatMap(({ records }) => records).entries()) {
    const by = keyOf(record)
    const group = groups.get(by.id) ?? { by, at: [], plain: [] }
    groups.set(by.id, group)
    group.at.push(index)
    group.plain.push([record.salt, record.text])
  }
  return {
    v: 1,
    name,
    first: slots[0]?.number ?? 0,
    last: slots.at(-1)?.number ?? 0,
    slots: slots.map(({ number, records }) => ({
      number,
      leaves: records.map((record) => leafOfKept(record, name, chains)),
    })),
    groups: await Promise.all(
      [...groups.values()].map(async ({ by, at, plain }) => {
        const bytes = new Secret(utf8(JSON.stringify(plain)))
        const sealed = await sealBytes(by.key, bytes, contextOf(name, by.id))
        const { id, class: kind, month } = by
        return { key: { id, class: kind, month }, at, sealed: toBase64(sealed) }
      }),
    ),
  }
}

/** What chains are called in public: most records of a bundle are of a few. */
function chainNames(bundle: string, pepper: Uint8Array): (chain: string | undefined) => string {
  const known = new Map<string, string>()
  return (chain) => {
    if (chain === undefined) return `shard-${bundle.split('/')[0] ?? ''}`
    const name = known.get(chain) ?? chainName(pepper, chain)
    known.set(chain, name)
    return name
  }
}

function leafOfKept(
  record: Kept,
  bundle: string,
  nameOf: (chain: string | undefined) => string,
): string {
  const { chain, salt, text } = record
  const commit = commitTo(saltBytes(salt), text)
  return leafText(leafOf(record, { chain: nameOf(chain), commit, bundle }))
}

/** A sealed value moved to another bundle, or under another key's name, does not open. */
function contextOf(name: string, keyId: string): Uint8Array {
  return utf8(JSON.stringify(['portcullis', 1, 'evidence', name, keyId]))
}

/** The bundle that a stored text is. @throws when it is none, or another's. */
export function readBundle(text: string, name: string): Bundle {
  const bundle = v.parse(v.pipe(v.string(), v.parseJson(), BundleSchema), text)
  if (bundle.name !== name) throw new Error(`Cannot read the bundle ${name}: it says another name`)
  return bundle
}

export interface Opened {
  readonly leaf: string
  readonly salt: string
  readonly text: string
}

/** A record that cannot be opened any more: its key was destroyed. */
export interface Shredded {
  readonly leaf: string
}

const Plain = v.pipe(v.string(), v.parseJson(), v.array(v.tuple([v.string(), v.string()])))

/**
 * The records of a bundle, in the order of its leaves.
 *
 * @param keyOf the key of that name, or `undefined` where it was destroyed.
 * @throws when what was sealed was altered.
 */
export async function openBundle(
  bundle: Bundle,
  keyOf: (name: KeyName) => Secret | undefined,
): Promise<readonly (Opened | Shredded)[]> {
  const leaves = bundle.slots.flatMap((slot) => slot.leaves)
  const opened: (Opened | Shredded)[] = leaves.map((leaf) => ({ leaf }))
  for (const { key: name, at, sealed } of bundle.groups) {
    const key = keyOf(name)
    if (key === undefined) continue
    const bytes = fromBase64(sealed)
    const plain = bytes && (await openBytes(key, bytes, contextOf(bundle.name, name.id)))
    if (plain === undefined)
      throw new Error(`Cannot open the bundle ${bundle.name}: it was altered`)
    const records = v.parse(Plain, new TextDecoder().decode(plain.reveal()))
    for (const [i, [salt, text]] of records.entries()) {
      const index = at[i] ?? -1
      const leaf = leaves[index]
      if (leaf !== undefined) opened[index] = { leaf, salt, text }
    }
  }
  return opened
}
