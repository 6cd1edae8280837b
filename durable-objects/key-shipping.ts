/** How what a key's object recorded reaches the audit log. */
import type { Shipment } from '../src/audit/shipment.ts'
import type { Guard } from '../src/guard/guard.ts'
import type { AuditLine } from './audit-line.ts'
import type { KeyGuardStore } from './key-guard-store.ts'

/** Admissions shipped in one call, and calls in one alarm: more than a key can have between two. */
const SHIPMENT = 1_000
const SHIPMENTS = 20

export interface Shipping {
  readonly store: KeyGuardStore
  readonly line: AuditLine
  readonly guard: () => Guard | undefined
  /** Everything or nothing. */
  readonly run: <T>(change: () => T) => T
  /** This state is older than what was shipped from it. */
  readonly sealAgain: () => Promise<unknown>
}

/** Answers up to which number the audit log has everything, or `undefined` when it did not answer. */
export async function shipAll(shipping: Shipping): Promise<number | undefined> {
  const { store, run } = shipping
  let upTo: number | undefined
  for (let shipment = 0; shipment < SHIPMENTS; shipment += 1) {
    const guard = shipping.guard()
    if (guard === undefined) return undefined
    const from = Math.max(guard.acknowledged, upTo ?? 0)
    const waiting = store.readShipment(from, guard.sequence, SHIPMENT)
    if (!(await ship(waiting, shipping))) return upTo
    if (waiting.admissions.length < SHIPMENT) return waiting.upTo
    // A crash before the last of many must not send all of them again: the log does not know the oldest any more.
    upTo = run(() => guard.acknowledge(waiting.upTo))
  }
  return upTo
}

async function ship(
  shipment: Shipment,
  { store, line, run, sealAgain }: Shipping,
): Promise<boolean> {
  const { admissions, gaps, changes } = shipment
  if (admissions.length + gaps.length + changes.length === 0) return true
  try {
    const taken = await line.append(shipment)
    if (taken === 'behind') await sealAgain()
    if (taken !== 'taken') return false
  } catch {
    return false
  }
  run(() => store.forgetShipped(shipment))
  return true
}
