/**
 * The step before the origin: what the request wants of the market is read, judged by the account's object and counted
 * there; and when the broker has answered, the account hears of it. What cannot be understood does not leave.
 */
import type { OrderAdapter } from '../risk/adapters/adapter.ts'
import { judgeLevel, stricter, type Force } from '../control/level.ts'
import { equalBytes, toHex, sha256 } from '../lib/bytes.ts'
import { routeParameters } from '../access/routes.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, REFUSALS, type Refusal } from '../refusal.ts'
import type { RiskAsk, RiskVerdict } from '../risk/account-port.ts'
import type { FirmCopy } from '../risk/firm-copy.ts'
import type { Answered, Intent, Misread } from '../risk/order.ts'
import { eventOf, fieldsOf } from '../risk/event.ts'
import type { OutcomeRecord } from '../audit/record.ts'
import { within } from '../within.ts'
import { decimalText } from '../lib/decimal.ts'
import { isOverloaded } from './overloaded.ts'
import { originFailed } from './forward.ts'
import type { Ports } from './ports.ts'
import type { Admitted, Reached, Verified } from './stages.ts'

/** How long the account's object may take to answer, both attempts together, in milliseconds. */
const JUDGE_TIMEOUT_MS = 5_000
/** An answer to an order that is longer is passed on unread, in octets. */
const MOST_ANSWER = 262_144
/** Orders of one refused request that are recorded: of a batch no more than its adapter allows. */
const MOST_RECORDED = 20

/** An order on its way: what was asked, and under which number the account counts it. */
export interface Counted {
  readonly account: string
  readonly number: number
  readonly attempt: string
  readonly intents: readonly Intent[]
  readonly adapter: OrderAdapter
  readonly reduces: boolean
  readonly symbols: readonly string[]
}

interface Orders {
  readonly intents: readonly Intent[]
  readonly adapter: OrderAdapter
}

/** The firm's copy is fetched beside the call of the key's object, if it is needed at all. */
export function firmFor(verified: Verified, ports: Ports): Promise<FirmCopy> | undefined {
  if (!ports.policy.orders.has(verified.route)) return undefined
  const firm = ports.firm()
  // Whoever waits for it hears of a failure; perhaps nobody ever does.
  firm.catch(() => undefined)
  return firm
}

/** What a request wants of the market; `undefined` for one that wants nothing of it. */
function readOrders(
  {
    route,
    head,
    bodyBytes,
    stripped,
    venue,
  }: Pick<Verified, 'route' | 'head' | 'bodyBytes' | 'stripped' | 'venue'>,
  { policy }: Pick<Ports, 'policy'>,
): Result<Orders | undefined, readonly Misread[]> {
  const adapter = policy.orders.get(route)
  if (adapter === undefined) return ok(undefined)
  // As the broker gets it, octet for octet.
  const { target, body } = stripped ?? { target: head.target, body: bodyBytes }
  const [path, query] = splitTarget(target)
  const read = adapter.read(
    {
      method: head.method,
      path,
      query,
      params: routeParameters(route, head.path),
      contentType: head.headers.get('content-type') ?? undefined,
      contentEncoding: head.headers.get('content-encoding') ?? undefined,
      body,
    },
    (symbol) => policy.symbolOf(venue, symbol),
  )
  return read.ok ? ok({ intents: read.value, adapter }) : read
}

/** What was asked for by a request that no account has judged; of what was not understood, that it was there. */
export function unjudgedOrders(
  reached: Reached,
  { code }: Refusal,
  ports: Pick<Ports, 'policy'>,
): OutcomeRecord['refusedOrders'] {
  const { route, venue, head, bodyBytes, stripped, operation, receivedAtMs } = reached
  // What a control refused is in the account's own record.
  if (route === undefined || bodyBytes === undefined || operation === undefined) return undefined
  if (code.startsWith('risk_') || !ports.policy.orders.has(route)) return undefined
  const read = readOrders({ route, venue, head, bodyBytes, stripped }, ports)
  // A card number may be in any field.
  if (!read.ok || code === 'card_number')
    return [{ event: operation.kind === 'cancel' ? 'CAME' : 'NEWO', fields: {} }]
  return read.value?.intents.slice(0, MOST_RECORDED).map((intent) => ({
    event: eventOf(intent),
    fields: fieldsOf(intent, intent.action === 'new' ? intent : undefined, {}, receivedAtMs),
  }))
}

