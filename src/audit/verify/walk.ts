/** One pass over a log: every entry once, its place in the tree, its record, its chain and its round. */
import { leafHash, EMPTY_ROOT, type Sha256 } from '../merkle.ts'
import { readLeaf, type Leaf } from '../leaf.ts'
import { isRecordType, type AuditRecord } from '../record.ts'
import { Chains } from './chains.ts'
import { bundlesOf } from './entries.ts'
import type { Findings, Place } from './findings.ts'
import { Lines } from './lines.ts'
import { textOf, type ReadExport } from './reading.ts'
import { checkRecord } from './record-check.ts'
import { readRound } from './round.ts'
import { Rounds } from './rounds.ts'
import { GrowingTree, TileCheck } from './tree.ts'

/** What a leaf was found to be. */
export interface Visit {
  readonly index: number
  readonly leaf: Leaf
  /** `undefined` where it was shredded, was not asked for, or is not the leaf's. */
  readonly record: AuditRecord | undefined
  readonly state: 'verified' | 'shredded' | 'missing' | 'not asked for' | 'broken'
}

export interface Walking {
  readonly size: number
  readonly settledMs: number
  /** Sizes of which the root is wanted. */
  readonly sizes: ReadonlySet<number>
  /** Leaves whose records have to be there: from the first to before the last. */
  readonly asked: { readonly from: number; readonly to: number }
  readonly sha256: Sha256
  readonly onProgress: (done: number) => void
  readonly onVisit: (visit: Visit) => void
}

const STATES = { verified: 0, shredded: 0, missing: 0, 'not asked for': 0, broken: 0 }

export class Walk {
  readonly rounds: Rounds
  readonly chains: Chains
  readonly roots = new Map<number, Uint8Array>()
  readonly states = { ...STATES }
  readonly #findings: Findings
  readonly #walking: Walking
  readonly #source: ReadExport
  readonly #lines: Lines
  readonly #tiles: TileCheck
  readonly #tree: GrowingTree
  #bundles = 0

  constructor(source: ReadExport, walking: Walking, findings: Findings) {
    this.#source = source
    this.#walking = walking
    this.#findings = findings
    this.rounds = new Rounds(findings)
    this.chains = new Chains(findings, walking.settledMs)
    this.#lines = new Lines(source, findings)
    this.#tiles = new TileCheck(source, findings)
    this.#tree = new GrowingTree((level, hash) => this.#tiles.add(level, hash), walking.sha256)
    this.roots.set(0, EMPTY_ROOT)
  }

  /** Answers whether it came to the end: an entry that cannot be read leaves nothing to measure the others by. */
  async run(): Promise<boolean> {
    const { size, onProgress } = this.#walking
    for await (const { entries, file } of bundlesOf(this.#source, size, this.#findings)) {
      this.#bundles += 1
      for (const entry of entries) await this.#take(entry, file)
      await this.#tiles.settle()
      onProgress(this.#tree.size)
    }
    if (this.#tree.size < size) return false
    await this.#tiles.end()
    await this.#lines.end()
    this.rounds.end()
    this.chains.end()
    return true
  }

  get root(): Uint8Array {
    return this.#tree.root
  }

  get figures() {
    return {
      tree: { leaves: this.#tree.size, bundles: this.#bundles },
      tiles: { tiles: this.#tiles.checked },
    }
  }

  async #take(entry: Uint8Array, file: string): Promise<void> {
    const index = this.#tree.size
    const text = textOf(entry) ?? ''
    const round = readRound(text)
    if (round !== undefined) {
      this.rounds.takeRound(round, { index, file }, { size: index, root: this.#tree.root })
    }
    this.#tree.push(leafHash(entry, this.#walking.sha256))
    if (this.#walking.sizes.has(index + 1)) this.roots.set(index + 1, this.#tree.root)
    if (round === undefined) await this.#takeRecord(text, index, file)
  }

  async #takeRecord(text: string, index: number, file: string): Promise<void> {
    const leaf = readLeaf(text)
    const type = leaf?.type
    if (leaf === undefined || type === undefined || !isRecordType(type)) {
      this.#findings.add('leaf-unreadable', { index, file })
      return
    }
    const place = { index, chain: leaf.chain, sequence: leaf.seq, file }
    const { record, state, at } = await this.#record(leaf, place)
    this.states[state] += 1
    this.rounds.takeLeaf(leaf, at)
    this.chains.take(leaf, type, at, record)
    this.#walking.onVisit({ index, leaf, record, state })
  }

  /** The leaf's record, and the place as far as the record tells more of it. */
  async #record(leaf: Leaf, place: Place & { readonly index: number }) {
    const { from, to } = this.#walking.asked
    const line = await this.#lines.of(place.index)
    if (line === undefined) {
      const isAsked = from <= place.index && place.index < to
      if (isAsked) this.#findings.add('record-missing', place)
      const state: Visit['state'] = isAsked ? 'missing' : 'not asked for'
      return { record: undefined, state, at: place }
    }
    const record = checkRecord(leaf, place, line, this.#findings, this.#walking.sha256)
    const isShredded = 'shredded' in line.line
    const state: Visit['state'] =
      record === undefined ? (isShredded ? 'shredded' : 'broken') : 'verified'
    return { record, state, at: { ...place, file: line.file, uid: record?.uid } }
  }
}
