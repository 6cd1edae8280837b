/** How a key moves from one object to another: rows first, what puts it in force last. */
import type { Shipment } from '../src/audit/shipment.ts'
import type { Key } from '../src/guard/key.ts'
import type { StoredLease } from '../src/guard/lease.ts'
import type { KeyGuardStore } from './key-guard-store.ts'

/** Where a key goes, by which hand-over, and whether it has arrived. */
export interface Move {
  readonly name: string
  /** A location hint. */
  readonly region: string
  /** Random: the other side takes parts of one hand-over only. */
  readonly handOver: string
  readonly done: boolean
}

/** One part of a key's state. */
export interface HandOver extends Pick<Shipment, 'admissions' | 'gaps' | 'changes'> {
  readonly last?: { readonly key: Key; readonly version: number; readonly lease: StoredLease }
}

/** Admissions passed on in one call. */
const PART = 1_000

/**
 * Passes everything on. Failing in between it can be done again: the other side takes each part once.
 *
 * @throws when the other side cannot or will not take a part.
 */
export async function passOn(
  store: KeyGuardStore,
  handOver: string,
  target: { receive(handOver: string, part: HandOver): Promise<boolean> },
): Promise<void> {
  for (const part of store.handOver(PART)) {
    if (!(await target.receive(handOver, part)))
      throw new Error('Cannot move the key: the other object holds another')
  }
}
