/**
 * Order adapters: from a request to what it wants of the market, and from the broker's answer to what became of it. The
 * gateway judges what an adapter read, and the broker does what it reads itself: an adapter that is not certain that
 * both are the same refuses the request.
 */
import type { Result } from '../../lib/result.ts'
import type { Answered, Intent, Misread } from '../order.ts'

/**
 * A request as the broker gets it: where a dialect's proof stands in target or body, these are the ones without it
 * (`stripped`), because they are what is forwarded.
 */
export interface OrderRequest {
  readonly method: string
  readonly path: string
  /** What follows the first `?`, as it is forwarded. */
  readonly query: string | undefined
  /** What stands in the path for each `{name}` of the route; `undefined` where that cannot be read. */
  readonly params: Readonly<Record<string, string>> | undefined
  /** The headers that say how to read the body, as they are forwarded. */
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly body: Uint8Array
}

/** The policy's name of what a venue or a client calls a symbol, or `undefined` where the policy has none. */
export type SymbolOf = (name: string) => string | undefined

/** How the orders of one route are read. */
export interface OrderAdapter {
  /**
   * What the request wants, in its order; or everything that is wrong with it at once. A pointer of these may hold what
   * the client called a member, cut short: they are for the client, not for a log.
   */
  read(request: OrderRequest, symbolOf: SymbolOf): Result<readonly Intent[], readonly Misread[]>
  /**
   * What became of each, in the same order. What is not certain is `unknown`: an order that may rest at the broker must
   * not be forgotten here.
   */
  readAnswer(status: number, body: Uint8Array, intents: readonly Intent[]): readonly Answered[]
}
