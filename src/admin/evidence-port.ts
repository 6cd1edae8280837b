/** What the gateway's own calls need of the audit log. */
import type { CopyState } from '../audit/copy.ts'
import type { Provenance } from '../audit/provenance.ts'
import type { OutboxStatus } from '../siem/status.ts'

export interface EvidenceHead {
  /** The signed note. */
  readonly text: string
  /** How many leaves it covers. */
  readonly size: number
}

export interface EvidenceRecord {
  readonly index: number
  readonly leaf: string
  readonly salt?: string
  /** Canonical JSON. */
  readonly record?: string
  /** The key with which it was sealed is gone. */
  readonly shredded?: boolean
}

export interface Hold {
  readonly id: string
  /** The person whose records are held; `*` holds everybody's. */
  readonly subject: string
  readonly reason: string
  readonly by: string
  readonly atMs: number
}

/** How many keys were destroyed, or by which hold they stay. */
export interface Shredding {
  readonly shredded: number
  readonly hold?: string
}

export interface EvidencePort {
  readonly origin: string
  readonly vkeys: readonly string[]
  /** The newest checkpoint; `undefined` while the log is empty. */
  head(): Promise<EvidenceHead | undefined>
  /** An object of the published log. */
  read(name: string): Promise<Uint8Array | undefined>
  list(after: string, most: number): Promise<{ names: readonly string[]; next?: string }>
  records(from: number, most: number): Promise<{ items: readonly EvidenceRecord[]; size: number }>
  /** A proof for one entry; `undefined` where there is none. */
  proof(index: number): Promise<string | undefined>
  /** What the write-once copy holds; `undefined` where none is configured. */
  copy(): Promise<CopyState | undefined>
  /** The same after both sides were compared now. */
  compareCopy(): Promise<CopyState | undefined>
  /** How far each sink of the policy is. */
  sinks(): Promise<readonly OutboxStatus[]>
  holds(): Promise<readonly Hold[]>
  hold(hold: Hold, by: Provenance): Promise<void>
  release(id: string, by: Provenance): Promise<boolean>
  shred(user: string, by: Provenance): Promise<Shredding>
}
