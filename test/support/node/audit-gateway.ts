/** A stand-in for the gateway's audit API, over an export that a test made: pages, limits and failures as they come. */
import http from 'node:http'
import { decodeEntries, parseTileName } from '../../../src/audit/tile.ts'
import { readLine } from '../../../src/audit/verify/lines.ts'
import { toBase64 } from '../../../src/lib/bytes.ts'
import { must } from '../tlog.ts'
import { ORIGIN, type Files, type LogKey } from './audit-export.ts'

const TOKEN = 'a token that nobody else has'

export class AuditGateway {
  readonly #server: http.Server
  readonly #key: LogKey
  files: Files
  /** How many further requests are answered; then it is gone. */
  answersLeft = Infinity
  /** Every so many requests it asks for patience. */
  impatientEvery = 0
  requests: string[] = []
  /** Objects that were sent. */
  sent = 0
  /** Which other leaf it shows in the place of each. */
  leafShift = 0
  /** What a proof is answered with. */
  proof = ''

  constructor(files: Files, key: LogKey) {
    this.files = files
    this.#key = key
    this.#server = http.createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://gateway')
      this.requests.push(url.pathname + url.search)
      const isPatience = this.impatientEvery > 0 && this.requests.length % this.impatientEvery === 0
      if (this.answersLeft <= 0) request.socket.destroy()
      else if (request.headers.authorization !== `Bearer ${TOKEN}`)
        this.#problem(response, 401, 'unauthorized')
      else if (isPatience) this.#problem(response, 429, 'rate_limited', { 'retry-after': '1' })
      else this.#answer(url, response)
      this.answersLeft -= 1
    })
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('Listens on no port')
    return `http://127.0.0.1:${address.port}`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  /** What `portcullis login` would have stored. */
  session(gateway: string) {
    return {
      gateway,
      user: 'user-ann',
      keyId: 'key_ann',
      sid: 'sid',
      accessToken: TOKEN,
      accessTokenEndsAtMs: Date.now() + 600_000,
      refreshToken: 'none',
    }
  }

  #problem(
    response: http.ServerResponse,
    status: number,
    code: string,
    headers: Record<string, string> = {},
  ): void {
    response.writeHead(status, { 'content-type': 'application/problem+json', ...headers })
    response.end(JSON.stringify({ code, status, title: code }))
  }

  #answer({ pathname, searchParams }: URL, response: http.ServerResponse): void {
    const limit = Math.min(Number(searchParams.get('limit')), 256)
    const answer = {
      checkpoint: () => this.#checkpoint(),
      export: () => this.#objects(searchParams.get('after') ?? '', limit),
      records: () => this.#records(Number(searchParams.get('from')), limit),
    }[pathname.replace('/gw/v1/admin/audit/', '')]
    const isProof = /\/proof\/[0-9]+$/.test(pathname)
    if (answer === undefined && !isProof) this.#problem(response, 404, 'not_found')
    else response.end(JSON.stringify(isProof ? { proof: this.proof } : answer?.()))
  }

  #checkpoint() {
    const checkpoint = this.files.text('checkpoint')
    const size = Number(checkpoint.split('\n')[1])
    return { origin: ORIGIN, checkpoint, vkeys: [this.#key.vkey], size }
  }

  #objects(after: string, limit: number) {
    const names = [...this.files.keys()]
      .filter((name) => /^(?:checkpoint|tile\/|checkpoints\/)/.test(name) && name > after)
      .toSorted()
    const items = names.slice(0, limit).map((name) => ({
      name,
      data: toBase64(must(this.files.get(name))),
    }))
    this.sent += items.length
    return names.length > limit ? { items, next: items.at(-1)?.name } : { items }
  }

  #records(from: number, limit: number) {
    const lines = [...this.files.keys()]
      .filter((name) => name.startsWith('records/'))
      .toSorted()
      .flatMap((name) => this.files.text(name).trimEnd().split('\n'))
      .map((text) => must(readLine(text)))
      .filter(({ index }) => index >= from)
    const items = lines
      .slice(0, limit)
      .map((line) => ({ ...line, leaf: this.#leaf(line.index + this.leafShift) }))
    const next = lines[limit]?.index
    return next === undefined ? { items } : { items, next: String(next) }
  }

  #leaf(index: number): string {
    const name = [...this.files.keys()].find((one) => {
      const tile = one.startsWith('tile/entries/') ? parseTileName(one) : undefined
      return tile?.index === Math.floor(index / 256)
    })
    const entries = decodeEntries(must(this.files.get(must(name))))
    return new TextDecoder().decode(must(entries)[index % 256])
  }
}
