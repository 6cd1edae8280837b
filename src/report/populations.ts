/** Populations that auditors draw samples from, by the criterion or requirement that asks for them: SOC 2 and PCI DSS. */
import type { ChangeRecord } from '../audit/record.ts'
import { figure, type Part } from './report.ts'
import { countedCalls, deniedBy, notRecorded, once } from './parts/counted-calls.ts'
import { gaps } from './parts/gaps.ts'
import { listedChanges } from './parts/listed-changes.ts'
import { outages } from './parts/outages.ts'
import { particulars } from './parts/particulars.ts'
import { timeline } from './parts/timeline.ts'
import { versions } from './parts/versions.ts'

/** Nobody was proved to be asking, or who it was had no right to. */
const DENIED: ReadonlySet<string> = new Set([
  'unauthorized',
  'source_locked',
  'timestamp_skew',
  'retry_fresh',
  'replayed',
  'key_revoked',
  'key_suspended',
  'credential_expired',
  'address_not_allowed',
  'client_certificate_required',
  'permission_missing',
  'role_missing',
  'step_up_required',
  'use_dpop_nonce',
])

/** Turned away at the boundary, before anybody asked who it was. */
const BOUNDARY: ReadonlySet<string> = new Set([
  'malformed_request',
  'body_too_large',
  'headers_too_large',
  'unknown_operation',
  'tls_required',
  'source_locked',
  'address_not_allowed',
])

const AUDIT_ROUTE = ' /gw/v1/admin/audit'
const ADMIN_ROUTE = ' /gw/v1/admin/'

function isOfAccess({ subject, what }: ChangeRecord): boolean {
  if (what.startsWith('session') || what === 'key.told') return false
  return subject.type === 'user' || subject.type === 'key'
}

function isOfCredentials(record: ChangeRecord): boolean {
  return isOfAccess(record) || record.subject.type === 'signing-keys'
}

/** By the word that a change is called, each with its number. */
function byWord(counts: Parameters<Parameters<typeof listedChanges>[0]['figures']>[0]) {
  return [
    figure('changes', 'changes', counts.sum),
    ...counts.byName.map(([what, count]) => figure(what, what, count)),
  ]
}

export const SOC2: readonly Part[] = [
  countedCalls({
    id: 'denied',
    title: 'CC6.1: denied access, by reason',
    about:
      'Key inventory and roles are in the access review; secrets are sealed and not in the log.',
    of: ['reason', 'reasons'],
    names: deniedBy(DENIED),
  }),
  countedCalls({
    id: 'methods',
    title: 'CC6.1: how callers proved who they are',
    about: 'Calls that were let through, by the way in which they were signed.',
    of: ['way', 'ways'],
    names: (record) =>
      record.type === 'outcome' && record.decision !== 'refused' ? once(record.dialect) : [],
  }),
  listedChanges({
    id: 'access-changes',
    title: 'CC6.2, CC6.3: people and keys made, changed and removed',
    about:
      'With who approved, where an approval was recorded. When somebody left, the log does not know: compare with the ' +
      'personnel records.',
    is: isOfAccess,
    figures: byWord,
  }),
  countedCalls({
    id: 'boundary',
    title: 'CC6.6: turned away at the boundary',
    about:
      'Before anybody’s key was asked. What Cloudflare’s own firewall stopped never came here.',
    of: ['reason', 'reasons'],
    names: deniedBy(BOUNDARY),
  }),
  countedCalls({
    id: 'tls',
    title: 'CC6.6: versions of TLS',
    about: 'Of every recorded call, whatever became of it.',
    of: ['version', 'versions'],
    names: (record) => (record.type === 'outcome' ? once(record.tlsVersion) : []),
  }),
  listedChanges({
    id: 'address-changes',
    title: 'CC6.6: changes of networks from which keys work',
    about: 'Changes of keys that name addresses.',
    is: ({ subject, what }) => subject.type === 'key' && what.includes('addresses'),
    figures: byWord,
  }),
  notRecorded('transmission', 'CC6.7: transmission', 'Not in this log.', {
    origin: 'connections to the origin, by version of TLS and certificate',
    destinations: 'places that exports were sent to',
  }),
  versions,
  notRecorded(
    'operations',
    'CC7.1 to CC7.5: operations',
    'Held by other systems, from which the auditor draws these populations.',
    {
      scans: 'CC7.1 configuration drift and vulnerability scans',
      alerts: 'CC7.2 alerts raised, and rules changed',
      triage: 'CC7.3 alerts with a verdict, and time to it',
      incidents: 'CC7.4 incidents and time to containment',
      recovery: 'CC7.5 recovery tests',
    },
  ),
  listedChanges({
    id: 'approved-changes',
    title: 'CC8.1: changes of limits, keys that sign and the log itself',
    about:
      'What people changed of the running gateway, with reason, approval and ticket where recorded.',
    is: ({ subject: { type } }) => type !== 'user' && type !== 'key' && type !== 'orders',
    figures: byWord,
  }),
  timeline,
  outages,
  gaps,
]

export const PCI_10: readonly Part[] = [
  countedCalls({
    id: 'user-access',
    title: '10.2.1.1: access by individual users',
    about:
      'The gateway is not to carry cardholder data. These are calls by person, whatever they asked for.',
    of: ['person', 'persons'],
    names: (record) => (record.type === 'outcome' ? once(record.user) : []),
  }),
  countedCalls({
    id: 'admin-actions',
    title: '10.2.1.2: actions by those with administrative access',
    about: 'Calls of the gateway’s own administration, by person and route, refused ones too.',
    of: ['person and route', 'pairs of these'],
    names: (record) =>
      record.type === 'outcome' && record.route?.includes(ADMIN_ROUTE) === true
        ? once(`${record.user ?? 'nobody known'} ${record.route}`)
        : [],
  }),
  countedCalls({
    id: 'log-access',
    title: '10.2.1.3: access to audit logs',
    about: 'Through the gateway. Which records somebody was shown is not recorded.',
    of: ['person and route', 'pairs of these'],
    names: (record) =>
      record.type === 'outcome' && record.route?.includes(AUDIT_ROUTE) === true
        ? once(`${record.user ?? 'nobody known'} ${record.route}`)
        : [],
  }),
  countedCalls({
    id: 'invalid-access',
    title: '10.2.1.4: invalid logical access attempts',
    about: 'By reason, with those of strangers that were counted and not recorded one by one.',
    of: ['reason', 'reasons'],
    names: deniedBy(DENIED),
  }),
  listedChanges({
    id: 'credential-changes',
    title: '10.2.1.5: changes of identification and authentication',
    about: 'People, second factors, keys and credentials, and the keys that sign sessions.',
    is: isOfCredentials,
    figures: byWord,
  }),
  listedChanges({
    id: 'log-changes',
    title: '10.2.1.6, 10.3: changes of the log, of what is kept and of who may read it',
    about:
      'Holds, releases, what was shredded and what expired. Leaves cannot be changed unseen: see below.',
    is: ({ subject: { type } }) => type === 'audit',
    figures: byWord,
  }),
  listedChanges({
    id: 'object-changes',
    title: '10.2.1.7: creation and deletion of objects of the system',
    about: 'Keys, people and signing keys that were made, and what was destroyed.',
    is: ({ what }) => /\.(?:created|made|revoked|shredded|rotated)$|^rotated$/.test(what),
    figures: byWord,
  }),
  particulars,
  timeline,
  outages,
  gaps,
]
