/**
 * Which roles may make which call of the gateway's own, written by hand from what the roles are for: a second opinion,
 * so that nobody changes a right unnoticed. Never derived from `src/access/role.ts`.
 */

/** Whom a call is for. */
interface Audience {
  /** As the contract says: client has own keys and tightens; support and auditor read; security suspends and revokes; risk sets limits; owner makes people and their roles. */
  readonly said: readonly string[]
  /** Where the contract says neither yes nor no: what was decided. */
  readonly decided?: readonly string[]
}

export const MATRIX: Readonly<Record<string, Audience>> = {
  'GET /gw/v1/admin/users': {
    said: ['support', 'auditor', 'owner'],
    decided: ['security', 'risk'],
  },
  'GET /gw/v1/admin/users/{id}': {
    said: ['support', 'auditor', 'owner'],
    decided: ['security', 'risk'],
  },
  'POST /gw/v1/admin/users': { said: ['owner'] },
  'PUT /gw/v1/admin/users/{id}/roles': { said: ['owner'] },
  'POST /gw/v1/admin/users/{id}/totp/confirm': { said: ['owner'] },
  'POST /gw/v1/admin/users/{id}/totp/reset': { said: ['owner'], decided: ['security'] },
  'GET /gw/v1/admin/users/{id}/sessions': {
    said: ['support', 'auditor', 'owner'],
    decided: ['client', 'security'],
  },
  'DELETE /gw/v1/admin/users/{id}/sessions': {
    said: ['owner'],
    decided: ['client', 'security'],
  },
  'DELETE /gw/v1/admin/users/{id}/sessions/{sid}': {
    said: ['owner'],
    decided: ['client', 'security'],
  },
  'GET /gw/v1/admin/keys': {
    said: ['client', 'support', 'auditor'],
    decided: ['security', 'risk', 'owner'],
  },
  'GET /gw/v1/admin/keys/{keyId}': {
    said: ['client', 'support', 'auditor'],
    decided: ['security', 'risk', 'owner'],
  },
  'POST /gw/v1/admin/keys': { said: [], decided: ['owner'] },
  'POST /gw/v1/admin/keys/{keyId}/rotate': { said: ['client'], decided: ['owner'] },
  'POST /gw/v1/admin/keys/{keyId}/suspend': { said: ['security'], decided: ['client'] },
  'POST /gw/v1/admin/keys/{keyId}/resume': { said: ['security'] },
  'POST /gw/v1/admin/keys/{keyId}/revoke': { said: ['security'], decided: ['client'] },
  'PUT /gw/v1/admin/keys/{keyId}/permissions': {
    said: ['client'],
    decided: ['security', 'owner'],
  },
  'PUT /gw/v1/admin/keys/{keyId}/addresses': { said: ['client'], decided: ['security', 'owner'] },
  'PUT /gw/v1/admin/keys/{keyId}/limits': { said: ['client', 'risk'] },
  'GET /gw/v1/admin/signing-keys': { said: ['auditor'], decided: ['security', 'owner'] },
  'DELETE /gw/v1/admin/keys/{keyId}/credentials/{credentialId}': {
    said: ['security'],
    decided: ['client'],
  },
  'POST /gw/v1/admin/signing-keys/rotate': { said: [], decided: ['security', 'owner'] },
  'GET /gw/v1/admin/audit/checkpoint': { said: ['auditor'], decided: ['security'] },
  'GET /gw/v1/admin/audit/export': { said: ['auditor'], decided: ['security'] },
  'GET /gw/v1/admin/audit/records': { said: ['auditor'], decided: ['security'] },
  'GET /gw/v1/admin/audit/proof/{index}': { said: ['auditor'], decided: ['security'] },
  'GET /gw/v1/admin/audit/copy': { said: ['auditor'], decided: ['security'] },
  'POST /gw/v1/admin/audit/copy/compare': { said: ['auditor'], decided: ['security'] },
  'GET /gw/v1/admin/audit/sinks': { said: ['auditor'], decided: ['security'] },
  'GET /gw/v1/admin/audit/holds': { said: ['auditor'], decided: ['security'] },
  'POST /gw/v1/admin/audit/holds': { said: [], decided: ['security'] },
  'POST /gw/v1/admin/audit/holds/{id}/release': { said: [], decided: ['security'] },
  'POST /gw/v1/admin/audit/shred': { said: [], decided: ['owner'] },
  'PUT /gw/v1/admin/accounts/{id}/risk': { said: ['risk'] },
  'POST /gw/v1/admin/accounts/{id}/risk/overrides': { said: ['risk'] },
  'POST /gw/v1/admin/accounts/{id}/risk/overrides/{override}/approve': { said: ['risk'] },
  'POST /gw/v1/admin/accounts/{id}/risk/latches/{latch}/release': { said: ['risk'] },
  'POST /gw/v1/admin/accounts/{id}/risk/reconcile': { said: ['risk'] },
  'POST /gw/v1/admin/accounts/{id}/risk/restored/confirm': { said: ['risk'] },
  'PUT /gw/v1/admin/firm/risk': { said: ['risk'] },
  'POST /gw/v1/admin/kill': { said: ['security'] },
  'DELETE /gw/v1/admin/kill/{id}': { said: ['security'] },
  'GET /gw/v1/admin/kill': {
    said: ['security', 'support', 'auditor'],
    decided: ['risk', 'owner'],
  },
  'GET /gw/v1/admin/accounts/{id}/risk': {
    said: ['support', 'auditor', 'risk'],
    decided: ['security', 'owner'],
  },
  'GET /gw/v1/admin/firm/risk': {
    said: ['support', 'auditor', 'risk'],
    decided: ['security', 'owner'],
  },
}
