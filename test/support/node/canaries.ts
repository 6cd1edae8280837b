/**
 * Secrets planted in every request that tests send, and looked for in everything that the gateway keeps or prints: its
 * lines, and every file of its state, which is all objects' tables, the sealed bundles, the log and the store.
 */
import fs from 'node:fs'
import path from 'node:path'

/** What only a caller may know: by the header that carries it. */
const PROOFS = ['pc-signature', 'signature', 'authorization', 'dpop', 'pc-otp', 'x-mbx-signature']
/** How many of the proofs and bodies that were sent last are looked for: each is sought in every file. */
const MOST = 24
const SHORTEST = 20

export class Canaries {
  readonly text = `planted-${crypto.randomUUID()}`
  readonly #sent: string[] = []
  readonly #told: string[] = []

  /** The headers with a canary in those that no signature of ours covers. */
  plant(headers: Readonly<Record<string, string | number>>): Record<string, string | number> {
    const planted = {
      cookie: `session=${this.text}`,
      referer: `https://example.test/${this.text}`,
      'user-agent': this.text,
      'x-canary': this.text,
    }
    return { ...planted, ...headers }
  }

  /** Remembers what was sent in a request: none of it may be kept. */
  remember(
    target: string,
    headers: Readonly<Record<string, string | number>>,
    body: string | Uint8Array,
  ): void {
    const query = /[?&]signature=([^&]+)/.exec(target)?.[1]
    const proofs = PROOFS.map((name) => headers[name]).filter((value) => typeof value === 'string')
    for (const secret of [...proofs, query, String(body)]) {
      if (secret !== undefined && secret.length >= SHORTEST) this.#sent.push(secret)
    }
    this.#sent.splice(0, this.#sent.length - MOST)
  }

  /** What was answered: an error says nothing of what was sent in secret. */
  answered(status: number, body: string): void {
    if (status >= 400 && [this.text, ...this.#sent].some((secret) => body.includes(secret)))
      this.#told.push(`in an answer of ${status}`)
  }

  /** Where anything that was sent is kept: names of files, or `the output`, beside what it is. */
  found(output: string, folder: string): readonly string[] {
    const sought = [this.text, ...this.#sent]
    const places = [['the output', Buffer.from(output)] as const, ...filesIn(folder)]
    const kept = places.flatMap(([place, bytes]) =>
      sought
        .filter((secret) => bytes.includes(secret))
        .map((secret) => `${secret.slice(0, 24)}… in ${place}`),
    )
    return [...this.#told, ...kept]
  }
}

function* filesIn(folder: string): Generator<readonly [string, Buffer]> {
  if (!fs.existsSync(folder)) return
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = path.join(entry.parentPath, entry.name)
    yield [path.relative(folder, file), fs.readFileSync(file)]
  }
}
