/** Exports of logs that tests make: honest ones of any size, and what a forger with or without the log's key makes. */
import fs from 'node:fs'
import path from 'node:path'
import { formatCheckpoint } from '../../../src/audit/checkpoint.ts'
import { cosign } from '../../../src/audit/cosignature.ts'
import { EMPTY_EDGE, edgeRoot, grow, type Edge } from '../../../src/audit/edge.ts'
import { chainName, chainOf, commitTo, leafOf } from '../../../src/audit/leaf.ts'
import {
  ED25519,
  formatNote,
  formatVkey,
  noteKey,
  signNote,
  type NoteKey,
  type SignatureType,
} from '../../../src/audit/note.ts'
import { recordText, type AuditRecord } from '../../../src/audit/record.ts'
import { roundLeaf } from '../../../src/audit/round-leaf.ts'
import { parseTileName } from '../../../src/audit/tile.ts'
import type { ReadExport } from '../../../src/audit/verify/reading.ts'
import { toBase64Url, utf8 } from '../../../src/lib/bytes.ts'
import { canonical } from '../../../src/lib/jcs.ts'
import type { Draft, DraftRecord, DraftRound } from './audit-draft.ts'

export const ORIGIN = 'log.portcullis.example'
export const PEPPER = utf8('a pepper that nobody uses')

export interface LogKey {
  readonly key: NoteKey
  readonly vkey: string
  readonly privateKey: CryptoKey
}

/** A key that is made now, and of which nobody keeps the private half. */
export async function makeKey(name = ORIGIN, type: SignatureType = ED25519): Promise<LogKey> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  if (!('publicKey' in pair)) throw new TypeError('Not a pair of keys')
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const key = noteKey(name, type, raw)
  if (key === undefined) throw new Error(`No key can be called ${name}`)
  return { key, vkey: formatVkey(key), privateKey: pair.privateKey }
}

/** The files of an export, by name. */
export class Files extends Map<string, Uint8Array> implements ReadExport {
  async read(name: string): Promise<Uint8Array | undefined> {
    return this.get(name)
  }

  async list(folder: string): Promise<readonly string[]> {
    const names = [...this.keys()].filter((name) => name.startsWith(`${folder}/`))
    const within = names.map((name) => name.slice(folder.length + 1))
    return within.filter((name) => !name.includes('/')).toSorted()
  }

  async *lines(name: string): AsyncGenerator<string> {
    for (const line of this.text(name).split('\n')) if (line !== '') yield line
  }

  text(name: string): string {
    const bytes = this.get(name)
    if (bytes === undefined) throw new Error(`The test itself is wrong: there is no ${name}`)
    return new TextDecoder().decode(bytes)
  }

  write(name: string, text: string): void {
    this.set(name, utf8(text))
  }

  saveTo(folder: string): void {
    for (const [name, bytes] of this) {
      const file = path.join(folder, name)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, bytes)
    }
  }
}

export interface Sealing {
  /** Who signs every checkpoint, unless `signers` says another. */
  readonly keys: readonly LogKey[]
  /** Who signs after how many rounds. */
  readonly signers?: (rounds: number) => readonly LogKey[]
  readonly witnesses?: readonly LogKey[]
  /** After which rounds an older checkpoint is kept, counted from 1. */
  readonly keep?: readonly number[]
  /** Whether partial tiles that were filled since are there still. */
  readonly partials?: true
  /** Which keys the first round announces; those that sign, unless told otherwise. */
  readonly announce?: readonly string[]
}

/** The log that a draft is, published and exported. */
export async function seal(draft: Draft, sealing: Sealing): Promise<Files> {
  const publishing = new Publishing(sealing)
  for (const item of draft) await publishing.take(item)
  return publishing.end()
}

/** Takes a draft item by item, so that a large one need not be held. */
export class Publishing {
  readonly files = new Files()
  readonly #sealing: Sealing
  readonly #marks = new Map<string, number>()
  #edge: Edge = EMPTY_EDGE
  #round: DraftRound | undefined
  #records: DraftRecord[] = []
  #partials: string[] = []
  #lines: string[] = []
  #rounds = 0
  #firstAt = 0

  constructor(sealing: Sealing) {
    this.#sealing = sealing
  }

  async take(item: DraftRecord | DraftRound): Promise<void> {
    if (item.kind === 'record') {
      this.#records.push(item)
      return
    }
    await this.#publish()
    this.#round = item
  }

