/**
 * Changes that people made: Authentication where a session or a second factor came of it, Authorize Session where rights
 * did, else Entity Management. Of what was before and after, only listed members are told.
 */
import type { ChangeRecord } from '../audit/record.ts'
import { changedMembers, stateOf, type Changed } from './changed.ts'
import { actorOf, PRODUCT_NAME, recordMembers } from './common.ts'
import {
  ACTION,
  attackOf,
  CLASS,
  DISPOSITION,
  SEVERITY,
  STATUS,
  typed,
  type Entity,
  type OcsfEvent,
  type Product,
  type SeverityId,
} from './event.ts'
import { held, heldList, heldMaybe, MOST } from './fit.ts'

/** `activity_id` of Entity Management. */
const ENTITY = {
  create: 1,
  update: 3,
  delete: 4,
  enroll: 6,
  suspend: 12,
  resume: 13,
  other: 99,
} as const

interface Row {
  readonly activity: number
  readonly name?: string
  readonly severity: SeverityId
  readonly technique?: string
}

/** Changes of people that are Authentication. A session begun is a ticket: the Logon is the outcome of the call. */
const AUTHENTICATIONS: ReadonlyMap<string, Row> = new Map<string, Row>([
  ['session.begun', { activity: 3, severity: SEVERITY.informational }],
  ['session.ended', { activity: 2, severity: SEVERITY.informational }],
  ['sessions.ended', { activity: 2, severity: SEVERITY.low }],
  ['totp.confirmed', { activity: 99, name: 'Second factor confirmed', severity: SEVERITY.low }],
])

const UPDATED: Row = { activity: ENTITY.update, severity: SEVERITY.low }

/** Entity Management by the word that a change is called, whatever it is of. */
const BY_VERB: ReadonlyMap<string, Row> = new Map<string, Row>([
  ['created', { activity: ENTITY.create, severity: SEVERITY.low }],
  ['made', { activity: ENTITY.create, severity: SEVERITY.low }],
  ['added', { activity: ENTITY.enroll, severity: SEVERITY.low }],
  ['suspended', { activity: ENTITY.suspend, severity: SEVERITY.medium }],
  ['resumed', { activity: ENTITY.resume, severity: SEVERITY.medium }],
  ['revoked', { activity: ENTITY.delete, severity: SEVERITY.medium }],
  // A second factor is gone: whoever asks next enrols theirs.
  ['reset', { activity: ENTITY.update, severity: SEVERITY.medium, technique: 'T1556.006' }],
  // An object was set back to an older state, or found that it had been.
  [
    'restored',
    { activity: ENTITY.other, name: 'Restored', severity: SEVERITY.high, technique: 'T1070' },
  ],
])

const BY_STATUS = {
  active: { activity: ENTITY.resume, severity: SEVERITY.medium },
  suspended: { activity: ENTITY.suspend, severity: SEVERITY.medium },
  revoked: { activity: ENTITY.delete, severity: SEVERITY.medium },
} as const

/** Where something else is changed than keys and people. */
const BY_SUBJECT = {
  key: UPDATED,
  user: UPDATED,
  'signing-keys': { activity: ENTITY.update, severity: SEVERITY.medium },
  account: { activity: ENTITY.update, severity: SEVERITY.medium },
  firm: { activity: ENTITY.update, severity: SEVERITY.medium },
  orders: UPDATED,
  // Whoever stops something is looked at, whether they should have or not.
  control: { activity: ENTITY.update, severity: SEVERITY.high },
  // Whoever changes what is recorded, or where it goes, is looked at.
  audit: { activity: ENTITY.update, severity: SEVERITY.high, technique: 'T1685.002' },
} as const satisfies Record<ChangeRecord['subject']['type'], Row>

const TYPES = {
  key: 'API Key',
  user: 'User',
  'signing-keys': 'Signing Keys',
  account: 'Risk Limits of an Account',
  firm: 'Risk Limits of the Firm',
  orders: 'Orders of an Account',
  control: 'Kill Switch',
  audit: 'Audit Log',
} as const satisfies Record<ChangeRecord['subject']['type'], string>

export function changeEvent(record: ChangeRecord, product: Product): OcsfEvent {
  const authentication =
    record.subject.type === 'user' ? AUTHENTICATIONS.get(record.what) : undefined
  if (authentication !== undefined) return authenticationEvent(record, authentication, product)
  const changed = changedMembers(record)
  return changed.rights !== undefined && !isNew(record)
    ? rightsEvent(record, changed.rights, product)
    : entityEvent(record, changed, product)
}

