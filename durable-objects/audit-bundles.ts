/** A shard's bundles in the bucket: written once, read for whoever may see the records. */
import { bundleName, openBundle, readBundle, sealBundle, type Bundle } from '../src/audit/bundle.ts'
import type { KeyEncryptionKey } from '../src/credential/kek/provider.ts'
import { AuditKeys } from './audit-keys.ts'
import type { AuditRing } from './audit-ring.ts'
import type { Rows } from './rows.ts'

/** A record that was opened, or whose key was destroyed; beside its leaf. */
export interface OpenedRecord {
  readonly leaf: string
  readonly salt?: string
  readonly text?: string
}

/**
 * Records in the order in which they came, and after which append to go on. One whose key was destroyed is an empty text:
 * whoever counts how far they came in a page must find the others where they were.
 */
export interface Page {
  readonly records: readonly string[]
  readonly next: number
  readonly more: boolean
}

interface Place {
  readonly shard: string
  readonly bucket: R2Bucket
  readonly kek: KeyEncryptionKey
}

export class AuditBundles {
  readonly #rows: Rows
  readonly #ring: AuditRing
  readonly #place: Place
  #keys: AuditKeys | undefined

  constructor(rows: Rows, ring: AuditRing, place: Place) {
    this.#rows = rows
    this.#ring = ring
    this.#place = place
  }

  get shard(): string {
    return this.#place.shard
  }

  /** Rows of keys have gone. */
  forgetKeys(): void {
    this.#keys?.forget()
  }

  /**
   * Writes the next bundle, or finds the one that an earlier try wrote: what is in the bucket is what counts.
   *
   * @throws when the bucket does not answer, or holds something else under the name.
   */
  async write(): Promise<Bundle> {
    const keys = await this.#open()
    const slots = this.#ring.waiting()
    const name = bundleName(this.shard, slots[0]?.number ?? 0)
    const bundle = await sealBundle(name, slots, keys.pepper, (record) => keys.keyOf(record))
    // As a header: some runtimes took `etagDoesNotMatch` for the name of an etag, and would have written over it.
    const onlyIf = new Headers({ 'if-none-match': '*' })
    const written = await this.#place.bucket.put(objectName(name), JSON.stringify(bundle), {
      onlyIf,
    })
    if (written !== null) return bundle
    const there = await this.#read(name)
    if (there === undefined) throw new Error(`Cannot write the bundle ${name}`)
    // A try that broke off wrote the beginning of this very bundle; whatever else is there is none of ours.
    const same = there.slots.every(
      (slot, i) => JSON.stringify(slot) === JSON.stringify(bundle.slots[i]),
    )
    if (!same) throw new Error(`Cannot write the bundle ${name}: another is there`)
    return there
  }

  async read(after: number): Promise<Page> {
    if (after >= this.#ring.sequenced) return { records: [], next: after, more: false }
    const bundle = await this.#read(bundleName(this.shard, after + 1))
    if (bundle === undefined)
      throw new Error(
        `Cannot read on after ${after}: no bundle of shard ${this.shard} begins there`,
      )
    const opened = await this.#opened(bundle)
    const records = opened.map(({ text }) => text ?? '')
    return { records, next: bundle.last, more: bundle.last < this.#ring.sequenced }
  }

  async open(name: string): Promise<readonly OpenedRecord[]> {
    const bundle = await this.#read(name)
    return bundle === undefined ? [] : this.#opened(bundle)
  }

  async #opened(bundle: Bundle): Promise<readonly OpenedRecord[]> {
    const keys = await this.#open()
    return openBundle(bundle, (name) => keys.named(name))
  }

  async #read(name: string): Promise<Bundle | undefined> {
    const object = await this.#place.bucket.get(objectName(name))
    return object === null ? undefined : readBundle(await object.text(), name)
  }

  async #open(): Promise<AuditKeys> {
    this.#keys ??= await AuditKeys.open(this.#rows, this.shard, this.#place.kek)
    return this.#keys
  }
}

function objectName(bundle: string): string {
  return `records/${bundle}`
}
