/**
 * Calls: one event for each part of one. What asks for, renews or ends a session is Authentication, everything else is
 * API Activity. It is made once for each request, on its way: plain literals, nothing parsed.
 */
import type { AuditRecord, AdmissionRecord, OutcomeRecord } from '../audit/record.ts'
import { actorOf, recordMembers, PRODUCT_NAME, sourceOf } from './common.ts'
import { decisionOn } from './decisions.ts'
import {
  ACTION,
  CLASS,
  DISPOSITION,
  SEVERITY,
  STATUS,
  typed,
  type OcsfEvent,
  type Product,
} from './event.ts'
import { held, heldMaybe, MOST } from './fit.ts'

type UnknownRecord = Extract<AuditRecord, { type: 'unknown' }>
type CallPart = OutcomeRecord | AdmissionRecord | UnknownRecord

const CRUD = { create: 1, read: 2, update: 3, delete: 4, unknown: 0 } as const

/** What an operation does, by its kind. */
const BY_KIND = {
  read: CRUD.read,
  order: CRUD.create,
  cancel: CRUD.delete,
  account: CRUD.update,
  withdrawal: CRUD.create,
} as const

/** What one of the gateway's own calls does, by its method: their kind says only that they change something. */
const BY_METHOD: Readonly<Record<string, number>> = {
  GET: CRUD.read,
  HEAD: CRUD.read,
  POST: CRUD.create,
  PUT: CRUD.update,
  PATCH: CRUD.update,
  DELETE: CRUD.delete,
}

const METHODS: ReadonlySet<string> = new Set([...Object.keys(BY_METHOD), 'OPTIONS', 'TRACE'])

/** The calls that are Authentication: Logon, Renew, Logoff. Those about somebody else's session are not. */
const SESSION_CALLS: ReadonlyMap<string, 1 | 2 | 5> = new Map([
  ['gateway.sessions.create', 1],
  ['gateway.sessions.refresh', 5],
  ['gateway.sessions.end', 2],
])

function isSessionCall(operation: string | undefined): boolean {
  return operation !== undefined && SESSION_CALLS.has(operation)
}

/** Where a request is stamped: the first statement of the Worker's handler. */
const STAMP_POINT = 'worker.fetch.entry'

interface Route {
  readonly method: string
  readonly path: string
  readonly isOwn: boolean
}

function routeOf(route: string | undefined): Route | undefined {
  const space = route?.indexOf(' ') ?? -1
  if (route === undefined || space < 0) return undefined
  const path = route.slice(space + 1)
  return { method: route.slice(0, space), path, isOwn: path.startsWith('/gw/') }
}

export function outcomeEvent(record: OutcomeRecord, product: Product): OcsfEvent {
  const route = routeOf(record.route)
  const { operation, code, status, outcome, reason } = record
  const { policy, severity_id, ...decision } = decisionOn(record.decision, code, status)
  return {
    ...classOf(record, route),
    ...recordMembers(record, product, record),
    ...decision,
    // An unsafe call about which the origin said nothing: somebody has to look what became of it.
    severity_id: outcome === 'unknown' ? SEVERITY.high : severity_id,
    status_code: code === undefined ? String(status) : held(code, MOST.name),
    status_detail: heldMaybe(reason, MOST.phrase),
    message: messageOf(operation, code ?? `${record.decision} ${status}`),
    src_endpoint: sourceOf(record),
    dst_endpoint:
      route === undefined ? undefined : { svc_name: route.isOwn ? 'gateway' : 'origin' },
    http_request: httpRequest(route),
    http_response: { code: status, latency: record.durationMs },
    policy: policy && { ...policy, version: heldMaybe(record.policy, MOST.name) },
    unmapped: {
      ...callFacts(record),
      operation: isSessionCall(operation) ? operation : undefined,
      outcome,
      admitted: record.admitted,
      dialect: heldMaybe(record.dialect, MOST.name),
      colo: heldMaybe(record.colo, 8),
      tls_version: heldMaybe(record.tlsVersion, 16),
      clock: clockFacts(record),
    },
  }
}