function authenticationEvent(record: ChangeRecord, row: Row, product: Product): OcsfEvent {
  const { sid = record.session, why } = stateOf(record.after)
  const isFactor = record.what === 'totp.confirmed'
  return {
    ...typed(CLASS.authentication, row.activity),
    activity_name: row.name,
    ...changeMembers(record, row, product),
    user: { uid: held(record.subject.id, MOST.id), type_id: 1 },
    session:
      sid === undefined || isFactor
        ? undefined
        : { uid: held(sid, MOST.id), expiration_reason: why },
    service: { name: PRODUCT_NAME },
    auth_factors: isFactor ? [{ factor_type_id: 7, is_totp: true }] : undefined,
    is_remote: true,
    unmapped: facts(record),
  }
}

function rightsEvent(record: ChangeRecord, rights: readonly string[], product: Product): OcsfEvent {
  const isKey = record.subject.type === 'key'
  return {
    ...typed(CLASS.authorizeSession, 1),
    ...changeMembers(record, { activity: 1, severity: SEVERITY.medium }, product),
    user: { uid: held(record.subject.id, MOST.id), type_id: isKey ? 4 : 1 },
    // The class wants a list, also where everything was taken away.
    privileges: rights.length === 0 ? ['none'] : heldList(rights),
    unmapped: facts(record),
  }
}

function entityEvent(
  record: ChangeRecord,
  { before, after, given, status }: Changed,
  product: Product,
): OcsfEvent {
  const row = rowOf(record, status)
  const { subject, version } = record
  const entity: Entity = {
    uid: held(subject.id, MOST.id),
    type: TYPES[subject.type],
    type_id: subject.type === 'user' ? 2 : 99,
    user: subject.type === 'user' ? { uid: held(subject.id, MOST.id) } : undefined,
    version: String(version),
  }
  return {
    ...typed(CLASS.entityManagement, row.activity),
    activity_name: row.name,
    ...changeMembers(record, row, product),
    disposition_id:
      row.activity === ENTITY.delete ? DISPOSITION.accessRevoked : DISPOSITION.allowed,
    entity: { ...entity, data: before },
    entity_result: { ...entity, data: after },
    comment: heldMaybe(record.reason, MOST.phrase),
    attacks: row.technique === undefined ? undefined : [attackOf(row.technique)],
    unmapped: {
      ...facts(record),
      changed: after === undefined ? undefined : Object.keys(after),
      // What somebody or a key has from the start is no change of rights, and matters as much.
      rights: given,
    },
  }
}

function rowOf(record: ChangeRecord, status: Changed['status']): Row {
  const { subject, what } = record
  if (subject.type === 'audit') return BY_SUBJECT.audit
  const byVerb = BY_VERB.get(what.slice(what.lastIndexOf('.') + 1))
  if (byVerb !== undefined) return byVerb
  if (isNew(record)) return { activity: ENTITY.create, severity: SEVERITY.low }
  return status === undefined ? BY_SUBJECT[subject.type] : BY_STATUS[status]
}

/** Whether there was nothing before it. */
function isNew({ subject, version, before }: ChangeRecord): boolean {
  return (
    version === 1 && before === undefined && (subject.type === 'key' || subject.type === 'user')
  )
}

function changeMembers(record: ChangeRecord, { severity }: Row, product: Product) {
  const { user, keyId, session, requestId, what, version } = record
  const isSomebodys = user !== undefined || keyId !== undefined
  return {
    ...recordMembers(record, product, { sequence: version, requestId }),
    severity_id: severity,
    status_id: STATUS.success,
    status_code: held(what, MOST.name),
    status_detail: heldMaybe(record.reason, MOST.phrase),
    action_id: ACTION.allowed,
    disposition_id: DISPOSITION.allowed as number,
    is_alert: severity >= SEVERITY.high,
    message: `${TYPES[record.subject.type]} ${held(record.subject.id, MOST.id)}: ${held(what, MOST.name)}`,
    // What nobody asked for, the gateway did by itself: a schedule, or what it found.
    actor: isSomebodys ? actorOf({ user, keyId, session }) : { app_name: PRODUCT_NAME },
  }
}

function facts({ approver, ticket, what }: ChangeRecord) {
  return {
    what: held(what, MOST.name),
    approver: heldMaybe(approver, MOST.id),
    ticket: heldMaybe(ticket, MOST.id),
  }
}
