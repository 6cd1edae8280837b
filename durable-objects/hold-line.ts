/** How trips of a key or an account reach the objects that hold them, wherever keys were moved. */
import policy from '../gateway.config.ts'
import { readEpochs } from '../src/config.ts'
import type { HeldKey, Hold } from '../src/control/hold.ts'
import type { Trip } from '../src/control/trip.ts'
import { whereItIs } from '../src/where-it-is.ts'
import { within } from '../src/within.ts'
import type { ControlStore, Owed } from './control-store.ts'

/** How long one object may take, in milliseconds. */
const TIMEOUT_MS = 3_000
/** What is told at once, and in one alarm. */
const MOST = 500
/** Keys of an account that are asked for at once. */
const PAGE = 500

export interface ToldHolds {
  /** Whether every object has heard. */
  readonly all: boolean
  readonly inFlight: readonly string[]
}

export class HoldLine {
  readonly #env: Env
  readonly #store: ControlStore
  /** The last that was told to each object about each trip, until it has arrived. */
  readonly #last = new Map<string, Promise<void>>()

  constructor(env: Env, store: ControlStore) {
    this.#env = env
    this.#store = store
  }

  /** Writes down who has to hear of it. Which keys an account has is asked for later. */
  owe(trip: Trip, stands: boolean): void {
    const { scope, drill } = trip
    if (drill || (scope.type !== 'key' && scope.type !== 'account')) return
    this.#store.owe({ trip, target: `${scope.type}:${scope.id}`, stands })
    if (scope.type === 'account') this.#store.owe({ trip, target: 'keys', stands })
  }

  /** Tells everybody who has not heard of this trip. */
  async tell({ id }: Trip): Promise<ToldHolds> {
    const inFlight = new Set<string>()
    // Which keys or which account there are comes of the first answers.
    for (let round = 0; round < 3; round += 1) {
      const owed = this.#store.readOwed(id, MOST)
      if (owed.length === 0) break
      const told = await Promise.all(owed.map((one) => this.#tellOne(one)))
      for (const name of told.flat()) inFlight.add(name)
    }
    return { all: this.#store.readOwed(id, 1).length === 0, inFlight: [...inFlight] }
  }

  /** Tells what is still owed. Answers whether nothing is any more. */
  async tellOwed(): Promise<boolean> {
    await Promise.all(this.#store.readOwed(undefined, MOST).map((one) => this.#tellOne(one)))
    return this.#store.readOwed(undefined, 1).length === 0
  }

  /** Whoever does not answer goes on being told. */
  async #tellOne(owed: Owed): Promise<readonly string[]> {
    try {
      const inFlight = await within(TIMEOUT_MS, this.#inOrder(owed))
      this.#store.told(owed)
      return inFlight
    } catch {
      return []
    }
  }

  /** What was told first arrives first, also where nobody waits for it any more: else what was lifted might stand. */
  #inOrder(owed: Owed): Promise<readonly string[]> {
    const place = `${owed.trip.id} ${owed.target}`
    const delivered = (this.#last.get(place) ?? Promise.resolve()).then(() => this.#deliver(owed))
    const end = () => {
      if (this.#last.get(place) === over) this.#last.delete(place)
    }
    const over: Promise<void> = delivered.then(end, end)
    this.#last.set(place, over)
    return delivered
  }

  async #deliver(owed: Owed): Promise<readonly string[]> {
    const { trip, target, stands } = owed
    if (target === 'keys') return this.#findKeys(owed)
    const [, type, id] = /^(key|account):(.*)$/s.exec(target) ?? []
    if (id === undefined) return []
    if (type === 'account') return this.#holdAccount(id, trip, stands)
    const held = await this.#holdKey(id, trip, stands)
    // Orders of the key that have passed its object already are stopped by its account's.
    if (held !== undefined && trip.scope.type === 'key')
      this.#store.owe({ trip, target: `account:${held.account}`, stands })
    return held?.inFlight ?? []
  }

  async #findKeys({ trip, stands }: Owed): Promise<readonly string[]> {
    if (trip.scope.type !== 'account') return []
    const directory = this.#env.DIRECTORY.getByName('all', { locationHint: policy.origin.region })
    for (let after = ''; ;) {
      const ids = await directory.keysOf(trip.scope.id, after, PAGE)
      for (const id of ids) this.#store.owe({ trip, target: `key:${id}`, stands })
      const last = ids.at(-1)
      if (last === undefined || ids.length < PAGE) return []
      after = last
    }
  }

  #holdKey(keyId: string, trip: Trip, stands: boolean): Promise<HeldKey | undefined> {
    const hold = holdOf(trip)
    return whereItIs<HeldKey | undefined>(new Map(), keyId, (name) =>
      this.#env.KEY_GUARD.getByName(name, { locationHint: policy.origin.region }).hold(
        hold,
        stands,
        trip.by,
        epochOf(this.#env, keyId),
      ),
    )
  }

  #holdAccount(account: string, trip: Trip, stands: boolean): Promise<readonly string[]> {
    const keyId = trip.scope.type === 'key' ? trip.scope.id : undefined
    return this.#env.ACCOUNT_RISK.getByName(account, { locationHint: policy.origin.region }).hold(
      { ...holdOf(trip), keyId },
      stands,
    )
  }
}

/** How often the key's object is known to have been restored from an older state. */
function epochOf(env: Env, keyId: string): number {
  const told: unknown = Reflect.get(env, 'RESTORED_KEYS')
  return readEpochs(typeof told === 'string' ? told : '')?.get(keyId) ?? 0
}

function holdOf({ id, level, scope }: Trip): Hold {
  return { id, level, scope: scope.type === 'key' ? 'key' : 'account' }
}
