/**
 * A map that never grows past its capacity: the entry unused for longest goes first. It holds plain
 * values only, because an isolate shares it between requests.
 */
export class BoundedMap<V> {
  readonly #capacity: number
  readonly #entries = new Map<string, V>()

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError('Cannot create a bounded map: capacity must be a whole number above 0')
    }
    this.#capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  /** From the one unused for longest to the newest; using them this way does not count. */
  values(): IterableIterator<V> {
    return this.#entries.values()
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  set(key: string, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#capacity) return
    const oldest = this.#entries.keys().next()
    if (oldest.done !== true) this.#entries.delete(oldest.value)
  }
}