/** By how much the clock of `time` is known to differ from the origin's, of what was stamped there. */
function clockFacts({ origin }: OutcomeRecord) {
  const clock = origin?.clock
  return (
    clock && {
      lo_ms: clock.lowMs,
      hi_ms: clock.highMs,
      n: clock.samples,
      stamp_point: STAMP_POINT,
    }
  )
}

/** What an Authentication has, and what an API Activity has. */
function classOf(record: OutcomeRecord, route: Route | undefined) {
  const { operation, session } = record
  const activity = operation === undefined ? undefined : SESSION_CALLS.get(operation)
  if (activity === undefined) return apiMembers(record, route)
  const actor = actorOf(record)
  return {
    ...typed(CLASS.authentication, activity),
    actor,
    // Whose session is renewed, the token says and not the request.
    user: actor.user ?? { name: 'unknown', type_id: 0 },
    session: session === undefined ? undefined : { uid: held(session, MOST.id) },
    service: { name: PRODUCT_NAME },
    auth_protocol_id: activity === 5 ? 6 : 99,
    auth_protocol: activity === 5 ? 'OAUTH 2.0' : 'Request signature',
    is_mfa: activity === 1 ? true : undefined,
    is_remote: true,
    logon_type_id: 3,
  } as const
}

function apiMembers(record: CallPart, route: Route | undefined) {
  const { kind, operation, requestId } = record
  const byKind = kind === undefined ? CRUD.unknown : BY_KIND[kind]
  const activity = route?.isOwn === true ? (BY_METHOD[route.method] ?? CRUD.unknown) : byKind
  return {
    ...typed(CLASS.apiActivity, activity),
    actor: actorOf(record),
    api: {
      operation: held(operation ?? 'unknown', MOST.id),
      request: { uid: held(requestId, MOST.id) },
    },
  }
}

function httpRequest(route: Route | undefined): OcsfEvent['http_request'] {
  return (
    route && {
      http_method: METHODS.has(route.method) ? route.method : undefined,
      url: { path: held(route.path, MOST.route) },
    }
  )
}

function messageOf(operation: string | undefined, ending: string): string {
  return `${held(operation ?? 'a request', MOST.id)}: ${held(ending, MOST.name)}`
}

function callFacts(record: CallPart) {
  return {
    kind: record.kind,
    request_hash: heldMaybe(record.requestHash, MOST.id),
    policy_version: 'policy' in record ? heldMaybe(record.policy, MOST.name) : undefined,
  }
}

/** The durable half of an unsafe call: the key's object let it pass, and how it ended is not known yet. */
export function admissionEvent(record: AdmissionRecord, product: Product): OcsfEvent {
  const route = routeOf(record.route)
  return {
    ...apiMembers(record, route),
    ...recordMembers(record, product, record),
    severity_id: SEVERITY.informational,
    status_id: STATUS.other,
    status: 'Admitted',
    action_id: ACTION.allowed,
    disposition_id: DISPOSITION.approved,
    is_alert: false,
    message: messageOf(record.operation, 'admitted'),
    src_endpoint: sourceOf(record),
    http_request: httpRequest(route),
    unmapped: {
      ...callFacts(record),
      signed_at_ms: record.signedAtMs,
      weight: record.weight,
    },
  }
}

/** Nobody heard how it ended. */
export function unknownEvent(record: UnknownRecord, product: Product): OcsfEvent {
  const route = routeOf(record.route)
  return {
    ...apiMembers(record, route),
    ...recordMembers(record, product, record),
    severity_id: SEVERITY.high,
    status_id: STATUS.unknown,
    status_code: 'outcome_unknown',
    status_detail: 'No outcome came: what happened at the origin is not known',
    action_id: ACTION.allowed,
    disposition_id: DISPOSITION.error,
    is_alert: true,
    message: messageOf(record.operation, 'outcome unknown'),
    src_endpoint: sourceOf(record),
    http_request: httpRequest(route),
    unmapped: { ...callFacts(record), outcome: 'unknown' },
  }
}
