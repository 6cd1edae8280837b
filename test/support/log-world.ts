/**
 * A world in which the sequencer can be made to fail: its row, its bucket and its shards outlive it. Each write can be
 * lost, or kept while its answer is lost.
 */
import { expect } from 'vitest'
import { readLogKeys, type LogKeys } from '../../src/audit/log-key.ts'
import type { LogState, PublishedCheckpoint } from '../../src/audit/log-state.ts'
import type { TreeHead } from '../../src/audit/merkle.ts'
import { Sequencer, type LogPorts } from '../../src/audit/sequence.ts'
import { parseTileName, TILE_WIDTH } from '../../src/audit/tile.ts'
import { must, testKey } from './tlog.ts'

export const ORIGIN = 'gateway.example/audit'

/** Every kind of write, by name. */
export const WRITES = [
  'stage',
  'full entry bundle',
  'partial entry bundle',
  'full tile',
  'partial tile',
  'partial tile above',
  'checkpoint',
] as const

export type Write = (typeof WRITES)[number]

export class Crash extends Error {}

export interface Bucket {
  objects: Map<string, Uint8Array>
  checkpoint: PublishedCheckpoint | undefined
}

/** Keys of the log by the seed of each, in the order in which they are set. */
export async function logKeys(...seeds: readonly number[]): Promise<LogKeys> {
  const keys = seeds.map(async (seed) => testKey(ORIGIN, new Uint8Array(32).fill(seed)))
  const jwks = (await Promise.all(keys)).map(({ jwk }) => jwk)
  return must(await readLogKeys(JSON.stringify(jwks), ORIGIN))
}

export class LogWorld {
  row: LogState | undefined
  rowsWritten = 0
  bucket: Bucket = { objects: new Map(), checkpoint: undefined }
  /** Every checkpoint that was ever published, and every head that was ever signed. */
  readonly published: string[] = []
  readonly signed: TreeHead[] = []
  /** Judges each write: what is to happen to it. */
  fault: (write: Write, name: string) => 'none' | 'lost' | 'kept' = () => 'none'
  /** Runs before each access to the bucket: where others have their turn. */
  yields: () => Promise<void> = async () => undefined
  /** The keys that are set now, and all that ever were. */
  keys: LogKeys
  readonly everSet: LogKeys[]
  #etags = 0

  constructor(keys: LogKeys) {
    this.keys = keys
    this.everSet = [keys]
  }

  /** Sets other keys, as a deploy does. */
  setKeys(keys: LogKeys): void {
    this.keys = keys
    this.everSet.push(keys)
  }

  /** A sequencer as it begins after a restart. */
  start(change: Partial<LogPorts> = {}): Sequencer {
    return new Sequencer({ ...this.ports(), ...change })
  }

  ports(): LogPorts {
    return {
      readState: () => this.row,
      writeState: async (state) =>
        this.#write('stage', 'row', () => {
          this.row = state
          this.rowsWritten += 1
        }),
      read: async (name) => {
        await this.yields()
        return this.bucket.objects.get(name)
      },
      create: async (name, bytes) => {
        await this.yields()
        return this.#write(writeOf(name), name, () => {
          if (this.bucket.objects.has(name)) return 'exists'
          this.bucket.objects.set(name, bytes)
          return 'created'
        })
      },
      readCheckpoint: async () => {
        await this.yields()
        return this.bucket.checkpoint
      },
      publish: async (note, etag) => {
        await this.yields()
        return this.#write('checkpoint', 'checkpoint', () => this.#publish(note, etag))
      },
      vkeys: this.keys.vkeys,
      sign: async (head) => {
        this.signed.push(head)
        return this.keys.sign(head)
      },
    }
  }

  #publish(note: string, etag: string | undefined): string | undefined {
    if (this.bucket.checkpoint?.etag !== etag) return undefined
    this.#etags += 1
    this.bucket.checkpoint = { note, etag: `etag-${this.#etags}` }
    this.published.push(note)
    return this.bucket.checkpoint.etag
  }

  async #write<T>(write: Write, name: string, change: () => T): Promise<T> {
    const fault = this.fault(write, name)
    if (fault === 'lost') throw new Crash(`${name} was lost`)
    const answer = change()
    if (fault === 'kept') throw new Crash(`the answer of ${name} was lost`)
    return answer
  }

  /** The one write of this kind that comes next fails. Answers whether it did. */
  failOnce(which: Write, fault: 'lost' | 'kept'): () => boolean {
    let left = 1
    this.fault = (write) => (write === which && (left -= 1) === 0 ? fault : 'none')
    return () => left <= 0
  }

  snapshot(): { row: LogState | undefined; bucket: Bucket } {
    const { objects, checkpoint } = this.bucket
    return { row: this.row, bucket: { objects: new Map(objects), checkpoint } }
  }
}

