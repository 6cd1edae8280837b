/** What a broker may answer, at random. */
import type { Answered, Intent } from '../../src/risk/order.ts'
import type { Random } from './random.ts'
import type { Known } from './risk-orders.ts'

export class Answers {
  readonly #chance: Random
  #brokerIds = 0

  constructor(chance: Random) {
    this.#chance = chance
  }

  any(intent: Intent, known: readonly Known[]): Answered {
    const chance = this.#chance
    if (intent.action === 'cancel' || intent.action === 'cancel_all') {
      const cancelled = intent.action === 'cancel_all' ? known.map(({ id }) => id) : undefined
      return {
        status: chance.pick(['cancelled', 'cancelled', 'rejected', 'unknown'] as const),
        cancelled,
      }
    }
    const status = chance.pick([
      'open',
      'open',
      'open',
      'filled',
      'cancelled',
      'rejected',
      'unknown',
    ] as const)
    if (status === 'rejected' || status === 'unknown') return { status }
    this.#brokerIds += 1
    const orderId =
      intent.action === 'new' || chance.chance(0.3) ? String(1_000 + this.#brokerIds) : undefined
    return { status, orderId, filled: this.filled() }
  }

  filled(): bigint | undefined {
    const chance = this.#chance
    return chance.chance(0.4) ? BigInt(chance.below(9_000_000)) * 10n ** 12n : undefined
  }
}
