/** Joins the audit log to the gateway's own calls: the published objects in the bucket, the shards that open records. */
import type { OpenedRecord } from '../durable-objects/audit-bundles.ts'
import policy from '../gateway.config.ts'
import type {
  EvidenceHead,
  EvidencePort,
  EvidenceRecord,
  Hold,
  Shredding,
} from './admin/evidence-port.ts'
import type { CopyState } from './audit/copy.ts'
import { parseCheckpoint } from './audit/checkpoint.ts'
import { readLeaf } from './audit/leaf.ts'
import { inclusionProof, readEntries } from './audit/log-objects.ts'
import { formatLogProof } from './audit/log-proof.ts'
import { parseNote } from './audit/note.ts'
import type { Provenance } from './audit/provenance.ts'
import { SHARDS } from './audit/shipment.ts'
import { TILE_WIDTH } from './audit/tile.ts'
import type { OutboxStatus } from './siem/status.ts'

/** Where the published log is in the bucket; beside it are the sealed records. */
const PREFIX = 'log/'

export class EvidenceWiring implements EvidencePort {
  readonly origin: string
  readonly vkeys: readonly string[]
  readonly #env: Env

  constructor(env: Env, log: { readonly origin: string; readonly vkeys: readonly string[] }) {
    this.#env = env
    this.origin = log.origin
    this.vkeys = log.vkeys
  }

  async head(): Promise<EvidenceHead | undefined> {
    const bytes = await this.read('checkpoint')
    if (bytes === undefined) return undefined
    const text = new TextDecoder().decode(bytes)
    const checkpoint = parseCheckpoint(parseNote(text)?.text ?? '')
    if (checkpoint === undefined) throw new Error('Cannot read the checkpoint: it is none')
    return { text, size: checkpoint.size }
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const object = await this.#env.AUDIT.get(PREFIX + name)
    return object === null ? undefined : new Uint8Array(await object.arrayBuffer())
  }

  async list(after: string, most: number): Promise<{ names: readonly string[]; next?: string }> {
    const startAfter = PREFIX + after
    const listed = await this.#env.AUDIT.list({ prefix: PREFIX, startAfter, limit: most })
    const names = listed.objects.map(({ key }) => key.slice(PREFIX.length))
    const last = names.at(-1)
    return listed.truncated && last !== undefined ? { names, next: last } : { names }
  }

  async records(
    from: number,
    most: number,
  ): Promise<{ items: readonly EvidenceRecord[]; size: number }> {
    const size = (await this.head())?.size ?? 0
    const leaves = await this.#leaves(from, Math.min(size, from + most), size)
    const opened = new Map<string, OpenedRecord>()
    for (const bundle of new Set(leaves.flatMap((leaf) => readLeaf(leaf)?.in ?? []))) {
      const shard = this.#shard(`shard-${bundle.split('/')[0]}`)
      for (const one of await shard.open(bundle)) opened.set(one.leaf, one)
    }
    const items = leaves.map((leaf, i) => itemOf(from + i, leaf, opened.get(leaf)))
    return { items, size }
  }

  async proof(index: number): Promise<string | undefined> {
    const head = await this.head()
    if (head === undefined || index >= head.size) return undefined
    const hashes = await inclusionProof(index, head.size, (name) => this.read(name))
    return formatLogProof({ index, hashes, checkpoint: head.text })
  }

  async hold(hold: Hold, by: Provenance): Promise<void> {
    // Said before: where it holds only here and there, it is known who wanted it.
    await this.#announce('audit.held', { id: hold.id, subject: hold.subject }, by)
    await this.#everywhere((shard) => shard.hold(hold))
  }

  async release(id: string, by: Provenance): Promise<boolean> {
    if (!(await this.holds()).some((hold) => hold.id === id)) return false
    // Said before: nothing that was due goes before it is known who let it go.
    await this.#announce('audit.released', { id }, by)
    await this.#everywhere((shard) => shard.release(id))
    return true
  }

  copy(): Promise<CopyState | undefined> {
    return this.#copy().state()
  }

  compareCopy(): Promise<CopyState | undefined> {
    return this.#copy().run(true)
  }

  sinks(): Promise<readonly OutboxStatus[]> {
    return Promise.all(
      policy.sinks.map((spec) => this.#env.SIEM_OUTBOX.getByName(spec.id).status(spec)),
    )
  }

  /** Those of any shard: one that broke off half-way holds where it is. */
  async holds(): Promise<readonly Hold[]> {
    const all = await this.#everywhere((shard) => shard.holds())
    return [...new Map(all.flat().map((hold) => [hold.id, hold])).values()]
  }

  async shred(user: string, by: Provenance): Promise<Shredding> {
    // What is destroyed is said before: whatever fails then, it is known who wanted what.
    const held = (await this.holds()).find(({ subject }) => subject === '*' || subject === user)
    if (held !== undefined) return { shredded: 0, hold: held.id }
    await this.#announce('audit.shredded', { user }, by)
    const done = await this.#everywhere((shard) => shard.shred(user))
    const hold = done.find((one) => one.hold !== undefined)?.hold
    const shredded = done.reduce((sum, one) => sum + one.shredded, 0)
    return hold === undefined ? { shredded } : { shredded, hold }
  }

  #announce(what: string, after: object, by: Provenance): Promise<void> {
    return this.#shard('shard-0').announce(what, JSON.stringify(after), by)
  }

  async #everywhere<T>(ask: (shard: Shard) => Promise<T>): Promise<readonly T[]> {
    return Promise.all(SHARDS.map((name) => ask(this.#shard(name))))
  }

  #copy() {
    return this.#env.AUDIT_COPY.getByName('copy', { locationHint: policy.origin.region })
  }

  #shard(name: string): Shard {
    return this.#env.AUDIT_LOG.getByName(name, { locationHint: policy.origin.region })
  }

  /** The leaves from one index to before another, of a log of this size. */
  async #leaves(from: number, end: number, size: number): Promise<readonly string[]> {
    const leaves: string[] = []
    for (let at = from; at < end;) {
      const index = Math.floor(at / TILE_WIDTH)
      const first = index * TILE_WIDTH
      const width = Math.min(TILE_WIDTH, size - first)
      const entries = await readEntries(index, width, (name) => this.read(name))
      const wanted = entries.slice(at - first, end - first)
      leaves.push(...wanted.map((entry) => new TextDecoder().decode(entry)))
      at += wanted.length
    }
    return leaves
  }
}

type Shard = ReturnType<Env['AUDIT_LOG']['getByName']>

function itemOf(index: number, leaf: string, opened: OpenedRecord | undefined): EvidenceRecord {
  if (opened?.salt !== undefined && opened.text !== undefined)
    return { index, leaf, salt: opened.salt, record: opened.text }
  // The sequencer's own leaves stand for no record.
  return readLeaf(leaf) === undefined ? { index, leaf } : { index, leaf, shredded: true }
}
