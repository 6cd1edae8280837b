/**
 * One shard of the audit log: takes what keys' objects ship and what Workers report, once, keeps it, seals it into
 * bundles, and hands the leaves that stand for it to the sequencer until they are in the log.
 */
import { DurableObject } from 'cloudflare:workers'
import policy from '../gateway.config.ts'
import type { Hold, Shredding } from '../src/admin/evidence-port.ts'
import type { Bundle } from '../src/audit/bundle.ts'
import { arriveLate, arriveReported, arriveShipped, type Arrival } from '../src/audit/arrivals.ts'
import type { Standing } from '../src/audit/claims.ts'
import { byWhom, type Provenance } from '../src/audit/provenance.ts'
import { knownOf, NEW_LINE, readLine, take, type Taken } from '../src/audit/key-line.ts'
import type { Kept } from '../src/audit/kept.ts'
import type { Known, Shipment } from '../src/audit/shipment.ts'
import { localKeyEncryptionKey } from '../src/credential/kek/local.ts'
import { readKeyRing } from '../src/credential/key-ring.ts'
import { utf8 } from '../src/lib/bytes.ts'
import { AuditBundles, type OpenedRecord, type Page } from './audit-bundles.ts'
import { AuditRetention } from './audit-retention.ts'
import { AuditRing } from './audit-ring.ts'
import { AUDIT_SCHEMA } from './audit-schema.ts'
import { Rows, text } from './rows.ts'
import { ringOutboxes } from './siem-ring.ts'

/** How long an append waits for others before all of them become one bundle, in milliseconds. */
const WINDOW_MS = 4_500
/** What could not be handed on is tried again after this, and what is waited for looked at, in milliseconds. */
const AGAIN_MS = 30_000
/** Records in one append, and their octets: what is escaped in storage takes up to twice as many. */
const MOST_RECORDS = 1_000
const MOST_OCTETS = 900_000
/** What is stored around a record. */
const AROUND = 300

/** What a sweep finds. */
export interface Swept {
  /** Whether something waits for the log. */
  readonly pending: boolean
  readonly sequenced: number
  /** Why it could not be handed on. */
  readonly trouble: string | undefined
}