/** Judges what a request wants of the market, and counts it. `undefined`: it wants nothing of it. */
export async function judgeRisk(
  admitted: Admitted,
  firm: Promise<FirmCopy> | undefined,
  ports: Ports,
): Promise<Result<Counted | undefined, Refusal>> {
  const read = readOrders(admitted, ports)
  if (!read.ok) return notUnderstood(read.error)
  if (read.value === undefined) return unread(admitted)
  const { intents, adapter } = read.value
  const { account } = admitted.grant
  const verdict = await asked(admitted, intents, firm, ports).catch(() => undefined)
  if (verdict === undefined) {
    // It may have been counted all the same: the account is told that it never left.
    ports.waitUntil(ports.forgetRisk(account, admitted.attempt))
    return refuse('guard_unavailable', {
      reason: 'the order could not be judged',
      detail: 'The order was not forwarded. Sign it again.',
      retryAfterSeconds: 1,
    })
  }
  if ('passed' in verdict)
    return ok({ ...verdict.passed, account, attempt: admitted.attempt, intents, adapter })
  if ('held' in verdict) return heldBack(verdict.held)
  if ('refused' in verdict) return { ok: false, error: refusalOf(verdict.refused) }
  return refuse('audit_unavailable', { retryAfterSeconds: 1 })
}

/** The kill switch lets through what reduces, and this does not; or nothing. */
function heldBack(force: Force): Result<undefined, Refusal> {
  const judged = judgeLevel('order', force)
  return judged.ok ? refuse('guard_unavailable', { retryAfterSeconds: 1 }) : judged
}

/** An order that no adapter reads may be anything: where only what reduces may pass, it does not. */
function unread({ operation, grant }: Admitted): Result<undefined, Refusal> {
  const judged =
    operation.kind === 'order' && grant.force ? judgeLevel('order', grant.force) : ok(undefined)
  return judged.ok ? ok(undefined) : judged
}

function notUnderstood(misreads: readonly Misread[]) {
  return refuse('invalid_body', {
    reason: 'the order was not understood',
    detail: 'The order was not forwarded: something in it has no meaning here.',
    members: { errors: misreads.map(({ pointer, reason }) => ({ pointer, reason })) },
  })
}

async function asked(
  admitted: Admitted,
  intents: readonly Intent[],
  firm: Promise<FirmCopy> | undefined,
  ports: Ports,
): Promise<RiskVerdict> {
  const { account } = admitted.grant
  const ask = await askOf(admitted, intents, await (firm ?? ports.firm()), ports)
  const judged = ports.judgeRisk(account, ask).catch((error: unknown) => {
    if (isOverloaded(error)) throw error
    return ports.judgeRisk(account, ask)
  })
  return within(JUDGE_TIMEOUT_MS, judged)
}

