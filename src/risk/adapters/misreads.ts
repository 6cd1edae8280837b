/** What is wrong with a request, collected while it is read, so that one round is enough to mend it. */
import type { Misread } from '../order.ts'

/** Nobody mends more in one round, and a hostile body has as many as it has members. */
const MOST = 32
const MOST_OF_A_NAME = 64

export class Misreads {
  readonly #list: Misread[] = []

  get list(): readonly Misread[] {
    return this.#list
  }

  /** @param reason a fixed phrase: nothing of what was sent belongs in it. */
  add(pointer: string, reason: string): void {
    // Two fields may be read from one place.
    const known = this.#list.some((one) => one.pointer === pointer && one.reason === reason)
    if (!known && this.#list.length < MOST) this.#list.push({ pointer, reason })
  }
}

/** What a client called a member or a parameter, cut short. */
export function shortName(name: string): string {
  return name.slice(0, MOST_OF_A_NAME).toWellFormed()
}

/** A name as a step of a JSON pointer (RFC 6901 section 3). */
export function pointerStep(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
