/** How far long work has got: a bar on stderr where a person looks on, and nothing elsewhere. */

const WIDTH = 30
const EVERY_MS = 100

export class Progress {
  readonly #what: string
  readonly #isSeen = process.stderr.isTTY
  #shownMs = 0
  #isOpen = false

  /** @param what is counted, such as `leaves`. */
  constructor(what: string) {
    this.#what = what
  }

  /** @param total `undefined` where it is not known. */
  show(done: number, total: number | undefined): void {
    const nowMs = Date.now()
    if (!this.#isSeen || (nowMs - this.#shownMs < EVERY_MS && done !== total)) return
    this.#shownMs = nowMs
    this.#isOpen = true
    process.stderr.write(`\r\u001B[K${barText(done, total, this.#what)}`)
  }

  /** Takes the bar away: what follows is what counts. */
  end(): void {
    if (this.#isOpen) process.stderr.write('\r\u001B[K')
    this.#isOpen = false
  }
}

export function barText(done: number, total: number | undefined, what: string): string {
  const count = done.toLocaleString('en')
  if (total === undefined || total === 0) return `${count} ${what}`
  const share = Math.min(1, done / total)
  const full = Math.round(share * WIDTH)
  const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full)
  return `${bar} ${Math.floor(share * 100)} %  ${count} of ${total.toLocaleString('en')} ${what}`
}
