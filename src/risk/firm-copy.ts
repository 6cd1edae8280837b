/**
 * What an isolate knows of the firm: what holds for every order, and what the market last paid. A copy with an age; only
 * durations are exchanged, so no other host's clock is believed.
 */
import { readDecimal, type Decimal } from '../lib/decimal.ts'
import type { FirmView } from './judge.ts'
import type { Reference } from './value.ts'

/** From this age on a copy is renewed beside a request that uses it; above the second it is not used any more. */
export const RENEW_MS = 1_000
export const STALE_MS = 2_000

export interface ToldCopy {
  readonly revision: number
  readonly limits: Pick<FirmView, 'firm' | 'symbols'>
  readonly prices: readonly {
    readonly symbol: string
    readonly price: string
    readonly ageMs: number
  }[]
}

export class FirmCopy {
  readonly view: FirmView
  /** When it was asked for: everything in it is at least as old as since then. */
  readonly askedMs: number
  readonly #prices: ReadonlyMap<string, { readonly price: Decimal; readonly ageMs: number }>

  constructor({ revision, limits, prices }: ToldCopy, askedMs: number) {
    this.view = { revision, ...limits }
    this.askedMs = askedMs
    this.#prices = new Map(
      prices.flatMap(({ symbol, price: written, ageMs }) => {
        const price = readDecimal(written)
        return price === undefined || price <= 0n ? [] : [[symbol, { price, ageMs }] as const]
      }),
    )
  }

  /** What the market last paid, if that is not too old by now. */
  reference(symbol: string, nowMs: number, maxAgeMs: number): Reference | undefined {
    const told = this.#prices.get(symbol)
    if (told === undefined) return undefined
    const ageMs = told.ageMs + Math.max(0, nowMs - this.askedMs)
    return ageMs > maxAgeMs ? undefined : { price: told.price, ageMs }
  }
}

/** The copy of an isolate: a plain value, and a flag with an end that says that somebody is renewing it. */
export class FirmCopies {
  #copy: FirmCopy | undefined
  #renewingUntilMs = 0

  keep(copy: FirmCopy): void {
    if (copy.askedMs >= (this.#copy?.askedMs ?? 0)) this.#copy = copy
    this.#renewingUntilMs = 0
  }

  /** The copy, if it is not too old. */
  current(nowMs: number): FirmCopy | undefined {
    return this.#copy !== undefined && nowMs - this.#copy.askedMs < STALE_MS
      ? this.#copy
      : undefined
  }

  /** Whether whoever asks should renew it: one at a time does. */
  takeRenewal(nowMs: number): boolean {
    const ageMs = nowMs - (this.#copy?.askedMs ?? 0)
    if (ageMs < RENEW_MS || nowMs < this.#renewingUntilMs) return false
    this.#renewingUntilMs = nowMs + STALE_MS
    return true
  }
}
