/** How a key moves from one object to another: rows first, what puts it in force last. */
import type { Shipment } from '../src/audit/shipment.ts'
import type { Key } from '../src/guard/key.ts'
import type { StoredLease } from '../src/guard/lease.ts'
import type { KeyGuardStore } from './key-guard-store.ts'

/** One part of a key's state. */
export interface HandOver extends Omit<Shipment, 'upTo'> {
  readonly last?: { readonly key: Key; readonly version: number; readonly lease: StoredLease }
}

/** Admissions passed on in one call. */
const PART = 1_000

/** Passes everything on. Failing in between it can be done again: the other side takes each part once. */
export async function passOn(
  store: KeyGuardStore,
  target: { receive(part: HandOver): Promise<void> },
): Promise<void> {
  for (const part of store.handOver(PART)) await target.receive(part)
}
