/** What the calls about the kill switch reach. */
import type { Provenance } from '../audit/provenance.ts'
import type { Killed, KillView, Lifted } from '../control/kill-port.ts'
import type { Hold } from '../control/hold.ts'
import type { TripAsk } from '../control/kills.ts'
import type { Result } from '../lib/result.ts'
import type { Refusal } from '../refusal.ts'

export interface KillPort {
  trip(ask: TripAsk): Promise<Result<Killed, Refusal>>
  lift(id: string, by: Provenance): Promise<Result<Lifted, Refusal>>
  list(): Promise<readonly KillView[]>
  /** What holds every key of an account. */
  holdsOf(account: string): Promise<readonly Hold[]>
}
