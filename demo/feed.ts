/**
 * Hands what the broker tells to the gateway: signed by a key that may do nothing else, over TLS with the client
 * certificate to which that key is bound. A broker does the same from where its market data is.
 */
import fs from 'node:fs'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { sign } from '../src/client/sign.ts'
import type { Told } from './broker/feed.ts'
import type { KeyPairFiles } from './pki.ts'
import type { DemoKey } from './seed.ts'

type FeedKey = Pick<DemoKey, 'id' | 'secret'>

const TIMEOUT_MS = 5_000
/** How long it waits after a call that failed, at first and at most. */
const FIRST_WAIT_MS = 100
const MOST_WAIT_MS = 5_000
/** The oldest age that a call may say. */
const MOST_AGE_MS = 3_600_000

type OfAccount = Told['accounts'][number] & { readonly takenMs: number }

interface Answer {
  /** `undefined` where none came. */
  readonly status: number | undefined
  readonly waitMs: number | undefined
}

export class FeedLine {
  readonly #gateway: string
  readonly #agent: https.Agent
  readonly #opened = Promise.withResolvers<FeedKey>()
  #isOpen = false
  /** The last call about each account: one waits for the other, because a position has what the calls before it told. */
  readonly #last = new Map<string, Promise<void>>()
  /** The latest alone: prices come again. */
  #prices: { readonly prices: Told['prices']; readonly takenMs: number } | undefined
  #isPricing = false

  constructor(gateway: string, serverCa: string, pair: KeyPairFiles) {
    this.#gateway = gateway
    const read = (name: string) => fs.readFileSync(name, 'utf8')
    const own = { key: read(pair.key), cert: read(pair.certificate) }
    this.#agent = new https.Agent({ keepAlive: true, ca: read(serverCa), ...own })
  }

  /** The gateway answers, and the broker has its key. */
  async open(key: FeedKey): Promise<void> {
    this.#isOpen = true
    this.#opened.resolve(key)
    await this.#tellPrices()
  }

  /** Waits until it was taken. */
  async tell({ accounts, prices }: Told): Promise<void> {
    const takenMs = Date.now()
    if (prices.length > 0) this.#prices = { prices, takenMs }
    const told = accounts.map((account) => this.#inTurn({ ...account, takenMs }))
    await Promise.all([this.#tellPrices(), ...told])
  }

  /** While one call is under way the next prices wait, and what was refused is not told again. */
  async #tellPrices(): Promise<void> {
    const latest = this.#prices
    if (!this.#isOpen || this.#isPricing || latest === undefined) return
    this.#prices = undefined
    this.#isPricing = true
    const prices = latest.prices.map((price) => ({ ...price, ageMs: Date.now() - latest.takenMs }))
    await this.#post('/gw/v1/feed/prices', { prices })
    this.#isPricing = false
  }

  async #inTurn(told: OfAccount): Promise<void> {
    const before = this.#last.get(told.account) ?? Promise.resolve()
    const own = before.then(() => this.#tellOf(told))
    this.#last.set(told.account, own)
    await own
    if (this.#last.get(told.account) === own) this.#last.delete(told.account)
  }

  /** Again and again until it is taken: nothing that comes later may overtake it, and telling it twice changes nothing. */
  async #tellOf({ account, executions, positions, takenMs }: OfAccount): Promise<void> {
    await this.#opened.promise
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(MOST_WAIT_MS, 2 * waitMs)) {
      const ageMs = Math.min(MOST_AGE_MS, Date.now() - takenMs)
      const aged = positions.map((position) => ({ ...position, ageMs }))
      const content = { executions, positions: aged }
      const answer = await this.#post(`/gw/v1/feed/accounts/${account}`, content)
      if (!isAgain(answer)) return
      await sleep(answer.waitMs ?? waitMs)
    }
  }

  async #post(target: string, content: object): Promise<Answer> {
    const { id, secret = '' } = await this.#opened.promise
    const url = this.#gateway + target
    const body = JSON.stringify(content)
    const signed = await sign({ method: 'POST', url, body }, { id, dialect: 'compact', secret })
    const headers = { ...signed, 'content-type': 'application/json' }
    return new Promise((resolve) => {
      const lost = () => resolve({ status: undefined, waitMs: undefined })
      const options = { method: 'POST', headers, agent: this.#agent, timeout: TIMEOUT_MS }
      const request = https.request(url, options, (response) => {
        const { statusCode: status, headers: said } = response
        const seconds = Number(said['retry-after'])
        const waitMs = seconds > 0 ? seconds * 1_000 : undefined
        response.resume().once('error', lost)
        response.once('end', () => resolve({ status, waitMs }))
      })
      request.once('timeout', () => request.destroy(new Error('too slow')))
      request.once('error', lost).end(body)
    })
  }
}

/** What has no answer, came too often or met a fault may pass later; any other refusal would come again. */
function isAgain({ status }: Answer): boolean {
  return status === undefined || status === 429 || status >= 500
}