function writeOf(name: string): Write {
  const tile = must(parseTileName(name))
  const isFull = tile.width === TILE_WIDTH
  if (tile.level === 'entries') return isFull ? 'full entry bundle' : 'partial entry bundle'
  if (isFull) return 'full tile'
  return tile.level === 0 ? 'partial tile' : 'partial tile above'
}

/** A shard as the sequencer sees it: keeps batches until they are covered. */
export class Shard {
  readonly number: number
  made = 0
  covered = 0

  constructor(number: number) {
    this.number = number
  }

  make(batches: number, leaves: number): void {
    for (let i = 0; i < batches; i += 1) {
      this.made += 1
      this.sizes.push(leaves)
    }
  }

  readonly sizes: number[] = []

  /** What is not covered yet. */
  open(): { number: number; leaves: string[] }[] {
    return this.sizes
      .map((size, i) => ({ number: i + 1, leaves: leavesOf(this.number, i + 1, size) }))
      .slice(this.covered)
  }

  /** Hands everything over, has a round made, and notes what is covered then. */
  async ship(log: Sequencer, nowMs: number): Promise<void> {
    const offered = log.offer(this.number, this.open())
    if (!offered.ok) throw new Error(offered.error.detail)
    await roundsUntil(log, nowMs, () => log.covers(this.number, this.made))
    this.note(log)
  }

  note(log: Sequencer): void {
    while (this.covered < this.made && log.covers(this.number, this.covered + 1)) this.covered += 1
  }
}

/** Rounds until all is covered: what was promised before comes in one of its own. */
export async function roundsUntil(
  log: Sequencer,
  nowMs: number,
  isDone: () => boolean,
): Promise<void> {
  for (let i = 0; i < 2 && (i === 0 || !isDone()); i += 1) await log.round(nowMs)
}

export function leavesOf(shard: number, batch: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `{"shard":${shard},"batch":${batch},"leaf":${i}}`)
}

/** When the first round of a test is made. */
export const START = 1_800_000_000_000

/** A log of five rounds, and its row and bucket after each. */
export async function fiveRounds(keys: LogKeys) {
  const world = new LogWorld(keys)
  const shard = new Shard(0)
  const log = world.start()
  const snapshots: ReturnType<LogWorld['snapshot']>[] = []
  for (let i = 0; i < 5; i += 1) {
    shard.make(1, 100)
    await shard.ship(log, START)
    snapshots.push(world.snapshot())
  }
  return { world, shard, log, snapshots }
}

/** What the log says when more is to be logged, and that it has signed nothing. */
export async function stopped(world: LogWorld, log: Sequencer): Promise<string | undefined> {
  const signed = world.signed.length
  const rows = world.rowsWritten
  const more = new Shard(7)
  more.make(1, 3)
  await expect(more.ship(log, START)).rejects.toThrow(Error)
  await expect(more.ship(log, START)).rejects.toBe(log.refusal)
  expect(world.signed.length, 'signed nothing').toBe(signed)
  expect(world.rowsWritten, 'promised nothing').toBe(rows)
  expect(more.covered).toBe(0)
  return log.refusal?.code
}
