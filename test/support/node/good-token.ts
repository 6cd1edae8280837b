/** A token that is good, and the check that others in its place are nobody's: alone because of what they are. */
import { expect } from 'vitest'
import type { Session } from '../../../src/session/access-token.ts'
import type { BareGateway } from './bare-gateway.ts'
import { refusalOf } from './caller.ts'

let networks = 0

export class GoodToken {
  readonly gateway: BareGateway
  readonly address: string
  readonly session: Session
  readonly text: string

  private constructor(gateway: BareGateway, address: string, session: Session, text: string) {
    this.gateway = gateway
    this.address = address
    this.session = session
    this.text = text
  }

  /** In a network of its own, because failures are counted by where they come from. */
  static async make(gateway: BareGateway): Promise<GoodToken> {
    networks += 1
    const address = `10.0.${networks}.1`
    const session = gateway.session('hot', address)
    return new GoodToken(gateway, address, session, await gateway.mint(session))
  }

  get header(): Readonly<Record<string, unknown>> {
    return partOf(this.text, 0)
  }

  get claims(): Readonly<Record<string, unknown>> {
    return partOf(this.text, 1)
  }

  use(target: string, shown = this.text) {
    const headers = { authorization: `Bearer ${shown}` }
    return this.gateway.ask('GET', target, undefined, { address: this.address, headers })
  }

  /** The same from the same place with the right token is answered: so the token alone was the reason. */
  async expectNobody(...tokens: readonly string[]): Promise<void> {
    const { heard } = this.gateway
    const before = heard.length
    for (const wrong of tokens) {
      for (const target of ['/v1/account', '/gw/v1/keys/self']) {
        const reply = await this.use(target, wrong)
        expect(refusalOf(reply), `${target} with ${wrong.slice(0, 60)}`).toBe('401 unauthorized')
        expect(reply.json).not.toHaveProperty('detail')
      }
    }
    expect(heard).toHaveLength(before)
    expect((await this.use('/v1/account')).status).toBe(200)
    expect(heard).toHaveLength(before + 1)
  }
}

export function partOf(jws: string, index: number): Readonly<Record<string, unknown>> {
  const text = Buffer.from(jws.split('.')[index] ?? '', 'base64url').toString()
  const parsed: Record<string, unknown> = JSON.parse(text)
  return parsed
}
