/** Orders of Binance's clients, for the tests of their adapter. */
import type { OrderRequest } from '../../src/risk/adapters/adapter.ts'
import { binanceNew } from '../../src/risk/adapters/binance.ts'
import { formRequest, read } from './orders.ts'

/** What is read of it is `READ`. */
export const BINANCE_ORDER =
  'symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=100'

/** What they call the one instrument that the tests have. */
export function binanceSymbol(name: string): string | undefined {
  return name === 'BTCUSDT' ? 'BTC-USD' : undefined
}

/** What is read of an order in query, form or both. */
export function placeBinance(
  query: string | undefined,
  form = '',
  more: Partial<OrderRequest> = {},
): ReturnType<typeof read> {
  return read(binanceNew, formRequest(query, form, more), binanceSymbol)
}
