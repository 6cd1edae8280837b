/** What an outbox says of itself: how far its sink has what is in the audit log. No address and no credential. */
import type { DeadLetter, LastTrouble } from './outbox.ts'
import type { SinkType } from './sinks/sink.ts'

export interface ShardLag {
  readonly shard: string
  /** The last append of which everything up to it is settled. */
  readonly after: number
  /** Appends beyond it that are in the log; `undefined` while the shard has not said how many there are. */
  readonly behind: number | undefined
  /** For how long the oldest of their records has been waiting. */
  readonly lagSeconds: number
}

export interface OutboxStatus {
  readonly sink: string
  readonly type: SinkType
  readonly active: boolean
  /** Variables that are set and cannot be used. Never their values. */
  readonly problems: readonly string[]
  readonly delivered: number
  readonly dead: number
  readonly attempt: number
  readonly nextTryMs: number
  readonly heartbeatMs: number
  readonly trouble: LastTrouble | undefined
  readonly lagSeconds: number
  readonly shards: readonly ShardLag[]
  /** The newest first. */
  readonly deadLetters: readonly DeadLetter[]
}
