/** Adapters that are code, by venue and route; what a mapping cannot say is written here. */
import type { OrderAdapter } from './adapter.ts'
import { binanceCancel, binanceNew } from './binance.ts'

export const ADAPTER_IDS = ['binance'] as const
export type AdapterId = (typeof ADAPTER_IDS)[number]

export interface CodedAdapter {
  /** The operations whose routes it may read. */
  readonly kind: 'order' | 'cancel'
  readonly adapter: OrderAdapter
}

/** Each route as it has to be written: the parameters of one mean nothing on another. */
export const CODED: Readonly<Record<AdapterId, Readonly<Record<string, CodedAdapter>>>> = {
  binance: {
    'POST /api/v3/order': { kind: 'order', adapter: binanceNew },
    'DELETE /api/v3/order': { kind: 'cancel', adapter: binanceCancel },
  },
}
