/**
 * What the gateway tells a SIEM: events of OCSF 1.8.0, as far as we fill them. Which members a class must have, and which
 * values they may take, the published schemas say; a test holds every event to them.
 */

export const OCSF_VERSION = '1.8.0'

export const CLASS = {
  detectionFinding: 2004,
  incidentFinding: 2005,
  authentication: 3002,
  authorizeSession: 3003,
  entityManagement: 3004,
  apiActivity: 6003,
} as const
export type ClassUid = (typeof CLASS)[keyof typeof CLASS]

/** `status_id` of everything but findings. */
export const STATUS = { unknown: 0, success: 1, failure: 2, other: 99 } as const
export const SEVERITY = { informational: 1, low: 2, medium: 3, high: 4, critical: 5 } as const
export type SeverityId = (typeof SEVERITY)[keyof typeof SEVERITY]
export const ACTION = { unknown: 0, allowed: 1, denied: 2, observed: 3, modified: 4 } as const
export const DISPOSITION = {
  allowed: 1,
  blocked: 2,
  approved: 8,
  logged: 17,
  count: 20,
  challenge: 23,
  accessRevoked: 24,
  rejected: 25,
  unauthorized: 26,
  error: 27,
} as const

/** Who says it: the worker's version where a record does not name its own, and the audit log's origin. */
export interface Product {
  readonly version: string
  readonly log: string
  readonly tenant?: string | undefined
}

type Maybe<T> = T | undefined

export interface User {
  readonly uid?: Maybe<string>
  readonly name?: Maybe<string>
  readonly type_id?: Maybe<0 | 1 | 2 | 3 | 4>
  readonly credential_uid?: Maybe<string>
  readonly account?: Maybe<{ readonly uid: string }>
}

export interface Session {
  readonly uid?: Maybe<string>
  readonly credential_uid?: Maybe<string>
  readonly expiration_reason?: Maybe<string>
}

export interface Actor {
  readonly user?: Maybe<User>
  readonly session?: Maybe<Session>
  /** The key. */
  readonly app_uid?: Maybe<string>
  readonly app_name?: Maybe<string>
}

export interface Endpoint {
  readonly ip?: Maybe<string>
  readonly name?: Maybe<string>
  readonly svc_name?: Maybe<string>
  readonly autonomous_system?: Maybe<{ readonly number: number }>
  readonly location?: Maybe<{ readonly country: string }>
}

export interface Attack {
  readonly technique: { readonly uid: string }
  readonly sub_technique?: Maybe<{ readonly uid: string }>
}

export interface FindingInfo {
  readonly uid: string
  readonly title: string
  readonly analytic?: Maybe<{ readonly uid: string; readonly type_id: 1 }>
  readonly attacks?: Maybe<readonly Attack[]>
}

export interface Entity {
  readonly uid: string
  readonly type: string
  readonly type_id: 2 | 99
  readonly user?: Maybe<{ readonly uid: string }>
  readonly version?: Maybe<string>
  readonly data?: unknown
}

export interface Metadata {
  readonly version: typeof OCSF_VERSION
  readonly product: {
    readonly name: string
    readonly vendor_name: string
    readonly version: string
  }
  readonly profiles: readonly ('security_control' | 'datetime')[]
  /** The record's own: whoever gets an event twice knows it by this. */
  readonly uid: string
  /** The kind of record that it was made from. */
  readonly event_code: string
  readonly log_name: string
  readonly tenant_uid?: Maybe<string>
  readonly sequence?: Maybe<number>
  /** The request: what belongs to one call has one. */
  readonly correlation_uid?: Maybe<string>
  readonly original_time?: Maybe<string>
  readonly is_truncated?: Maybe<true>
}

export type Unmapped = Readonly<Record<string, unknown>>

export interface OcsfEvent {
  readonly class_uid: ClassUid
  readonly category_uid: 2 | 3 | 6
  readonly activity_id: number
  readonly activity_name?: Maybe<string>
  readonly type_uid: number
  readonly time: number
  readonly time_dt?: Maybe<string>
  readonly severity_id: SeverityId
  readonly status_id: number
  readonly status?: Maybe<string>
  readonly status_code?: Maybe<string>
  readonly status_detail?: Maybe<string>
  readonly action_id?: Maybe<number>
  readonly disposition_id?: Maybe<number>
  readonly is_alert?: Maybe<boolean>
  readonly confidence_id?: Maybe<1 | 2 | 3>
  readonly message?: Maybe<string>
  readonly count?: Maybe<number>
  readonly start_time?: Maybe<number>
  readonly end_time?: Maybe<number>
  readonly metadata: Metadata
  readonly actor?: Maybe<Actor>
  readonly user?: Maybe<User>
  readonly session?: Maybe<Session>
  readonly service?: Maybe<{ readonly name: string }>
  readonly auth_protocol_id?: Maybe<number>
  readonly auth_protocol?: Maybe<string>
  readonly auth_factors?: Maybe<readonly { factor_type_id: number; is_totp: boolean }[]>
  readonly is_mfa?: Maybe<boolean>
  readonly is_remote?: Maybe<boolean>
  readonly logon_type_id?: Maybe<number>
  readonly privileges?: Maybe<readonly string[]>
  readonly entity?: Maybe<Entity>
  readonly entity_result?: Maybe<Entity>
  readonly comment?: Maybe<string>
  readonly api?: Maybe<{ readonly operation: string; readonly request?: Maybe<{ uid: string }> }>
  readonly src_endpoint?: Maybe<Endpoint>
  readonly dst_endpoint?: Maybe<Endpoint>
  readonly http_request?: Maybe<{
    readonly http_method?: Maybe<string>
    readonly url?: Maybe<{ readonly path: string }>
  }>
  readonly http_response?: Maybe<{ readonly code: number; readonly latency?: Maybe<number> }>
  readonly policy?: Maybe<{
    readonly uid: string
    readonly name: string
    readonly version?: Maybe<string>
  }>
  readonly attacks?: Maybe<readonly Attack[]>
  readonly finding_info?: Maybe<FindingInfo>
  readonly finding_info_list?: Maybe<readonly FindingInfo[]>
  readonly evidences?: Maybe<readonly { src_endpoint?: Maybe<Endpoint>; data?: unknown }[]>
  readonly resources?: Maybe<readonly { readonly uid: string; readonly type: string }[]>
  readonly assignee_group?: Maybe<{ readonly name: string }>
  readonly priority_id?: Maybe<number>
  readonly impact_id?: Maybe<number>
  readonly verdict_id?: Maybe<number>
  readonly desc?: Maybe<string>
  readonly unmapped?: Maybe<Unmapped>
}

/** A class, what happened in it, and the number that both make together. */
export function typed(class_uid: ClassUid, activity_id: number) {
  return {
    class_uid,
    category_uid: CATEGORY[class_uid],
    activity_id,
    type_uid: class_uid * 100 + activity_id,
  }
}

const CATEGORY = {
  2004: 2,
  2005: 2,
  3002: 3,
  3003: 3,
  3004: 3,
  6003: 6,
} as const satisfies Record<ClassUid, number>

/** A technique of MITRE ATT&CK, with the technique that it is part of. */
export function attackOf(technique: string): Attack {
  const [whole = technique] = technique.split('.')
  return whole === technique
    ? { technique: { uid: whole } }
    : { technique: { uid: whole }, sub_technique: { uid: technique } }
}