  async end(): Promise<Files> {
    await this.#publish()
    const { size } = this.#edge
    this.files.write('checkpoint', await this.#checkpoint())
    for (let from = 0; from < this.#lines.length; from += LINES) {
      const name = `records/${String(from / LINES).padStart(6, '0')}.jsonl`
      this.files.write(name, `${this.#lines.slice(from, from + LINES).join('\n')}\n`)
    }
    const { keys, witnesses = [] } = this.#sealing
    this.files.write('trust', trustText(keys, witnesses))
    const about = { v: 1, origin: ORIGIN, vkeys: keys.map(({ vkey }) => vkey), size }
    const when = { exportedAt: 0, from: 0, to: size, gateway: 'https://gateway.example' }
    this.files.write('manifest.json', JSON.stringify({ ...about, ...when }))
    return this.files
  }

  async #publish(): Promise<void> {
    if (this.#round === undefined && this.#records.length === 0) return
    const before = { size: this.#edge.size, root: edgeRoot(this.#edge) }
    for (const { shard, slot } of this.#records)
      this.#marks.set(shard, Math.max(slot, this.#marks.get(shard) ?? 0))
    const first = this.#round === undefined ? [] : [this.#roundText(this.#round, before)]
    const start = before.size + first.length
    const leaves = this.#records.map((record, i) => this.#leafText(record, start + i))
    const { edge, objects } = grow(this.#edge, [...first, ...leaves].map(utf8))
    const written = objects.map(({ name }) => name)
    // What is kept of a partial tile is what the last checkpoint needs.
    const gone = this.#sealing.partials ? [] : this.#partials
    for (const name of gone) if (isRewritten(name, written)) this.files.delete(name)
    for (const { name, bytes } of objects) this.files.set(name, bytes)
    this.#partials = [...this.files.keys()].filter((name) => name.includes('.p/'))
    this.#edge = edge
    this.#rounds += 1
    this.#round = undefined
    this.#records = []
    if (this.#sealing.keep?.includes(this.#rounds) === true)
      this.files.write(`checkpoints/${edge.size}`, await this.#checkpoint())
  }

  #roundText({ at, leaf }: DraftRound, before: { size: number; root: Uint8Array }): string {
    const keys = this.#sealing.announce ?? this.#sealing.keys.map(({ vkey }) => vkey)
    if (this.#rounds === 0) this.#firstAt = at
    const taken = new Map([...this.#marks].map(([shard, mark]) => [Number(shard), mark]))
    const announced = this.#rounds === 0 ? keys : undefined
    const text = roundLeaf({ before, atMs: at, clockBackMs: 0, taken, keys: announced })
    return leaf === undefined ? text : canonical({ ...JSON.parse(text), ...leaf })
  }

  #leafText({ record, salt, shard, slot, text, leaf, line }: DraftRecord, index: number): string {
    const said = text ?? recordText(record)
    const chain = chainOf(record)
    const name = chain === undefined ? `shard-${shard}` : chainName(PEPPER, chain)
    const bundle = `${shard}/${String(slot).padStart(12, '0')}`
    const numbered = { ...record, ...numbersOf(record) }
    const own = leafOf(numbered, { chain: name, commit: commitTo(salt, said), bundle })
    if (line === 'shredded') this.#lines.push(JSON.stringify({ index, shredded: true }))
    else if (line === undefined)
      this.#lines.push(JSON.stringify({ index, salt: toBase64Url(salt), record: said }))
    return canonical({ ...own, ...leaf })
  }

  async #checkpoint(): Promise<string> {
    const { keys, witnesses = [], signers = () => keys } = this.#sealing
    const by = signers(this.#rounds)
    return checkpointNote(this.#edge.size, edgeRoot(this.#edge), by, witnesses, this.#firstAt)
  }
}

const LINES = 10_000

/** A partial tile goes when a longer one of its index, or the full one, is written. */
function isRewritten(name: string, written: readonly string[]): boolean {
  const [full = ''] = name.split('.p/')
  return written.some((other) => other === full || other.startsWith(`${full}.p/`))
}

/** The numbers of a record, as its leaf says them. */
function numbersOf(record: AuditRecord): { readonly seq?: number; readonly to?: number } {
  if (record.type === 'gap') return { seq: record.first, to: record.last }
  if (record.type === 'change') return { seq: record.version }
  return 'sequence' in record && record.sequence !== undefined ? { seq: record.sequence } : {}
}

export async function checkpointNote(
  size: number,
  root: Uint8Array,
  keys: readonly LogKey[],
  witnesses: readonly LogKey[] = [],
  atMs = 0,
  origin = ORIGIN,
): Promise<string> {
  const text = formatCheckpoint({ origin, size, root })
  const signatures = keys.map(async ({ key, privateKey }) => signNote(text, key, privateKey))
  const seconds = Math.ceil(atMs / 1_000) + 86_400
  const cosigned = witnesses.map(async ({ key, privateKey }) =>
    cosign(text, seconds, key, privateKey),
  )
  return formatNote({ text, signatures: await Promise.all([...signatures, ...cosigned]) })
}

/** A tlog-policy: the log's keys, and all of the witnesses. */
export function trustText(keys: readonly LogKey[], witnesses: readonly LogKey[] = []): string {
  const names = witnesses.map((_, i) => `w${i + 1}`)
  return [
    ...keys.map(({ vkey }) => `log ${vkey}`),
    ...witnesses.map(({ vkey }, i) => `witness w${i + 1} ${vkey}`),
    ...(names.length === 0 ? [] : [`group all-of-them all ${names.join(' ')}`]),
    `quorum ${names.length === 0 ? 'none' : 'all-of-them'}`,
    '',
  ].join('\n')
}

/** Where a leaf's entry is: the bundle and its octets. */
export function bundleOf(files: Files, index: number): string {
  const names = [...files.keys()].filter((name) => name.startsWith('tile/entries/'))
  const name = names.find((one) => parseTileName(one)?.index === Math.floor(index / 256))
  if (name === undefined) throw new Error('The test itself is wrong: there is no such leaf')
  return name
}
