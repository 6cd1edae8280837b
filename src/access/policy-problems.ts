/** What can be wrong with a policy beyond its shape, in plain words and with its place. */
import type { SinkSpec } from '../siem/outbox.ts'
import { KINDS } from './kind.ts'
import type { Limit } from './limit.ts'
import type { Operation } from './policy.ts'

/** Headers by which a client could speak in another's name: credentials, the edge's, the gateway's, the connection's. */
const NEVER_FORWARDED =
  /^(?:authorization|cookie|dpop|signature|signature-input|host|content-length|x-request-id|traceparent|tracestate|client-cert.*|portcullis-.*|pc-.*|cf-.*|x-forwarded.*|forwarded|via|x-real-ip|true-client-ip|connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|expect)$/

/** Routes of the broker's under the gateway's own paths. */
export function reservedProblems(
  claimed: readonly { readonly route: string; readonly place: string }[],
): readonly string[] {
  return claimed
    .filter(({ route }) => /^\S+ \/(?:gw|\.well-known)(?:\/|$)/.test(route))
    .map(({ route, place }) => `${place}: "${route}" belongs to the gateway itself`)
}

/** Headers that must not be forwarded from a client. */
export function headerProblems(headers: readonly string[]): readonly string[] {
  return headers.flatMap((header, index) =>
    NEVER_FORWARDED.test(header)
      ? [`origin.forwardHeaders[${index}]: "${header}" may not be forwarded from a client`]
      : [],
  )
}

/** Permissions of a role that no operation asks for: most likely misspelt. */
export function roleProblems(
  roles: Readonly<Record<string, { readonly permissions: readonly string[] } | undefined>>,
  permissions: ReadonlySet<string>,
): readonly string[] {
  return Object.entries(roles).flatMap(([role, known]) =>
    (known?.permissions ?? []).flatMap((permission, index) =>
      permissions.has(permission)
        ? []
        : [`roles.${role}.permissions[${index}]: no operation needs "${permission}"`],
    ),
  )
}

/**
 * Sinks that share an id, and credentials that belong to something else: a token's name begins as its URL's does, so that
 * no slip of the pen sends one of the gateway's own secrets to a SIEM.
 */
export function sinkProblems(sinks: readonly SinkSpec[]): readonly string[] {
  return sinks.flatMap(({ id, url, token }, index) => {
    const stem = url.replace(/URL$/, '')
    return [
      sinks.findIndex((other) => other.id === id) === index
        ? ''
        : `id: "${id}" is already the id of another sink`,
      stem !== url && stem.length > 1 && url !== 'ORIGIN_URL'
        ? ''
        : `url: "${url}" must be a variable of the sink's own that ends in _URL`,
      token.startsWith(stem) && token !== url
        ? ''
        : `token: "${token}" must be a secret whose name begins with "${stem}"`,
    ]
      .filter((problem) => problem !== '')
      .map((problem) => `sinks[${index}].${problem}`)
  })
}

/** Limits that share a name and a kind, are reserved, or have no room for the heaviest operation they bind. */
export function limitProblems(
  tier: string,
  limits: readonly Limit[],
  operations: ReadonlyMap<string, Operation>,
): readonly string[] {
  return limits.flatMap((limit, index) =>
    [
      ...limitProblemsAlone(limit, operations),
      limits.findIndex((other) => meet(other, limit)) === index
        ? ''
        : `name: "${limit.name}" is already the name of another limit of this tier for the same kind`,
    ]
      .filter((problem) => problem !== '')
      .map((problem) => `tiers.${tier}.limits[${index}].${problem}`),
  )
}

/** What is wrong with one limit whatever stands beside it; a key's own limits are judged by this too. */
export function limitProblemsAlone(
  { name, limit, kinds = KINDS }: Limit,
  operations: ReadonlyMap<string, Operation>,
): readonly string[] {
  const bound = [...operations.values()].filter(({ kind }) => kinds.includes(kind))
  const heaviest = Math.max(0, ...bound.map(({ weight }) => weight))
  const reduces = kinds.some((kind) => kind === 'cancel' || kind === 'read')
  const adds = kinds.some((kind) => kind !== 'cancel' && kind !== 'read')
  return [
    name === 'gateway' ? 'name: "gateway" is reserved for the gateway\'s own calls' : '',
    limit < heaviest
      ? `limit: ${limit} units can never admit an operation of weight ${heaviest}`
      : '',
    kinds !== KINDS && reduces && adds
      ? 'kinds: cancels and reads must not share a budget with anything else: a storm would stop them'
      : '',
  ].filter((problem) => problem !== '')
}

function meet(a: Limit, b: Limit): boolean {
  const { kinds = KINDS } = b
  return a.name === b.name && (a.kinds ?? KINDS).some((kind) => kinds.includes(kind))
}
