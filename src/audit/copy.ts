/**
 * The copy of the log and of the sealed records in a write-once store: what is new goes there, the checkpoint last, and
 * once in a while both sides are compared, object by object. Pure: the object supplies both stores and keeps the state.
 */
import * as v from 'valibot'
import { parseCheckpoint } from './checkpoint.ts'
import { lackingObjects } from './copy-plan.ts'
import { parseNote } from './note.ts'
import { TILE_WIDTH } from './tile.ts'
import type { StoredObject, WriteOnceStore } from './write-once.ts'

/** Full tiles of entries in one run, and bundles of one shard. */
const MOST_TILES = 100
const MOST_BUNDLES = 100
/** Findings that are named. */
const MOST_NAMED = 100

const CopyStateSchema = v.object({
  /** The copy holds the log up to this size. */
  size: v.number(),
  /** The name of the last bundle that was copied, by shard. */
  bundles: v.record(v.string(), v.string()),
  copiedAtMs: v.optional(v.number()),
  comparedAtMs: v.optional(v.number()),
  /** What the comparison found: how many objects both sides have, and which the copy lacks or has otherwise. */
  compared: v.optional(v.number()),
  lacking: v.array(v.string()),
})
export type CopyState = v.InferOutput<typeof CopyStateSchema>

export const NO_COPY: CopyState = { size: 0, bundles: {}, lacking: [] }

/** @throws when the text is no state. */
export function readCopyState(stored: string): CopyState {
  return v.parse(v.pipe(v.string(), v.parseJson(), CopyStateSchema), stored)
}

/** The bucket in which the log and its records are. */
export interface SourceBucket {
  read(name: string): Promise<Uint8Array | undefined>
  /** Like `WriteOnceStore.list`. */
  list(prefix: string, after: string, most: number): Promise<readonly StoredObject[]>
}

/** Copies what is new, as far as one run goes. Answers the state then, and whether there is more. */
export async function copyNew(
  state: CopyState,
  shards: readonly string[],
  source: SourceBucket,
  store: WriteOnceStore,
  nowMs: number,
): Promise<{ readonly state: CopyState; readonly more: boolean }> {
  const bundles: Record<string, string> = { ...state.bundles }
  let more = false
  for (const shard of shards) {
    const listed = await source.list(`records/${shard}/`, bundles[shard] ?? '', MOST_BUNDLES)
    for (const { name } of listed) await copyOne(name, name, source, store, nowMs)
    const last = listed.at(-1)
    if (last !== undefined) bundles[shard] = last.name
    more ||= listed.length === MOST_BUNDLES
  }
  const size = await copyLog(state.size, source, store, nowMs)
  return {
    state: { ...state, size: size.reached, bundles, copiedAtMs: nowMs },
    more: more || size.reached < size.head,
  }
}

async function copyLog(from: number, source: SourceBucket, store: WriteOnceStore, nowMs: number) {
  const note = await source.read('log/checkpoint')
  if (note === undefined) return { reached: from, head: from }
  const head = parseCheckpoint(parseNote(new TextDecoder().decode(note))?.text ?? '')?.size
  if (head === undefined) throw new Error('Cannot copy the log: its checkpoint is none')
  const boundary = (Math.floor(from / TILE_WIDTH) + MOST_TILES) * TILE_WIDTH
  const reached = Math.min(head, boundary)
  if (reached <= from) return { reached: from, head }
  for (const name of lackingObjects(from, reached)) {
    // Between two checkpoints the log is not copied whole: its full tiles are.
    if (reached === head || !name.includes('.p/'))
      await copyOne(`log/${name}`, `log/${name}`, source, store, nowMs)
  }
  // Last: whoever finds it in the copy finds everything that it covers.
  if (reached === head) await store.put(`log/checkpoints/${head}`, note, nowMs)
  return { reached, head }
}

async function copyOne(
  from: string,
  to: string,
  source: SourceBucket,
  store: WriteOnceStore,
  nowMs: number,
): Promise<void> {
  const bytes = await source.read(from)
  if (bytes === undefined) throw new Error(`Cannot copy ${from}: it is not there`)
  await store.put(to, bytes, nowMs)
}

/** Compares names and sizes of everything that the copy should have. */
export async function compare(
  state: CopyState,
  shards: readonly string[],
  source: SourceBucket,
  store: WriteOnceStore,
  nowMs: number,
): Promise<CopyState> {
  const lacking: string[] = []
  let compared = 0
  const check = async (prefix: string, wanted: (name: string) => boolean) => {
    const copied = new Map<string, number>()
    for await (const { name, size } of listAll((after) => store.list(prefix, after)))
      copied.set(name, size)
    for await (const { name, size } of listAll((after) => source.list(prefix, after, 1_000))) {
      if (!wanted(name)) continue
      if (copied.get(name) === size) compared += 1
      else if (lacking.length < MOST_NAMED) lacking.push(name)
    }
  }
  for (const shard of shards) {
    const last = state.bundles[shard] ?? ''
    await check(`records/${shard}/`, (name) => name <= last)
  }
  const full = new Set(lackingObjects(0, state.size).filter((name) => !name.includes('.p/')))
  await check('log/tile/', (name) => full.has(name.slice('log/'.length)))
  return { ...state, comparedAtMs: nowMs, compared, lacking }
}

async function* listAll(
  page: (after: string) => Promise<readonly StoredObject[]>,
): AsyncGenerator<StoredObject> {
  for (let after = ''; ;) {
    const objects = await page(after)
    yield* objects
    const last = objects.at(-1)
    if (last === undefined || last.name === after) return
    after = last.name
  }
}
