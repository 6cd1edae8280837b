/** What the kill switch answers to whoever uses it. Plain data: it crosses RPC. */
import type { Trip } from './trip.ts'

export interface Killed extends Pick<Trip, 'id' | 'level' | 'scope' | 'drill' | 'atMs'> {
  readonly inForceByMs: number
  /** Requests that had passed their last check: they may still arrive at the origin. */
  readonly inFlight: readonly string[]
}

export interface Lifted {
  readonly id: string
  /** Whether a second person has to confirm. */
  readonly waiting: boolean
}

export interface KillView extends Omit<Trip, 'by'> {
  readonly by: string
  readonly reason: string
  readonly inForceByMs: number
}
