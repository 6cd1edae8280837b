/** What somebody noticed: a Detection Finding for each signal, and an Incident Finding for what cannot wait. */
import type { Signal } from '../control/signal.ts'
import { named, originOf, sourceOf } from './common.ts'
import {
  ACTION,
  attackOf,
  CLASS,
  DISPOSITION,
  SEVERITY,
  typed,
  type FindingInfo,
  type OcsfEvent,
  type Product,
} from './event.ts'
import { held, heldMaybe, heldUid, MOST } from './fit.ts'
import { readRfc3339 } from '../lib/time.ts'

/** Who looks first at an incident: people in this role. */
const ASSIGNEES = { name: 'security' } as const
const CONFIDENCE = { low: 1, medium: 2, high: 3 } as const
const NEW = 1
const SUSPICIOUS = 4

interface Found {
  readonly uid: string
  readonly title: string
  readonly rule: string
  /** Of MITRE ATT&CK, or `none`. */
  readonly technique: string
}

function findingInfo({ uid, title, rule, technique }: Found): FindingInfo {
  return {
    uid: heldUid(uid),
    title,
    analytic: { uid: rule, type_id: 1 },
    attacks: technique === 'none' ? undefined : [attackOf(technique)],
  }
}

/** What an Incident Finding has beside time and metadata. */
export function incidentMembers(found: Found & { readonly desc: string }) {
  return {
    ...typed(CLASS.incidentFinding, 1),
    severity_id: SEVERITY.critical,
    status_id: NEW,
    action_id: ACTION.observed,
    disposition_id: DISPOSITION.logged,
    is_alert: true,
    message: found.title,
    desc: found.desc,
    finding_info_list: [findingInfo(found)],
    assignee_group: ASSIGNEES,
    priority_id: 4,
    impact_id: 3,
    verdict_id: SUSPICIOUS,
  } as const
}

const TITLES = {
  many_ids_one_network: 'Many credential ids tried from one network',
  many_ids_one_asn: 'Many credential ids tried from one autonomous system',
  one_id_many_networks: 'One credential id tried from many networks',
  network_locked: 'A network was locked after failed authentications',
  credential_ending: 'A credential is about to end',
  refresh_token_reused: 'A refresh token was used twice',
  session_elsewhere: 'A session was used from another network',
  audit_dropped: 'Records of reads were dropped: the audit log does not answer',
  card_number_sent: 'The number of a payment card was sent, and refused',
  canary_used: 'A decoy credential was used',
  clock_apart: 'The clocks of origin and gateway differ',
  clock_far_apart: 'The clocks of origin and gateway differ by far',
  clock_inconsistent: 'A clock was set, of the origin or of the gateway',
  clock_causality: 'The stamps of the origin contradict the order of events',
  clock_unreadable: 'The origin does not stamp its answers as the policy says',
  clock_object_apart: 'The clocks of a Worker and of an object differ',
} as const satisfies Record<Signal['rule'], string>

export function signalEvents(signal: Signal, product: Product): readonly OcsfEvent[] {
  const { rule, severity, subject, at, technique, count } = signal
  const uid = `signal:${rule}:${subject.type}:${subject.id}:${at}`
  const atMs = readRfc3339(at)
  const found = { uid, title: TITLES[rule], rule, technique }
  const { requestId } = signal.features
  const about = { atMs, requestId }
  const resources = [{ uid: held(subject.id, MOST.id), type: subject.type }]
  const detection: OcsfEvent = {
    ...typed(CLASS.detectionFinding, 1),
    ...originOf({ ...about, uid, code: 'signal' }, product),
    severity_id: SEVERITY[severity],
    status_id: NEW,
    action_id: ACTION.observed,
    disposition_id: DISPOSITION.logged,
    is_alert: severity !== 'low',
    confidence_id: CONFIDENCE[signal.confidence],
    message: found.title,
    count,
    finding_info: findingInfo(found),
    evidences: [{ src_endpoint: placeOf(signal), data: evidenceOf(signal) }],
    resources,
  }
  if (severity !== 'critical') return [detection]
  const desc = `${subject.type} ${held(subject.id, MOST.id)}`
  const incident: OcsfEvent = {
    ...incidentMembers({ ...found, desc }),
    ...originOf({ ...about, uid: `incident:${uid}`, code: 'incident' }, product),
    confidence_id: CONFIDENCE[signal.confidence],
    unmapped: { resources, ...evidenceOf(signal) },
  }
  return [detection, incident]
}

function placeOf({ subject, features }: Signal) {
  const network = subject.type === 'network' ? subject.id : features.network
  const place = network === undefined ? {} : named(network)
  return { ...sourceOf(features), ...place }
}

/** The facts that caused it, one by one: what is not listed is not told. */
function evidenceOf({ features }: Signal) {
  return {
    ids: features.ids,
    networks: features.networks,
    window_seconds: features.windowSeconds,
    failures: features.failures,
    level: features.level,
    locked_seconds: features.lockedSeconds,
    key_id: heldMaybe(features.keyId, MOST.id),
    ends_at: heldMaybe(features.endsAt, MOST.name),
    clock_lo_ms: features.lowMs,
    clock_hi_ms: features.highMs,
    clock_samples: features.samples,
    apart_ms: features.apartMs,
  }
}

/** Something in the gateway failed that must not: its own name for it, never what was being worked on. */
export interface Fault {
  /** Names this fault and no other. */
  readonly uid: string
  readonly atMs: number
  /** `audit`: evidence may be missing, and nobody may find that out by chance. `gateway`: requests were refused. */
  readonly where: 'audit' | 'gateway'
  /** A fixed word: `log_rollback`, `fork`, the class of an exception. */
  readonly code: string
  /** A fixed phrase. */
  readonly detail?: string | undefined
  readonly requestId?: string | undefined
}

export function faultEvent(fault: Fault, product: Product): OcsfEvent {
  const { uid, atMs, where, detail, requestId } = fault
  const code = held(fault.code, MOST.name)
  const common = {
    ...originOf({ uid, atMs, code: 'fault', requestId }, product),
    status_code: code,
    status_detail: heldMaybe(detail, MOST.phrase),
  }
  if (where === 'audit') {
    const title = 'The evidence log is at fault'
    const found = { uid, title, rule: 'audit_fault', technique: 'T1070', desc: code }
    return { ...incidentMembers(found), ...common }
  }
  const title = 'The gateway failed'
  return {
    ...typed(CLASS.detectionFinding, 1),
    ...common,
    severity_id: SEVERITY.high,
    status_id: NEW,
    action_id: ACTION.denied,
    disposition_id: DISPOSITION.error,
    is_alert: true,
    message: `${title}: ${code}`,
    finding_info: findingInfo({ uid, title, rule: 'gateway_fault', technique: 'none' }),
  }
}
