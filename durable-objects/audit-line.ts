/** A key's line to the audit log: its shard, and how long it may take to answer. */
import policy from '../gateway.config.ts'
import { shardOf, type Known, type Shipment } from '../src/audit/shipment.ts'
import type { Taken } from '../src/audit/key-line.ts'
import { within } from '../src/within.ts'

/** How long the audit log may take, in milliseconds. */
const TIMEOUT_MS = 5_000

export class AuditLine {
  readonly #shards: Env['AUDIT_LOG']
  readonly #keyId: string

  constructor(shards: Env['AUDIT_LOG'], keyId: string) {
    this.#shards = shards
    this.#keyId = keyId
  }

  /** @throws when it does not answer. */
  append(shipment: Shipment): Promise<Taken> {
    return within(TIMEOUT_MS, this.#shard().append(this.#keyId, shipment))
  }

  /** @throws when it does not answer. */
  known(afterSequence: number, sinceMs: number): Promise<Known> {
    return within(TIMEOUT_MS, this.#shard().known(this.#keyId, afterSequence, sinceMs))
  }

  /** @throws when it does not answer. */
  move(name: string): Promise<void> {
    return within(TIMEOUT_MS, this.#shard().move(this.#keyId, name))
  }

  // A fresh stub for each call: one that has seen its object reset stays broken.
  #shard() {
    const locationHint = policy.origin.region
    return this.#shards.getByName(shardOf(this.#keyId), { locationHint })
  }
}
