/** A month's records as an export of a signed log, written as they come: it may be larger than memory. */
import fs from 'node:fs'
import path from 'node:path'
import { EMPTY_EDGE, edgeRoot, grow, type Edge } from '../../../src/audit/edge.ts'
import {
  chainName,
  chainOf,
  commitTo,
  leafOf,
  leafText,
  numbersOf,
} from '../../../src/audit/leaf.ts'
import { recordText, type AuditRecord } from '../../../src/audit/record.ts'
import { roundLeaf } from '../../../src/audit/round-leaf.ts'
import { parseTileName, TILE_WIDTH } from '../../../src/audit/tile.ts'
import { toBase64Url, utf8 } from '../../../src/lib/bytes.ts'
import { checkpointNote, PEPPER, trustText, type LogKey } from './audit-export.ts'
import type { Arriving } from './month.ts'

/** How often the log makes a round of what has come: seldom, for rounds are not what is measured. */
const ROUND_MS = 10 * 60_000
const PER_FILE = 10_000

export class MonthLog {
  readonly #folder: string
  readonly #key: LogKey
  readonly #chains = new Map<string, string>()
  #edge: Edge = EMPTY_EDGE
  #round: AuditRecord[] = []
  readonly #partial = new Map<number | 'entries', { name: string; bytes: Uint8Array }>()
  #slot = 0
  #lines = ''
  #index = 0
  #salts = 0

  constructor(folder: string, key: LogKey) {
    this.#folder = folder
    this.#key = key
    fs.mkdirSync(path.join(folder, 'records'), { recursive: true })
  }

  /** @param underWay calls that have not ended when the log is read. */
  async write(
    arrivals: Iterable<Arriving>,
    underWay: (atMs: number) => readonly AuditRecord[] = () => [],
  ): Promise<void> {
    let endMs: number | undefined
    for (const { arrivesMs, record } of arrivals) {
      endMs ??= this.#endOf(arrivesMs)
      if (arrivesMs > endMs) {
        this.#publish(endMs)
        endMs = this.#endOf(arrivesMs)
      }
      this.#round.push(record)
    }
    // Some time later nothing of it is on its way any more.
    this.#publish(endMs ?? 0)
    const lastMs = (endMs ?? 0) + ROUND_MS
    this.#round.push(...underWay(lastMs - 1_000))
    this.#publish(lastMs)
    await this.#close()
  }

  #endOf(atMs: number): number {
    return Math.ceil(atMs / ROUND_MS) * ROUND_MS
  }

  #publish(atMs: number): void {
    const before = { size: this.#edge.size, root: edgeRoot(this.#edge) }
    this.#slot += 1
    const keys = this.#slot === 1 ? [this.#key.vkey] : undefined
    const taken = new Map([[0, this.#slot]])
    const first = roundLeaf({ before, atMs, clockBackMs: 0, taken, keys })
    this.#index = before.size + 1
    const leaves = this.#round.map((record) => this.#leaf(record))
    const { edge, objects } = grow(this.#edge, [first, ...leaves].map(utf8))
    for (const { name, bytes } of objects) this.#object(name, bytes)
    this.#edge = edge
    this.#round = []
  }

  /** Of tiles that are not full the last of each level counts. */
  #object(name: string, bytes: Uint8Array): void {
    const { level = 0, width = 0 } = parseTileName(name) ?? {}
    this.#partial.delete(level)
    if (width === TILE_WIDTH) this.#put(name, bytes)
    else this.#partial.set(level, { name, bytes })
  }

  #leaf(record: AuditRecord): string {
    const text = recordText(record)
    const salt = this.#salt()
    const chain = chainOf(record)
    const known =
      chain === undefined ? 'shard-0' : (this.#chains.get(chain) ?? chainName(PEPPER, chain))
    if (chain !== undefined) this.#chains.set(chain, known)
    const { type, atMs } = record
    const bundle = `0/${String(this.#slot).padStart(12, '0')}`
    const commit = commitTo(salt, text)
    const leaf = leafOf({ type, atMs, ...numbersOf(record) }, { chain: known, commit, bundle })
    this.#line(JSON.stringify({ index: this.#index, salt: toBase64Url(salt), record: text }))
    this.#index += 1
    return leafText(leaf)
  }

  /** Nobody is to be kept from guessing here: a number will do. */
  #salt(): Uint8Array {
    this.#salts += 1
    const salt = new Uint8Array(16)
    new DataView(salt.buffer).setUint32(0, this.#salts)
    return salt
  }

  #line(line: string): void {
    this.#lines += `${line}\n`
    if (this.#lines.length > 1 << 20 || (this.#index + 1) % PER_FILE === 0) this.#flush()
  }

  #flush(): void {
    const name = `${String(Math.floor(this.#index / PER_FILE)).padStart(6, '0')}.jsonl`
    fs.appendFileSync(path.join(this.#folder, 'records', name), this.#lines)
    this.#lines = ''
  }

  #put(name: string, bytes: Uint8Array | string): void {
    const file = path.join(this.#folder, ...name.split('/'))
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, bytes)
  }

  async #close(): Promise<void> {
    this.#flush()
    for (const { name, bytes } of this.#partial.values()) this.#put(name, bytes)
    const { size } = this.#edge
    this.#put('checkpoint', await checkpointNote(size, edgeRoot(this.#edge), [this.#key]))
    this.#put('trust', trustText([this.#key]))
    const manifest = { v: 1, vkeys: [this.#key.vkey], size, from: 0, to: size }
    this.#put('manifest.json', JSON.stringify(manifest))
  }
}
