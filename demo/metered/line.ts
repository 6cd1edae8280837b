/** A line of the console, which is an event of OCSF, as the facts that it tells. For the meter and for tests. */

export type Facts = Readonly<Record<string, unknown>>

function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value
  for (const name of path)
    here = typeof here === 'object' && here !== null ? Reflect.get(here, name) : undefined
  return here
}

/** The facts of a line, or `undefined` for what is no event. */
export function factsOf(line: string): Facts | undefined {
  const event = parsed(line)
  const type = at(event, 'metadata', 'event_code')
  if (typeof type !== 'string') return undefined
  if (type === 'outcome') return outcomeFacts(event)
  if (type === 'signal' || type === 'incident') return { type, ...signalFacts(event) }
  return { type, code: at(event, 'status_code'), event }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function outcomeFacts(event: unknown): Facts {
  const code = String(at(event, 'status_code'))
  const refused = !/^[0-9]+$/.test(code)
  const method = text(at(event, 'http_request', 'http_method'))
  const path = text(at(event, 'http_request', 'url', 'path'))
  const to = at(event, 'dst_endpoint', 'svc_name')
  const user = at(event, 'actor', 'user')
  const facts = {
    type: 'call',
    requestId: at(event, 'metadata', 'correlation_uid'),
    sequence: at(event, 'metadata', 'sequence'),
    decision: refused ? 'refused' : to === 'origin' ? 'forwarded' : 'answered',
    status: at(event, 'http_response', 'code'),
    code: refused ? code : undefined,
    reason: at(event, 'status_detail'),
    operation: at(event, 'api', 'operation') ?? at(event, 'unmapped', 'operation'),
    route: method === '' ? undefined : `${method} ${path}`,
    kind: at(event, 'unmapped', 'kind'),
    outcome: at(event, 'unmapped', 'outcome'),
    keyId: at(event, 'actor', 'app_uid'),
    credentialId: at(user, 'credential_uid'),
    user: at(user, 'uid'),
    account: at(user, 'account', 'uid'),
    address: at(event, 'src_endpoint', 'ip'),
    country: at(event, 'src_endpoint', 'location', 'country'),
    asn: at(event, 'src_endpoint', 'autonomous_system', 'number'),
    colo: at(event, 'unmapped', 'colo'),
    durationMs: at(event, 'http_response', 'latency'),
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

const SEVERITIES = ['', '', 'low', 'medium', 'high', 'critical']

function signalFacts(event: unknown): Facts {
  const info = at(event, 'finding_info') ?? at(event, 'finding_info_list', '0')
  const about = at(event, 'resources', '0')
  return {
    rule: at(info, 'analytic', 'uid'),
    severity: SEVERITIES[Number(at(event, 'severity_id'))],
    subject: { type: at(about, 'type'), id: at(about, 'uid') },
    count: at(event, 'count'),
  }
}

function parsed(line: string): unknown {
  try {
    return line.startsWith('{') ? JSON.parse(line) : undefined
  } catch {
    return undefined
  }
}
