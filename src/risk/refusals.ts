/** The controls by the names that refusals give them, `risk_<control>`. */
import type { ControlId } from './control.ts'

/** What is refused before any limit is looked at. */
type KnownId = 'restored' | 'duplicate_client_order_id' | 'unknown_order' | 'max_open_orders'

export type RiskControl = ControlId | KnownId

export type RiskCode = `risk_${RiskControl}`

/** The same for every refusal of a control. */
export function forEachRisk<T>(value: T): Readonly<Record<RiskCode, T>> {
  return {
    risk_restored: value,
    risk_duplicate_client_order_id: value,
    risk_unknown_order: value,
    risk_max_open_orders: value,
    risk_restricted_symbol: value,
    risk_symbol_not_allowed: value,
    risk_symbol_halted: value,
    risk_trading_hours: value,
    risk_reduce_only: value,
    risk_reference_price: value,
    risk_max_quantity: value,
    risk_max_order_value: value,
    risk_price_collar: value,
    risk_max_open_value: value,
    risk_max_daily_value: value,
    risk_max_daily_orders: value,
    risk_max_messages: value,
    risk_duplicate_order: value,
    risk_repeated_execution: value,
  }
}
