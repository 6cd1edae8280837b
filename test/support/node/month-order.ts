/** Orders of the month, and what the origin answers of them: made of a number, so that chance is spent elsewhere. */
import type { AuditRecord, OrderEventRecord, OutcomeRecord } from '../../../src/audit/record.ts'

export const COLOS = ['FRA', 'LHR', 'IAD'] as const
export type Colo = (typeof COLOS)[number]

/** One way to the origin, in milliseconds. */
const WAY_MS = { FRA: 2, LHR: 6, IAD: 45 } as const satisfies Record<Colo, number>

export function placeOf(number: number) {
  const colo: Colo = COLOS[number % 10 < 6 ? 0 : number % 10 < 9 ? 1 : 2]
  return { dialect: 'rfc9421', country: 'DE', asn: 64_500, colo, tlsVersion: 'TLSv1.3' } as const
}

type Fields = OrderEventRecord['fields']

export function fieldsOf(number: number, event: 'NEWO' | 'CAME'): Fields {
  const fields: Fields = {
    submittingEntity: ['5493001KJTIIGC8Y1R12', 'gateway'],
    directElectronicAccess: ['true', 'gateway'],
    clientIdentification: [`ref-${number % 60}`, 'gateway'],
    symbol: [number % 3 === 0 ? 'ETH-USD' : 'BTC-USD', 'client'],
  }
  if (number % 4 !== 0) fields.investmentDecision = ['algo-7', 'client']
  if (event === 'CAME') return { ...fields, targetOrderId: [`o-${number}`, 'client'] }
  return {
    ...fields,
    buySell: [number % 2 === 0 ? 'BUYI' : 'SELL', 'client'],
    orderType: ['limit', 'client'],
    orderClassification: ['LMTO', 'gateway'],
    limitPrice: [String(40_000 + (number % 9_000)), 'client'],
    initialQuantity: [`0.0${1 + (number % 9)}`, 'client'],
    validityPeriod: ['GTCA', 'gateway'],
    clientOrderId: [`c-${number}`, 'client'],
  }
}

/** @param offBy how far the gateway's host is off, in milliseconds. */
export function originOf(
  number: number,
  atMs: number,
  colo: Colo,
  offBy: number,
  hasBound: boolean,
): NonNullable<OutcomeRecord['origin']> {
  const way = WAY_MS[colo]
  const sentAtMs = atMs + 3
  const offset = 1.25 - offBy
  const receivedThereMs = sentAtMs + way + offset
  const sentThereMs = receivedThereMs + 1.5
  const jitter = (number % 7) / 4
  const clock = {
    lowMs: offset - way - jitter,
    highMs: offset + way + jitter / 2,
    samples: 1 + (number % 64),
  }
  return {
    sentAtMs,
    answeredAtMs: sentAtMs + 2 * way + 2,
    receivedThereMs,
    sentThereMs,
    ...(hasBound ? { clock } : {}),
    orders: [{ orderId: `o-${number}`, clientOrderId: `c-${number}`, status: 'open' }],
  }
}

export interface Key {
  readonly keyId: string
  readonly account: string
  readonly user: string
  sequence: number
}

export type Facts = ReturnType<typeof factsOf>

/** What was made, counted while it was made. */
export class Counts {
  calls = 0
  records = 0
  orders = 0
  refused = 0
  refusedAtEdge = 0
  overridden = 0
  timeouts = 0
  neverCame = 0
  notEnded = 0
  guardDown = 0
  limitChanges = 0
  bounds = 0
}

const ROUTES = {
  read: ['account.read', 'GET /v1/orders'],
  order: ['order.write', 'POST /v1/orders'],
  cancel: ['order.cancel', 'DELETE /v1/orders/{id}'],
} as const

export function factsOf(
  { keyId, account, user, sequence }: Key,
  kind: keyof typeof ROUTES,
  number: number,
) {
  const [operation, route] = ROUTES[kind]
  return {
    v: 1 as const,
    requestId: `req-${String(number).padStart(8, '0')}`,
    sequence,
    keyId,
    account,
    user,
    operation,
    route,
    kind,
    credentialId: `cred${keyId.slice(3)}`,
    requestHash: hash(number),
    address: `203.0.113.${number % 250}`,
    worker: 'version-9',
    policy: '1f2e3d4c5b6a79880123456789abcdef',
  }
}

export function hash(number: number): string {
  return number.toString(16).padStart(8, '0').repeat(8)
}

export function admissionOf(call: Facts, atMs: number) {
  const admission = { type: 'admission', signedAtMs: atMs - 20, weight: 1 } as const
  return { ...call, ...admission, uid: `${call.requestId}:admission`, atMs }
}

/** Calls that had not ended when the log was read: three to the broker, and one of the gateway's own. */
export function underWay(counts: Counts, atMs: number): readonly AuditRecord[] {
  const key = { keyId: 'key_late', account: 'acct-1', user: 'user-1' }
  const calls = [1, 2, 3, 4].map((sequence) =>
    admissionOf(factsOf({ ...key, sequence }, 'order', 90_000_000 + sequence), atMs),
  )
  counts.records += calls.length
  counts.notEnded += calls.length - 1
  return calls.map((call, nth) =>
    nth === 0 ? { ...call, route: 'PUT /gw/v1/keys/self/caps', kind: 'account' } : call,
  )
}
