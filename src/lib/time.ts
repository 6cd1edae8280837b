/** Instants as texts and back. Nothing here reads a clock. */

/** The first millisecond of the year 10000: later ones have no RFC 3339 spelling. */
const TOO_LATE_MS = 253_402_300_800_000

/** RFC 3339 in UTC, or `undefined` for an instant outside of the years 1970 to 9999. */
export function rfc3339(atMs: number): string | undefined {
  if (atMs < 0 || atMs >= TOO_LATE_MS) return undefined
  // oxlint-disable-next-line no-restricted-globals -- spells a given instant
  return new Date(atMs).toISOString()
}

/** Milliseconds since 1970 of a text in RFC 3339; 0 of one that is not. */
export function readRfc3339(text: string): number {
  // oxlint-disable-next-line no-restricted-globals -- reads a given text
  const atMs = Date.parse(text)
  return Number.isSafeInteger(atMs) ? atMs : 0
}

const TIME =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:(T[0-9]{2}:[0-9]{2})(:[0-9]{2})?(\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2}))?$/

/**
 * Milliseconds since 1970 of what somebody typed: an instant, or a day, which means its beginning in UTC. `undefined` of
 * what is no time. A day that its month does not have is none: taken for one of the next month it would mean another.
 */
export function readTime(text: string): number | undefined {
  const [whole, day = '', minute = 'T00:00', second = ':00'] = TIME.exec(text) ?? []
  if (whole === undefined) return undefined
  // oxlint-disable no-restricted-globals -- reads a given text
  const atMs = Date.parse(text)
  const spelled = `${day}${minute}${second}`
  const spelledMs = Date.parse(`${spelled}Z`)
  if (Number.isNaN(atMs) || Number.isNaN(spelledMs)) return undefined
  return new Date(spelledMs).toISOString().startsWith(spelled) ? atMs : undefined
  // oxlint-enable no-restricted-globals
}
