/** What can be wrong with a policy beyond its shape, in plain words and with its place. */
import type { Limit, Operation } from './policy.ts'

/** Headers by which a client could speak in another's name: credentials, the edge's, the gateway's, the connection's. */
const NEVER_FORWARDED =
  /^(?:authorization|cookie|dpop|signature|signature-input|host|content-length|x-request-id|traceparent|tracestate|client-cert.*|portcullis-.*|pc-.*|cf-.*|x-forwarded.*|forwarded|via|x-real-ip|true-client-ip|connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|expect)$/

/** Headers that must not be forwarded from a client. */
export function headerProblems(headers: readonly string[]): readonly string[] {
  return headers.flatMap((header, index) =>
    NEVER_FORWARDED.test(header)
      ? [`origin.forwardHeaders[${index}]: "${header}" may not be forwarded from a client`]
      : [],
  )
}

/** Limits that have another's name, a reserved one, or no room for the heaviest operation. */
export function limitProblems(
  tier: string,
  limits: readonly Limit[],
  operations: ReadonlyMap<string, Operation>,
): readonly string[] {
  const heaviest = Math.max(0, ...[...operations.values()].map((operation) => operation.weight))
  return limits.flatMap((limit, index) => {
    const place = `tiers.${tier}.limits[${index}]`
    const problems: string[] = []
    if (limit.name === 'gateway')
      problems.push(`${place}.name: "gateway" is reserved for the gateway's own calls`)
    if (limits.findIndex((other) => other.name === limit.name) !== index) {
      problems.push(
        `${place}.name: "${limit.name}" is already the name of another limit of this tier`,
      )
    }
    if (limit.limit < heaviest) {
      problems.push(
        `${place}.limit: ${limit.limit} units can never admit an operation of weight ${heaviest}`,
      )
    }
    return problems
  })
}
