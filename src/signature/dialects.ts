import type { Dialect, DialectId } from './dialect.ts'
import { compact } from './dialects/compact.ts'
import { binance } from './dialects/binance.ts'
import { rfc9421 } from './dialects/rfc9421.ts'

/** Every way to sign that the gateway understands: one file and one row each. */
export const DIALECTS: Readonly<Record<DialectId, Dialect>> = { compact, rfc9421, binance }
