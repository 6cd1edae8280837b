/** Which sinks a deployment has set: read from its variables and secrets, with every problem named and no value. */
import { utf8 } from '../lib/bytes.ts'
import { Secret } from '../lib/secret.ts'
import type { ActiveSink, SinkSpec } from './outbox.ts'

export interface ReadSinks {
  readonly active: readonly ActiveSink[]
  /** Why others are not, though something of them is set. A SIEM that is set up wrong stops no trade. */
  readonly problems: readonly string[]
}

/** As a header field holds it. An HMAC key is told from a password by its length. */
const TOKEN = /^[\x21-\x7e]{8,1024}$/
const LEAST_KEY = 32

export function readSinks(
  specs: readonly SinkSpec[],
  vars: Readonly<Record<string, unknown>>,
): ReadSinks {
  const active: ActiveSink[] = []
  const problems: string[] = []
  for (const spec of specs) {
    const [url, token] = [textOf(vars[spec.url]), textOf(vars[spec.token])]
    if (url === '' && token === '') continue
    const parsed = URL.parse(url)
    const wrong = [urlProblem(spec, parsed), tokenProblem(spec, token)].filter(
      (problem) => problem !== '',
    )
    problems.push(...wrong)
    if (parsed !== null && wrong.length === 0)
      active.push({ id: spec.id, type: spec.type, url: parsed, token: new Secret(utf8(token)) })
  }
  return { active, problems }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function urlProblem({ url: name, type }: SinkSpec, url: URL | null): string {
  const isPlain = url !== null && `${url.origin}${url.pathname}` === url.href
  if (url === null || !isPlain || !isSafe(url))
    return `${name} must be an https URL without user, query or fragment`
  return type === 'elastic-bulk' && url.pathname === '/'
    ? `${name} must name an index or a data stream, such as https://es.example:9243/logs-portcullis-default`
    : ''
}

/** Unencrypted only to this very machine, where a test's other end is. */
function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && hostname === '127.0.0.1')
}

function tokenProblem({ token: name, type }: SinkSpec, token: string): string {
  if (!TOKEN.test(token)) return `${name} must be 8 to 1,024 visible characters`
  return type === 'https' && token.length < LEAST_KEY
    ? `${name} must be at least ${LEAST_KEY} characters: it is the key of a signature`
    : ''
}
