/**
 * Key material that cannot be printed by accident: it renders as `[secret]` in strings, JSON and
 * inspectors. Reading it is a visible act, `reveal()`, that a reader can search for.
 */
export class Secret {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The bytes themselves, not a copy: the caller neither keeps nor changes them. */
  reveal(): Uint8Array {
    return this.#bytes
  }

  toJSON(): string {
    return '[secret]'
  }

  toString(): string {
    return '[secret]'
  }

  /** What Node, Bun and Deno print for the object. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}
