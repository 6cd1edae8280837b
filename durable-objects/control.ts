/**
 * One object for the kill switch: what is stopped, by whose word, until when somebody lifts it. A trip of a key or an
 * account is in their own objects before it is acknowledged; a wider one is read by the views, which Workers read.
 */
import { DurableObject } from 'cloudflare:workers'
import policy from '../gateway.config.ts'
import type { Provenance } from '../src/audit/provenance.ts'
import { toBase32 } from '../src/lib/bytes.ts'
import type { Hold } from '../src/control/hold.ts'
import type { WideTrip } from '../src/control/trip.ts'
import { wideOf, type Trip } from '../src/control/trip.ts'
import { alike, inForceByMs, lift, MOST_TRIPS, type TripAsk } from '../src/control/kills.ts'
import type { Killed, KillView, Lifted } from '../src/control/kill-port.ts'
import { ok, type Result } from '../src/lib/result.ts'
import { refuse, type Refusal } from '../src/refusal.ts'
import { shipChanges } from './change-line.ts'
import { ControlStore } from './control-store.ts'
import { HoldLine } from './hold-line.ts'

/** What did not reach an object is told again after this, in milliseconds. */
const AGAIN_MS = 2_000
const SHIPMENT = 100

export class Control extends DurableObject<Env> {
  readonly #store: ControlStore
  readonly #holds: HoldLine
  readonly #trips: Map<string, Trip>

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#store = new ControlStore(ctx.storage)
    this.#holds = new HoldLine(env, this.#store)
    this.#trips = new Map(this.#store.readTrips().map((trip) => [trip.id, trip]))
  }

  /** Trips. Acknowledged when it is durable and, of a key or an account, when their objects hold it. */
  async trip(ask: TripAsk): Promise<Result<Killed, Refusal>> {
    const known = alike(this.#trips.values(), ask)
    if (known === undefined && this.#trips.size >= MOST_TRIPS)
      return refuse('conflict', {
        detail: 'Too many trips stand: lift some, or trip a wider scope.',
      })
    const { level, scope, drill, by } = ask
    const trip = known ?? {
      id: `kill_${toBase32(crypto.getRandomValues(new Uint8Array(8)))}`,
      level,
      scope,
      drill,
      by,
      atMs: Date.now(),
    }
    if (known === undefined) this.#begin(trip)
    const told = await this.#holds.tell(trip)
    const { id, atMs } = trip
    // Of one that stood before, too: from now on it is certain.
    const inForceBy = inForceByMs(scope, Math.max(atMs, Date.now()))
    if (!told.all) {
      await this.ctx.storage.setAlarm(Date.now() + AGAIN_MS)
      return untold
    }
    return ok({ id, level, scope, drill, atMs, inForceByMs: inForceBy, inFlight: told.inFlight })
  }

  /** Lifts, or waits for a second person. */
  async lift(id: string, by: Provenance): Promise<Result<Lifted, Refusal>> {
    const trip = this.#trips.get(id)
    if (trip === undefined) return refuse('not_found')
    const lifting = lift(trip, by)
    if (!lifting.ok) return lifting
    if ('waiting' in lifting.value) {
      this.#keep(lifting.value.waiting, 'lift_asked', by)
      return ok({ id, waiting: true })
    }
    this.#store.transaction(() => {
      this.#store.removeTrip(id)
      this.#holds.owe({ ...trip, by }, false)
      this.#write(trip, 'lifted', by)
    })
    this.#trips.delete(id)
    const told = await this.#holds.tell(trip)
    await this.ctx.storage.setAlarm(Date.now() + AGAIN_MS)
    return told.all ? ok({ id, waiting: false }) : untold
  }

  list(): readonly KillView[] {
    return [...this.#trips.values()].map(({ by, ...trip }) => ({
      ...trip,
      by: by.user,
      reason: by.reason,
      inForceByMs: inForceByMs(trip.scope, trip.atMs),
    }))
  }

  /** What Workers have to know. */
  wide(): readonly WideTrip[] {
    return [...this.#trips.values()].filter(({ drill }) => !drill).flatMap(wideOf)
  }

  /** What stands for an account: a key that is made has to hold it. */
  holdsOf(account: string): readonly Hold[] {
    return [...this.#trips.values()]
      .filter(({ scope, drill }) => !drill && scope.type === 'account' && scope.id === account)
      .map(({ id, level }) => ({ id, level, scope: 'account' }))
  }

  override async alarm(): Promise<void> {
    const told = await this.#holds.tellOwed()
    const changes = this.#store.readChanges(SHIPMENT)
    const shipped = await shipChanges(this.env.AUDIT_LOG, changes)
    const last = changes.at(-1)?.version
    if (shipped && last !== undefined) this.#store.forgetChanges(last)
    if (!told || !shipped || changes.length === SHIPMENT)
      await this.ctx.storage.setAlarm(Date.now() + AGAIN_MS)
  }

  #begin(trip: Trip): void {
    this.#store.transaction(() => {
      this.#holds.owe(trip, true)
      this.#keep(trip, 'tripped', trip.by)
    })
  }

  #keep(trip: Trip, what: string, by: Provenance): void {
    this.#store.transaction(() => {
      this.#store.writeTrip(trip)
      this.#write(trip, what, by)
    })
    this.#trips.set(trip.id, trip)
    void this.ctx.storage.setAlarm(Date.now() + AGAIN_MS)
  }

  #write({ id, level, scope, drill, atMs }: Trip, what: string, by: Provenance): void {
    const state = { id, level, scope, at: new Date(atMs).toISOString() }
    const [before, after] = what === 'lifted' ? [state, undefined] : [undefined, state]
    this.#store.writeChange(`${drill ? 'drill' : 'kill'}.${what}`, Date.now(), before, after, by)
  }
}

const untold = refuse('guard_unavailable', {
  reason: 'an object did not hear of a trip',
  detail: 'It stands and goes on being told. Repeat the call to be sure that it is in force.',
  retryAfterSeconds: 2,
})

export function controlOf(env: Pick<Env, 'CONTROL'>) {
  return env.CONTROL.getByName('control', { locationHint: policy.origin.region })
}
