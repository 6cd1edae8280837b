/** A session that is bound to a key, and requests in it, right or with one thing wrong. */
import { expect } from 'vitest'
import { refusalOf, type Caller } from './caller.ts'
import type { Demo } from './demo.ts'
import type { Reply, Tokens } from './person.ts'
import { digestOf, type ProofOptions, type Prover } from './prover.ts'

export interface Sent {
  readonly method: string
  readonly target: string
  readonly body?: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** With everything in it that a proof has to say. */
const TARGET = '/v1/orders?note=a%20b'
const IDEMPOTENCY_KEY = '"attack"'

export class BoundSession {
  readonly demo: Demo
  readonly caller: Caller
  readonly prover: Prover
  readonly tokens: Tokens

  constructor(demo: Demo, caller: Caller, prover: Prover, tokens: Tokens) {
    this.demo = demo
    this.caller = caller
    this.prover = prover
    this.tokens = tokens
  }

  urlOf(target: string): string {
    return this.caller.base + target.replace(/\?.*/, '')
  }

  /** An order whose proof says all of it, with what the options change. */
  async proved(
    body: string,
    { claims = {}, ...options }: ProofOptions = {},
    { method = 'POST', target = TARGET } = {},
  ): Promise<Sent & { readonly headers: { readonly dpop: string } }> {
    const token = this.tokens.access_token
    const covering = {
      content_digest: digestOf(body),
      idempotency_key: IDEMPOTENCY_KEY,
      query: 'note=a%20b',
    }
    const all = { token, claims: { ...covering, ...claims }, ...options }
    const dpop = await this.prover.prove(method, this.urlOf(target), all)
    const headers = {
      authorization: `DPoP ${token}`,
      dpop,
      'idempotency-key': IDEMPOTENCY_KEY,
      'content-type': 'application/json',
    }
    return { method, target, headers, ...(body === '' ? {} : { body }) }
  }

  /** A read, which needs no more than its method and path proved. */
  read(options: ProofOptions = {}): Promise<Sent> {
    return this.proved('', options, { method: 'GET', target: '/v1/account' })
  }

  send({ method, target, body, headers }: Sent): Promise<Reply> {
    const there = Object.entries(headers).filter(
      (header): header is [string, string] => header[1] !== undefined,
    )
    return this.caller.ask(method, target, body, { headers: Object.fromEntries(there) })
  }

  /** What was refused; and the broker never heard of it. */
  async refused(sent: Sent): Promise<string> {
    const before = this.demo.journal().length
    const reply = await this.send(sent)
    expect(this.demo.journal()).toHaveLength(before)
    return refusalOf(reply)
  }
}
