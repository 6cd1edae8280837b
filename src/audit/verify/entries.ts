/** The entries of a log as an export has them, bundle by bundle, and when its last round was. */
import { readLeaf } from '../leaf.ts'
import { decodeEntries, TILE_WIDTH, tileName } from '../tile.ts'
import type { Findings } from './findings.ts'
import { textOf, type ReadExport } from './reading.ts'
import { readRound } from './round.ts'

export interface EntryBundle {
  readonly file: string
  readonly entries: readonly Uint8Array[]
}

/** Every bundle of a log of this size; ends with the first that cannot be used. */
export async function* bundlesOf(
  source: ReadExport,
  size: number,
  findings: Findings,
): AsyncGenerator<EntryBundle> {
  for (let index = 0; index * TILE_WIDTH < size; index += 1) {
    const width = Math.min(TILE_WIDTH, size - index * TILE_WIDTH)
    const bundle = await readBundle(source, index, width)
    const first = index * TILE_WIDTH
    if (bundle === undefined) {
      const file = tileName({ level: 'entries', index, width })
      findings.add('entries-missing', { index: first, file })
      return
    }
    const { file, bytes, isWhole } = bundle
    const entries = decodeEntries(bytes)
    const count = entries?.length ?? whole(bytes)
    const isRight = isWhole ? count === width : count >= width
    if (entries === undefined || !isRight) {
      const code = entries === undefined ? 'entries-damaged' : 'entries-count'
      findings.add(code, { index: first + Math.min(count, width), file }, `${count} of ${width}`)
    }
    yield { file, entries: entries?.slice(0, width) ?? [] }
    if (entries === undefined || count < width) return
  }
}

/** The bundle of this width or, where it is gone, the full one. */
async function readBundle(source: ReadExport, index: number, width: number) {
  const file = tileName({ level: 'entries', index, width })
  const bytes = await source.read(file)
  if (bytes !== undefined) return { file, bytes, isWhole: true }
  const full = tileName({ level: 'entries', index, width: TILE_WIDTH })
  const instead = width === TILE_WIDTH ? undefined : await source.read(full)
  return instead && { file: full, bytes: instead, isWhole: false }
}

/** How many entries stand before the damage: behind it nothing that is read is a leaf. */
function whole(bytes: Uint8Array): number {
  let count = 0
  for (let at = 0; at < bytes.length; count += 1) {
    const [high = 0, low = 0] = bytes.subarray(at, at + 2)
    const entry = bytes.subarray(at + 2, at + 2 + (high << 8) + low)
    const text = textOf(entry) ?? ''
    if (readLeaf(text) === undefined && readRound(text) === undefined) return count
    at += 2 + entry.length
  }
  return count
}

/** Bundles at the end of a log in which its last round is looked for: a round of more leaves would be a strange one. */
const BACK = 64

/** When the last round was, or `undefined` where none is near the end. */
export async function lastRoundMs(source: ReadExport, size: number): Promise<number | undefined> {
  const last = Math.ceil(size / TILE_WIDTH) - 1
  for (let index = last; index >= 0 && index > last - BACK; index -= 1) {
    const bundle = await readBundle(source, index, Math.min(TILE_WIDTH, size - index * TILE_WIDTH))
    const entries = bundle && decodeEntries(bundle.bytes)
    for (const entry of entries?.toReversed() ?? []) {
      const round = readRound(textOf(entry) ?? '')
      if (round !== undefined) return round.at
    }
  }
  return undefined
}
