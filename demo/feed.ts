/**
 * Hands what the broker tells to the gateway: signed by a key that may do nothing else, over TLS with the client
 * certificate to which that key is bound. A broker does the same from where its market data is.
 */
import fs from 'node:fs'
import https from 'node:https'
import { sign } from '../src/client/sign.ts'
import type { Told } from './broker/feed.ts'
import type { KeyPairFiles } from './pki.ts'
import type { DemoKey } from './seed.ts'

const TIMEOUT_MS = 5_000

export class FeedLine {
  readonly #gateway: string
  readonly #agent: https.Agent
  #key: DemoKey | undefined
  #busy = false
  /** What is told of accounts goes one call after another: a position has what the calls before it told. */
  #last = Promise.resolve()
  /** What was told before anybody could hear it. */
  #early: Told = { prices: [], accounts: [] }

  constructor(gateway: string, serverCa: string, pair: KeyPairFiles) {
    this.#gateway = gateway
    const read = (name: string) => fs.readFileSync(name, 'utf8')
    const own = { key: read(pair.key), cert: read(pair.certificate) }
    this.#agent = new https.Agent({ keepAlive: true, ca: read(serverCa), ...own })
  }

  /** The gateway answers, and the broker has its key. */
  async open(key: DemoKey): Promise<void> {
    this.#key = key
    await this.tell(this.#early)
  }

  /** While one is under way the next prices are left out: they come again. */
  async tell(told: Told): Promise<void> {
    const key = this.#key
    if (key === undefined) {
      if (told.prices.length > 0) this.#early = told
      return
    }
    if (this.#busy && told.accounts.length === 0) return
    const takenMs = Date.now()
    this.#last = this.#last.then(() => this.#tellNow(key, told, takenMs))
    await this.#last
  }

  async #tellNow(key: DemoKey, told: Told, takenMs: number): Promise<void> {
    this.#busy = true
    try {
      for (const { account, executions, positions } of told.accounts) {
        const ageMs = Date.now() - takenMs
        const aged = positions.map((position) => ({ ...position, ageMs }))
        await this.#post(key, `/gw/v1/feed/accounts/${account}`, { executions, positions: aged })
      }
      if (told.prices.length > 0)
        await this.#post(key, '/gw/v1/feed/prices', { prices: told.prices })
    } catch {
      // The gateway is being replaced: what is open is told anew by whoever keeps the books.
    } finally {
      this.#busy = false
    }
  }

  async #post({ id, secret = '' }: DemoKey, target: string, content: object): Promise<void> {
    const url = this.#gateway + target
    const body = JSON.stringify(content)
    const signed = await sign({ method: 'POST', url, body }, { id, dialect: 'compact', secret })
    const headers = { ...signed, 'content-type': 'application/json' }
    await new Promise<void>((resolve, reject) => {
      const options = { method: 'POST', headers, agent: this.#agent, timeout: TIMEOUT_MS }
      const request = https.request(url, options, (response) => {
        response.resume().once('end', resolve).once('error', reject)
      })
      request.once('timeout', () => request.destroy(new Error('too slow')))
      request.once('error', reject).end(body)
    })
  }
}
