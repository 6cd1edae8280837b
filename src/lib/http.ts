/** Small rules about HTTP fields that more than one part of the gateway needs. */

/**
 * The value of a field that may be sent once, or `undefined` when it is absent or was repeated: the
 * runtime joins repeated fields with a comma, which no single-valued field of ours contains.
 */
export function single(headers: Headers, name: string): string | undefined {
  const value = headers.get(name)
  return value === null || value.includes(',') ? undefined : value
}

/** The authority of RFC 9421 section 2.2.3: lower case, without the scheme's default port. */
export function normalAuthority(authority: string, scheme: 'http' | 'https'): string {
  const defaultPort = scheme === 'https' ? ':443' : ':80'
  const lower = authority.toLowerCase()
  return lower.endsWith(defaultPort) ? lower.slice(0, -defaultPort.length) : lower
}
