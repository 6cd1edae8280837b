/**
 * The client of every contender: HTTP/1.1 over kept connections, one request under way on each. Requests are made and
 * signed beforehand, so that nothing but sending and reading is in what is measured.
 */
import net from 'node:net'

/** What some requests were answered. */
export interface Answered {
  readonly requests: number
  readonly seconds: number
  /** In milliseconds, one for each request, ascending. */
  readonly latenciesMs: Float64Array
  readonly statuses: ReadonlyMap<number, number>
}

/** How long an answer may take, in milliseconds. */
const TIMEOUT_MS = 30_000

/** Sends each request once and answers when all are answered. A broken connection counts as status 0. */
export async function drive(
  port: number,
  connections: number,
  requests: readonly Buffer[],
): Promise<Answered> {
  const latenciesMs = new Float64Array(requests.length)
  const statuses = new Map<number, number>()
  let next = 0
  const work = async () => {
    let line = new Line(port)
    while (next < requests.length) {
      const index = next
      next += 1
      const startMs = performance.now()
      const status = await line.ask(requests[index] ?? Buffer.alloc(0)).catch(() => 0)
      latenciesMs[index] = performance.now() - startMs
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status === 0) {
        line.close()
        line = new Line(port)
      }
    }
    line.close()
  }
  const startMs = performance.now()
  await Promise.all(Array.from({ length: connections }, work))
  const seconds = (performance.now() - startMs) / 1_000
  return { requests: requests.length, seconds, latenciesMs: latenciesMs.sort(), statuses }
}

/** The value below which this share of them lies, of ascending values. */
export function quantile(ascending: Float64Array, share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0
}

/** One connection. */
class Line {
  readonly #socket: net.Socket
  #arrived = ''
  #settle: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined
  #broken: Error | undefined

  constructor(port: number) {
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.setEncoding('latin1')
    this.#socket.setTimeout(TIMEOUT_MS, () => this.#break(new Error('No answer in time')))
    this.#socket.on('data', (chunk: string) => this.#read(chunk))
    this.#socket.on('error', (error) => this.#break(error))
    this.#socket.on('close', () => this.#break(new Error('The connection was closed')))
  }

  ask(request: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) {
        reject(this.#broken)
        return
      }
      this.#settle = { resolve, reject }
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: string): void {
    this.#arrived += chunk
    const status = wholeAnswer(this.#arrived)
    if (status === undefined) return
    this.#arrived = ''
    this.#settle?.resolve(status)
    this.#settle = undefined
  }

  #break(error: Error): void {
    this.#broken ??= error
    this.#settle?.reject(error)
    this.#settle = undefined
  }
}

/** The status, once all of the answer is there. */
function wholeAnswer(text: string): number | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = text.slice(0, end).toLowerCase()
  const status = Number(head.slice(9, 12))
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1]
  const isWhole =
    length === undefined
      ? status === 204 ||
        !head.includes('\r\ntransfer-encoding: chunked') ||
        text.endsWith('\r\n0\r\n\r\n')
      : text.length >= end + 4 + Number(length)
  return isWhole ? status : undefined
}
