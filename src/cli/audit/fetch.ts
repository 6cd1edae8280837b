/** Brings an export into a folder: the log's objects, then the records, page by page. */
import fs from 'node:fs'
import path from 'node:path'
import { parseCheckpoint } from '../../audit/checkpoint.ts'
import { parseNote } from '../../audit/note.ts'
import { HASH_BYTES } from '../../audit/merkle.ts'
import {
  decodeEntries,
  encodeEntries,
  parseTileName,
  TILE_WIDTH,
  tileName,
  tilesOf,
  type Tile,
} from '../../audit/tile.ts'
import { fromBase64 } from '../../lib/bytes.ts'
import { MOST_OBJECTS, type AuditAnswers, type RecordsAnswer } from './answers.ts'
import type { Progress } from './progress.ts'
import type { Unfinished } from './unfinished.ts'

/** Leaves whose records are in one file. */
const PER_FILE = 10_000

/**
 * Brings the log's objects as far as the export's checkpoint reaches. Of partial ones that were filled since there can be
 * fifty for each full one: they are passed over.
 */
export async function fetchObjects(
  folder: string,
  unfinished: Unfinished,
  answers: AuditAnswers,
  progress: Progress,
): Promise<void> {
  const { size } = unfinished.state
  const total = tilesOf(size).length
  let done = 0
  let limit = MOST_OBJECTS
  while (!unfinished.state.hasObjects) {
    const { items, next } = await answers.objects(unfinished.state.after, limit)
    const kept = items.filter(({ name, data }) => keepObject(folder, name, data, size))
    done += kept.length
    progress.show(Math.min(done, total), total)
    limit = kept.length === items.length ? Math.min(2 * limit, MOST_OBJECTS) : 1
    const last = items.at(-1)?.name
    const isEnd = next === undefined || last === undefined
    unfinished.advance(isEnd ? { hasObjects: true } : { after: behind(last, size) })
  }
}

/** Answers whether the object is one of those that this export needs, or may need. */
function keepObject(folder: string, name: string, data: string, size: number): boolean {
  const [, older] = /^checkpoints\/([0-9]{1,15})$/.exec(name) ?? []
  const tile = parseTileName(name)
  if (older === undefined && tile === undefined) return name === 'checkpoint'
  const bytes = fromBase64(data)
  if (bytes === undefined) throw new Error(`The gateway sent ${name} in no base64`)
  if (older !== undefined && Number(older) <= size) writeFile(folder, name, bytes)
  if (tile === undefined) return true
  const whole = within(tile, bytes, size)
  if (whole !== undefined) writeFile(folder, whole.name, whole.bytes)
  return whole !== undefined
}

/** The largest tile index whose name has at most one group before its last: up to there names stand in order. */
const ORDERED = 1_000_000

/** The name behind which the next object is that is needed: names are compared as texts, and `z` follows all digits. */
function behind(name: string, size: number): string {
  const tile = parseTileName(name)
  if (tile === undefined) return name
  const { level, index } = tile
  const nodes = nodesOf(level, size)
  if (index * TILE_WIDTH >= nodes && index < ORDERED) return `tile/${level}/z`
  if ((index + 1) * TILE_WIDTH > nodes) return name
  return `${tileName({ level, index, width: TILE_WIDTH })}.p/z`
}

function nodesOf(level: Tile['level'], size: number): number {
  return level === 'entries' ? size : Math.floor(size / TILE_WIDTH ** level)
}

/** The object as the log of this size had it: what was written since is cut off again. */
function within(tile: Tile, bytes: Uint8Array, size: number) {
  const { level, index } = tile
  const width = Math.min(TILE_WIDTH, nodesOf(level, size) - index * TILE_WIDTH)
  if (width <= 0 || tile.width < width) return undefined
  const name = tileName({ level, index, width })
  if (width === tile.width) return { name, bytes }
  if (level !== 'entries') return { name, bytes: bytes.subarray(0, width * HASH_BYTES) }
  const entries = decodeEntries(bytes)?.slice(0, width)
  return entries && { name, bytes: encodeEntries(entries) }
}

function writeFile(folder: string, name: string, bytes: Uint8Array | string): void {
  const file = path.join(folder, ...name.split('/'))
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  fs.writeFileSync(file, bytes, { mode: 0o600 })
}

/** Brings the records of the leaves from `from` to before `to`. */
export async function fetchRecords(
  folder: string,
  { from, to }: { readonly from: number; readonly to: number },
  unfinished: Unfinished,
  answers: AuditAnswers,
  progress: Progress,
): Promise<void> {
  fs.mkdirSync(path.join(folder, 'records'), { recursive: true, mode: 0o700 })
  let next = unfinished.state.nextRecord ?? from
  forgetFrom(folder, next)
  while (next < to) {
    const { items, next: following } = await answers.records(next)
    const wanted = items.filter(({ index }) => index >= next && index < to)
    appendRecords(folder, wanted)
    const last = items.at(-1)?.index ?? next
    next = following === undefined ? to : Math.max(Number(following), last + 1)
    unfinished.advance({ nextRecord: next })
    progress.show(Math.min(next, to) - from, to - from)
  }
}

function appendRecords(folder: string, items: RecordsAnswer['items']): void {
  for (const [file, of] of Map.groupBy(items, ({ index }) => fileOf(index))) {
    const text = of.flatMap(lineOf).join('')
    fs.appendFileSync(path.join(folder, 'records', file), text, { mode: 0o600 })
  }
}

/** A leaf that stands for no record has no line. */
function lineOf({ index, salt, record, shredded }: RecordsAnswer['items'][number]): string[] {
  if (shredded === true) return [`${JSON.stringify({ index, shredded })}\n`]
  if (salt === undefined || record === undefined) return []
  return [`${JSON.stringify({ index, salt, record })}\n`]
}

function fileOf(index: number): string {
  return `${String(Math.floor(index / PER_FILE)).padStart(6, '0')}.jsonl`
}

/** What was written and not remembered is brought again. */
function forgetFrom(folder: string, next: number): void {
  const file = path.join(folder, 'records', fileOf(next))
  if (!fs.existsSync(file)) return
  const lines = fs.readFileSync(file, 'utf8').split('\n').slice(0, -1)
  const kept = lines.filter((line) => indexOf(line) < next)
  fs.writeFileSync(file, kept.map((line) => `${line}\n`).join(''), { mode: 0o600 })
}

function indexOf(line: string): number {
  return Number(/^\{"index":([0-9]+),/.exec(line)?.[1] ?? Infinity)
}

/** What tells of the export: its checkpoint, whom the gateway says to trust, and what was asked for. */
export function writeAbout(
  folder: string,
  { gateway, origin, checkpoint, vkeys, size }: Unfinished['state'],
  { from, to }: { readonly from: number; readonly to: number },
  exportedAt: string,
): void {
  writeFile(folder, 'checkpoint', checkpoint)
  writeFile(folder, 'trust', `${vkeys.map((vkey) => `log ${vkey}\n`).join('')}quorum none\n`)
  const manifest = { v: 1, origin, vkeys, size, exportedAt, from, to, gateway }
  writeFile(folder, 'manifest.json', `${JSON.stringify(manifest, null, 2)}\n`)
}

/** @throws when the answer's size is not that of its own checkpoint: one of them is of another time. */
export function requireSize(note: string, size: number): void {
  const text = parseNote(note)?.text
  if (text === undefined || parseCheckpoint(text)?.size !== size)
    throw new Error('The gateway’s checkpoint is not of the size that it says')
}
