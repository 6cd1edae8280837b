/** What bodies of the gateway's own calls are made of. One schema gives the type, the check, the words and the document. */
import * as v from 'valibot'
import policy from '../../gateway.config.ts'
import { isNetwork } from '../access/address.ts'
import { ROLES } from '../access/role.ts'
import { readTime } from '../lib/time.ts'

const PERMISSIONS = [...policy.permissions]
const TIERS = [...policy.tiers.keys()]

/** An id that one of us made up: of a person, a key, an account. */
export const Id = v.pipe(
  v.string('must be a text'),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be 1 to 64 letters, digits, "-" and "_"'),
)

/** A line that a person writes: nothing in it can break a log's line or a table's column. */
export const Line = v.pipe(
  v.string('must be a text'),
  v.trim(),
  v.minLength(1, 'must not be empty'),
  v.maxLength(200, 'must be at most 200 characters'),
  v.regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u, 'must be one line of plain text'),
)

/** Whether nothing is there twice: a list that stands for a set is stored as one. */
export function eachOnce(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length
}

export const Reason = v.strictObject({ reason: Line })

export const Permissions = v.pipe(
  v.array(v.picklist(PERMISSIONS, 'must be a permission of the policy'), 'must be a list'),
  v.maxLength(100),
  v.check((names) => eachOnce(names), 'must name each permission once'),
)

export const Tier = v.picklist(TIERS, `must be a tier of the policy: ${TIERS.join(', ')}`)

export const Roles = v.pipe(
  v.array(v.picklist(ROLES, `must be one of ${ROLES.join(', ')}`), 'must be a list'),
  v.maxLength(ROLES.length),
  v.check((names) => eachOnce(names), 'must name each role once'),
)

export const Addresses = v.pipe(
  v.array(
    v.pipe(
      v.string('must be a text'),
      v.maxLength(64),
      v.check(isNetwork, 'must be an address or a network in CIDR form, such as 192.0.2.0/24'),
    ),
    'must be a list',
  ),
  v.maxLength(100, 'must name at most 100 networks'),
)

/** Symbols or accounts that a key is bound to. */
export const Names = v.pipe(
  v.array(v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 visible characters'))),
  v.maxLength(1_000),
)

export const Instant = v.pipe(
  v.string('must be a text'),
  v.isoTimestamp('must be a time such as 2026-01-31T12:00:00Z'),
  // The form allows what is no instant, such as an offset of hours without minutes or the 30th of February.
  // What the form refuses is told once.
  v.check(
    (text) => !v.ISO_TIMESTAMP_REGEX.test(text) || readTime(text) !== undefined,
    'must be a time such as 2026-01-31T12:00:00Z',
  ),
)

/** An instant in milliseconds since 1970. */
export function msOf(instant: string): number {
  return Date.parse(instant)
}

export function isoOf(ms: number): string
export function isoOf(ms: number | undefined): string | null
export function isoOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}

export const Otp = v.pipe(v.string('must be a text'), v.maxLength(40))

/** A page of a collection. */
export const MOST_ITEMS = 50

/** Shapes of answers, for the document alone. */
export const Text = v.string()
export const Whole = v.pipe(v.number(), v.integer())
export const Time = v.pipe(v.string(), v.isoTimestamp())
