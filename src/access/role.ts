/**
 * Roles: what a person may be, and which rights over the gateway itself follow. What a role may do at the broker is
 * the policy's to say. Duties are kept apart: who makes users and keys raises no limit, who raises limits makes none.
 */

export const ROLES = ['client', 'support', 'security', 'risk', 'auditor', 'owner'] as const
export type Role = (typeof ROLES)[number]

const STAFF = ['support', 'security', 'risk', 'auditor', 'owner'] as const

/** Who may do what to the gateway. A `client` reaches what is their own, and may only make it tighter. */
export const RIGHTS = {
  'users.read': STAFF,
  'users.create': ['owner'],
  'users.roles': ['owner'],
  'users.totp.confirm': ['owner'],
  'users.totp.reset': ['owner', 'security'],
  'sessions.read': ['client', 'support', 'security', 'auditor', 'owner'],
  'sessions.end': ['client', 'security', 'owner'],
  'keys.read': ['client', ...STAFF],
  'keys.create': ['owner'],
  // Whoever rotates sees the new secret: an officer suspends instead.
  'keys.rotate': ['client', 'owner'],
  'keys.suspend': ['client', 'security'],
  'keys.resume': ['security'],
  'keys.revoke': ['client', 'security'],
  'keys.permissions': ['client', 'security', 'owner'],
  'keys.addresses': ['client', 'security', 'owner'],
  'keys.limits': ['client', 'risk'],
  'signing-keys.read': ['security', 'auditor', 'owner'],
  'signing-keys.rotate': ['security', 'owner'],
  'kill.read': STAFF,
  'kill.trip': ['security'],
  'kill.lift': ['security'],
  'risk.read': STAFF,
  'risk.write': ['risk'],
  'audit.read': ['security', 'auditor'],
  'audit.hold': ['security'],
  // What can be read of a person is destroyed for good: whoever answers for the data decides, and names who approved.
  'audit.shred': ['owner'],
} as const satisfies Record<string, readonly Role[]>

export type Right = keyof typeof RIGHTS

/** Who may make a key able to do more than it can: the roles that only tighten are not among them. */
export const WIDENS = {
  permissions: 'owner',
  addresses: 'owner',
  limits: 'risk',
} as const satisfies Record<string, Role>

/** What everybody may do to what is their own, whatever they are. */
const ONES_OWN: readonly Right[] = ['sessions.read', 'sessions.end']

/** How far a right reaches: over everybody's, over one's own, or not at all. */
export function reachOf(right: Right, roles: readonly Role[]): 'any' | 'own' | undefined {
  const allowed: readonly Role[] = RIGHTS[right]
  const held = roles.filter((role) => allowed.includes(role))
  if (held.some((role) => role !== 'client')) return 'any'
  const everybodys = roles.length > 0 && ONES_OWN.includes(right)
  return held.length > 0 || everybodys ? 'own' : undefined
}

/** Those of the texts that are roles. */
export function readRoles(texts: readonly string[]): readonly Role[] {
  return ROLES.filter((role) => texts.includes(role))
}
