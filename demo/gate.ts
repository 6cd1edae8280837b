/** Lets requests through to the runtime, or keeps them waiting while it is replaced. */
import type { ServerResponse } from 'node:http'

export class Gate {
  #underWay = 0
  #waiting: (() => void)[] | undefined
  #drained: (() => void) | undefined

  /** Runs `work` now or, behind a closed gate, when it opens; a client that left meanwhile is forgotten. */
  pass(response: ServerResponse, work: () => void): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(() => this.pass(response, work))
      return
    }
    if (response.closed) return
    this.#underWay += 1
    response.once('close', () => {
      this.#underWay -= 1
      if (this.#underWay === 0) this.#drained?.()
    })
    work()
  }

  /** From now on requests wait. Answers when those under way have ended, or after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#waiting ??= []
    if (this.#underWay === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#drained = resolve
    const timer = setTimeout(() => resolve(), graceMs)
    await promise
    clearTimeout(timer)
    this.#drained = undefined
  }

  /** Whoever waited goes on, in the order of arrival. */
  open(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const goOn of waiting) goOn()
  }
}
