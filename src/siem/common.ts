/** Members that events of more than one class have, made from a record's. */
import type { AuditRecord } from '../audit/record.ts'
import {
  OCSF_VERSION,
  type Actor,
  type Endpoint,
  type Metadata,
  type Product,
  type User,
} from './event.ts'
import { held, heldMaybe, heldUid, MOST } from './fit.ts'
import { rfc3339 } from '../lib/time.ts'

export const PRODUCT_NAME = 'Portcullis'

/** Nobody proved who they are. */
const NOBODY: User = { name: 'unauthenticated', type_id: 0 }

const PROFILES = ['security_control', 'datetime'] as const

interface About {
  readonly uid: string
  readonly atMs: number
  readonly code: string
  readonly worker?: string | undefined
  readonly sequence?: number | undefined
  readonly requestId?: string | undefined
}

/** When it was and what it was made from. */
export function originOf(about: About, product: Product) {
  const { atMs: time } = about
  const time_dt = rfc3339(time)
  return { time, time_dt, metadata: metadataOf(about, time_dt, product) }
}

function metadataOf(
  about: About,
  original_time: string | undefined,
  { version, log, tenant }: Product,
): Metadata {
  return {
    version: OCSF_VERSION,
    product: {
      name: PRODUCT_NAME,
      vendor_name: PRODUCT_NAME,
      version: held(about.worker ?? version, MOST.name),
    },
    profiles: PROFILES,
    uid: heldUid(about.uid),
    event_code: about.code,
    log_name: held(log, MOST.name),
    tenant_uid: heldMaybe(tenant, MOST.name),
    sequence: about.sequence,
    correlation_uid: heldMaybe(about.requestId, MOST.id),
    original_time,
  }
}

/** What every record's event has. */
export function recordMembers(
  { uid, atMs, type }: AuditRecord,
  product: Product,
  { worker, sequence, requestId }: Pick<About, 'worker' | 'sequence' | 'requestId'> = {},
) {
  return originOf({ uid, atMs, code: type, worker, sequence, requestId }, product)
}

interface Who {
  readonly user?: string | undefined
  readonly keyId?: string | undefined
  readonly credentialId?: string | undefined
  readonly account?: string | undefined
  readonly session?: string | undefined
}

export function actorOf(who: Who): Actor {
  const { keyId, session, credentialId } = who
  if (who.user === undefined && keyId === undefined) return { user: NOBODY }
  const credential_uid = heldMaybe(credentialId, MOST.id)
  return {
    user: userOf(who),
    session: session === undefined ? undefined : { uid: held(session, MOST.id), credential_uid },
    app_uid: heldMaybe(keyId, MOST.id),
  }
}

function userOf({ user, account, credentialId }: Who): User | undefined {
  if (user === undefined) return undefined
  return {
    uid: held(user, MOST.id),
    type_id: 1,
    credential_uid: heldMaybe(credentialId, MOST.id),
    account: account === undefined ? undefined : { uid: held(account, MOST.id) },
  }
}

interface From {
  readonly address?: string | undefined
  readonly country?: string | undefined
  readonly asn?: number | undefined
}

const NOWHERE: Endpoint = { name: 'unknown' }

/** Where the edge saw the client. */
export function sourceOf({ address, country, asn }: From): Endpoint {
  if (address === undefined && country === undefined && asn === undefined) return NOWHERE
  const place =
    address === undefined ? NOWHERE : isAddress(address) ? { ip: address } : named(address)
  return {
    ...place,
    autonomous_system: asn === undefined ? undefined : { number: asn },
    location: country === undefined ? undefined : { country: held(country, 8) },
  }
}

export function named(name: string): Endpoint {
  return { name: held(name, MOST.name) }
}

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
const V6_GROUPS = /^[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,7}$/

/** Whether a text is an IP address as Cloudflare spells one: IPv6 in hexadecimal groups alone. */
function isAddress(text: string): boolean {
  if (!text.includes(':')) return V4.test(text)
  const [head = '', tail, ...rest] = text.split('::')
  if (rest.length > 0) return false
  const groups = (half: string) => (half === '' ? 0 : half.split(':').length)
  const well = (half: string) => half === '' || V6_GROUPS.test(half)
  if (tail === undefined) return well(head) && groups(head) === 8
  return well(head) && well(tail) && groups(head) + groups(tail) < 8
}