async function askOf(
  admitted: Admitted,
  intents: readonly Intent[],
  firm: FirmCopy,
  ports: Ports,
): Promise<RiskAsk> {
  const { grant, credential, session, operation, verdict, bodyBytes, stripped } = admitted
  const nowMs = ports.nowMs()
  const maxAgeMs = ports.policy.risk.reference.maxAgeSeconds * 1_000
  // Which symbol a change is of, its order says: then every price may be needed.
  const isReplacing = intents.some(({ action }) => action === 'replace')
  const named = intents.flatMap((intent) => ('symbol' in intent ? (intent.symbol ?? []) : []))
  const symbols = isReplacing ? [...ports.policy.instruments.keys()] : named
  return {
    ...ports.judge,
    attempt: admitted.attempt,
    requestId: admitted.requestId,
    sequence: verdict.sequence,
    keyId: grant.keyId,
    credentialId: credential.id,
    account: grant.account,
    user: grant.user,
    session: session?.sid,
    operation: operation.id,
    route: admitted.route,
    kind: operation.kind,
    requestHash: admitted.requestHash,
    address: admitted.place.address,
    receivedAtMs: admitted.receivedAtMs,
    bodyHash: toHex(await sha256(bodyBytes)),
    ...(stripped === undefined || equalBytes(stripped.body, bodyBytes)
      ? {}
      : { sentBodyHash: toHex(await sha256(stripped.body)) }),
    intents,
    references: Object.fromEntries(
      symbols.flatMap((symbol) => {
        const reference = firm.reference(symbol, nowMs, maxAgeMs)
        return reference === undefined ? [] : [[symbol, reference]]
      }),
    ),
    firm: firm.view,
    force: forceNow(admitted, named, ports),
  }
}

/** The stricter of what holds the key or its account, and of what Workers know. */
function forceNow({ operation, grant }: Admitted, symbols: readonly string[], ports: Ports): Force {
  const wide = ports.control.force({ operation: operation.id, symbols })
  const own = grant.force
  return own !== undefined && stricter(wide.level, own.level) === own.level ? own : wide
}

function refusalOf(refused: Extract<RiskVerdict, { refused: unknown }>['refused']): Refusal {
  const { control, scope, limit, actual, index, orderHash } = refused
  const code = `risk_${control}` as const
  return {
    code,
    detail: `${REFUSALS[code].title}: the limit is ${limit}, with this order it would be ${actual}. The order was not forwarded.`,
    members: { scope, limit, actual, index, orderHash },
  }
}

/** The broker's answer, with what it says of each order. */
interface Settled {
  readonly answered: Result<Response, Refusal>
  readonly orders: NonNullable<OutcomeRecord['origin']>['orders']
}

/** Tells the account what became of its orders, beside the answer's way to the client. */
export async function settleRisk(
  counted: Counted | undefined,
  forwarded: Result<Response, Refusal>,
  ports: Ports,
): Promise<Settled> {
  if (counted === undefined) return { answered: forwarded, orders: undefined }
  const { account, number, attempt, adapter, intents } = counted
  const tell = (answers: readonly Answered[] | undefined | 'never') =>
    ports.waitUntil(ports.settleRisk(account, number, answers, attempt))
  if (!forwarded.ok) {
    tell(forwarded.error.members?.['outcome'] === 'unknown' ? undefined : 'never')
    return { answered: forwarded, orders: undefined }
  }
  const { status, headers } = forwarded.value
  // A length that was not said is bounded by nothing: such an answer is passed on unread.
  const length = Number(headers.get('content-length') ?? Number.NaN)
  if (!(length <= MOST_ANSWER)) {
    tell(undefined)
    return { answered: forwarded, orders: undefined }
  }
  const read = within(ports.policy.origin.timeoutMs, forwarded.value.arrayBuffer())
  const buffer = await read.catch(() => undefined)
  if (buffer === undefined) {
    tell(undefined)
    return { answered: originFailed(true, true), orders: undefined }
  }
  const body = new Uint8Array(buffer)
  const answers = adapter.readAnswer(status, body, intents)
  tell(answers)
  const orders = answers
    .slice(0, MOST_RECORDED)
    .map(({ orderId, clientOrderId, status: became, filled }) => ({
      orderId,
      clientOrderId,
      status: became,
      filled: filled === undefined ? undefined : decimalText(filled),
    }))
  const empty = status === 204 || status === 304
  return { answered: ok(new Response(empty ? null : body, forwarded.value)), orders }
}

function splitTarget(target: string): readonly [string, string | undefined] {
  const at = target.indexOf('?')
  return at < 0 ? [target, undefined] : [target.slice(0, at), target.slice(at + 1)]
}
