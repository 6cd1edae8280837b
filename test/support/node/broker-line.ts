/** What the broker tells the gateway, in tests: with its key and its certificate, or with others. */
import fs from 'node:fs'
import https from 'node:https'
import { sign, type SigningCredential } from '../../../src/client/sign.ts'
import type { Demo } from './demo.ts'
import type { Reply } from './person.ts'

/** How a call differs from the broker's own. */
interface Otherwise {
  readonly credential?: SigningCredential
  /** The name of a pair in the demo's PKI; `undefined` for none. */
  readonly certificate?: 'feed' | 'trader' | undefined
}

export class BrokerLine {
  readonly #demo: Demo

  constructor(demo: Demo) {
    this.#demo = demo
  }

  /** Says something of an account. */
  tell(account: string, told: object, otherwise: Otherwise = {}): Promise<Reply> {
    return this.post(`/accounts/${account}`, told, otherwise)
  }

  async post(path: string, told: object, otherwise: Otherwise = {}): Promise<Reply> {
    const { gatewayTls, ca } = this.#demo.file
    const { credential = this.#demo.key('feed'), certificate } = {
      certificate: 'feed',
      ...otherwise,
    }
    const url = `${gatewayTls}/gw/v1/feed${path}`
    const body = JSON.stringify(told)
    const signed = await sign({ method: 'POST', url, body }, credential)
    const headers = { ...signed, 'content-type': 'application/json' }
    const pair = certificate === undefined ? {} : this.#pair(certificate)
    return new Promise((resolve, reject) => {
      const options = { method: 'POST', headers, ca: fs.readFileSync(ca), ...pair, agent: false }
      const request = https.request(url, options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject).once('end', () => {
          const json: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
          resolve({ status: response.statusCode ?? 0, headers: response.headers, json })
        })
      })
      request.once('error', reject).end(body)
    })
  }

  #pair(name: string) {
    const read = (file: string) => fs.readFileSync(this.#demo.path(`pki/${file}.pem`))
    return { key: read(`${name}.key`), cert: read(name) }
  }
}