export class AuditLog extends DurableObject<Env> {
  readonly #rows: Rows
  readonly #ring: AuditRing
  readonly #bundles: AuditBundles
  readonly #retention: AuditRetention
  #window: Promise<void> | undefined
  #pushing: Promise<string | undefined> | undefined
  #alarmMs: number | undefined
  #resumed = false
  /** Why the last try to hand on failed. */
  #trouble: string | undefined

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#rows = new Rows(ctx.storage, AUDIT_SCHEMA)
    this.#rows.open()
    this.#ring = new AuditRing(this.#rows)
    const kek = readKeyRing(env.CREDENTIAL_KEK)
    if (kek === undefined) throw new Error('Cannot open the object: CREDENTIAL_KEK is unusable')
    this.#bundles = new AuditBundles(this.#rows, this.#ring, {
      shard: (ctx.id.name ?? '').replace('shard-', ''),
      bucket: env.AUDIT,
      kek: localKeyEncryptionKey(kek),
    })
    this.#retention = new AuditRetention(this.#rows)
    if (this.#ring.pending) this.#soon()
  }

  /** Takes a shipment of a key's object, as a whole or not at all. Taking it again changes nothing. */
  append(keyId: string, shipment: Shipment): Taken {
    const nowMs = Date.now()
    return this.#run(() => {
      const line = this.#line(keyId)
      const { state, taken, fresh } = take(line, shipment, nowMs)
      if (taken === 'taken') {
        const arrival = arriveShipped(keyId, fresh, this.#ring, nowMs)
        this.#keep(arrival, `${keyId}:${crypto.randomUUID()}`)
      }
      this.#writeLine(keyId, state)
      return taken
    })
  }

  /**
   * Takes what a Worker, or a person's object, reports.
   *
   * @param flush names the report: what comes again under its name is taken once.
   * @param records a JSON array of records.
   */
  report(flush: string, records: string): void {
    if (this.#ring.took(flush)) return
    this.#run(() => {
      this.#keep(arriveReported(records, this.#ring, Date.now()), flush)
    })
  }

  /** Takes what an account's object, or the firm's, reports of one chain. Answers how far it has that: it may be further. */
  ship(flush: string, chain: string, records: string): Standing {
    this.report(flush, records)
    const { highest, forks } = this.#ring.chain(chain)
    return { highest, forks }
  }

  /** What is known of a key beyond a number: its last change, and what was spent since a time. */
  known(keyId: string, afterSequence: number, sinceMs: number): Known {
    return knownOf(this.#line(keyId), afterSequence, sinceMs)
  }

  /** The key's object is another from now on. */
  move(keyId: string, name: string): void {
    this.#writeLine(keyId, { ...this.#line(keyId), movedTo: name })
  }

  /**
   * The records that follow an append, of one bundle at most, as far as they are in the log.
   *
   * @throws when the log does not say how far it is: what a new life knows of it is from before the last append.
   */
  async read(after: number): Promise<Page> {
    if (!this.#resumed) await this.#resume()
    return this.#bundles.read(after)
  }

  /** The records of one bundle, each beside its leaf. */
  open(name: string): Promise<readonly OpenedRecord[]> {
    return this.#bundles.open(name)
  }

  /**
   * Destroys the keys of everything that was recorded of a person. The log stays whole; what it says of them opens no
   * more. Answers how many keys went, or by which hold they stay.
   *
   * @throws when what waits could not be handed on: it would be sealed with a key that is made after.
   */
  async shred(subject: string): Promise<Shredding> {
    const upTo = this.#ring.last
    // The first may have been under way before the last record came.
    for (let tries = 0; tries < 2 && this.#ring.sequenced < upTo; tries += 1) await this.#push()
    if (this.#ring.sequenced < upTo)
      throw new Error('Cannot shred: what was recorded last is not in the log yet. Try again.')
    return this.#rows.transaction(() => {
      const done = this.#retention.shred(subject)
      // What is sealed is not needed in the open any more; and it is not to be found there.
      if (done.hold === undefined) this.#ring.forgetRecords()
      this.#bundles.forgetKeys()
      return done
    })
  }

  /** Records something that was done to the log itself, under the next number of such. */
  announce(what: string, after: string, by?: Provenance): void {
    const subject = { type: 'audit', id: this.#bundles.shard } as const
    const version = this.#ring.chain(`change:audit:${subject.id}`).upTo + 1
    const uid = `audit:${subject.id}:change:${version}`
    const change = { v: 1, type: 'change', uid, atMs: Date.now(), subject, version, what, after }
    this.report(uid, JSON.stringify([{ ...change, ...byWhom(by ?? {}) }]))
  }

  hold(hold: Hold): void {
    this.#retention.hold(hold)
  }

  release(id: string): boolean {
    return this.#retention.release(id)
  }

  holds(): readonly Hold[] {
    return this.#retention.holds()
  }

  /** What is due: unknown outcomes, missing numbers, keys whose time is over, and what is not in the log yet. */
  async sweep(): Promise<Swept> {
    try {
      this.#lookAtLate()
      this.#expire()
    } finally {
      // Whatever is wrong with one thing, what waits goes into the log.
      await this.#push()
    }
    return {
      pending: this.#ring.pending,
      sequenced: this.#ring.sequenced,
      trouble: this.#trouble,
    }
  }

  override async alarm(): Promise<void> {
    this.#alarmMs = undefined
    await this.sweep()
  }

  /** Everything or nothing. */
  #run<T>(change: () => T): T {
    try {
      return this.#rows.transaction(change)
    } catch (error) {
      this.#ring.reload()
      throw error
    }
  }

  #keep({ records, chains }: Arrival, flush: string): void {
    for (const [i, part] of partsOf(records).entries())
      this.#ring.append(part, chains, i === 0 ? flush : `${flush}:${i}`)
    if (records.length > 0) this.#soon()
  }

  #lookAtLate(): void {
    const nowMs = Date.now()
    this.#run(() => {
      const arrival = arriveLate([...this.#ring.unsettled()], this.#ring, nowMs)
      this.#keep(arrival, `late:${crypto.randomUUID()}`)
    })
  }

  /** What goes by time alone is said before it goes, like what somebody destroys. */
  #expire(): void {
    const due = this.#retention.due(policy.evidence.retentionDays, Date.now())
    if (due.length === 0) return
    this.#run(() => {
      for (const { class: kind, month, subjects } of due)
        this.announce(
          'audit.expired',
          JSON.stringify({ class: kind, month, keys: subjects.length }),
        )
      this.#retention.expire(due)
    })
    this.#bundles.forgetKeys()
  }

  /** The object stays awake for it; should it end all the same, the next call finds the rows. */
  #soon(): void {
    this.#window ??= this.#after(WINDOW_MS)
    this.ctx.waitUntil(this.#window)
  }

  async #after(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms))
    this.#window = undefined
    try {
      this.#lookAtLate()
    } finally {
      await this.#push()
    }
  }

  /** Hands on what waits now. What fails is tried again by alarm. */
  async #push(): Promise<void> {
    this.#pushing ??= this.#handOn()
      .then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message.slice(0, 200) : 'not an error'),
      )
      .finally(() => {
        this.#pushing = undefined
      })
    this.#trouble = await this.#pushing
    const unsettled = this.#ring.unsettled().next().done === false
    if (this.#trouble === undefined && this.#ring.pending) this.#soon()
    if (this.#trouble === undefined && !unsettled) return
    const atMs = Date.now() + AGAIN_MS
    if (this.#alarmMs !== undefined && this.#alarmMs <= atMs) return
    this.#alarmMs = atMs
    await this.ctx.storage.setAlarm(atMs)
  }

  async #handOn(): Promise<void> {
    if (!this.#resumed) await this.#resume()
    // What comes meanwhile is another's: under steady traffic there is always something that waits.
    const upTo = this.#ring.last
    while (this.#ring.pending && this.#ring.sequenced < upTo) {
      const bundle = await this.#bundles.write()
      await this.#add(bundle.slots)
      this.#ring.advance(bundle.last)
      const [name, head] = [`shard-${this.#bundles.shard}`, this.#ring.sequenced]
      this.ctx.waitUntil(ringOutboxes(this.env, name, head))
    }
  }

  /** Once in its life the object asks how far the log is: its own state may be older than that. */
  async #resume(): Promise<void> {
    const { taken } = await this.#add([])
    this.#run(() => {
      this.#ring.resume(taken)
    })
    this.#resumed = true
  }

  /** @throws when the log does not take them. */
  async #add(slots: Bundle['slots']): Promise<{ readonly taken: number }> {
    const log = this.env.LOG_SEQUENCER.getByName('log', { locationHint: policy.origin.region })
    const added = await log.add(Number(this.#bundles.shard), slots)
    if ('refused' in added) throw new Error(`Cannot hand on: the log refuses (${added.refused})`)
    return added
  }

  #line(keyId: string) {
    const [row] = this.#rows.rows('SELECT state FROM line WHERE key_id = ?', keyId)
    return row === undefined ? NEW_LINE : readLine(text(row['state']))
  }

  #writeLine(keyId: string, state: ReturnType<typeof readLine>): void {
    const stored = JSON.stringify(state)
    this.#rows.run('INSERT OR REPLACE INTO line VALUES (?, ?)', keyId, stored)
  }
}

/** What a row holds at most: it may have 2 MB. */
function partsOf(records: readonly Kept[]): readonly (readonly Kept[])[] {
  const parts: Kept[][] = []
  let [part, length]: [Kept[], number] = [[], 0]
  for (const record of records) {
    const more = utf8(record.text).length + AROUND
    if (part.length === MOST_RECORDS || (part.length > 0 && length + more > MOST_OCTETS)) {
      parts.push(part)
      ;[part, length] = [[], 0]
    }
    part.push(record)
    length += more
  }
  return part.length === 0 ? parts : [...parts, part]
}
