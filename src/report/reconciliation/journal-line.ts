/**
 * One line of the origin's own journal, in the neutral form of docs/reports.md: a JSON object for each request that
 * reached the origin. Members that are not listed here are the origin's own business.
 */
import * as v from 'valibot'
import { readDecimal } from '../../lib/decimal.ts'
import { parseStrict } from '../../lib/json.ts'
import { ok, type Result } from '../../lib/result.ts'
import { readRfc3339 } from '../../lib/time.ts'

const Text = v.pipe(v.string(), v.maxLength(2_048))
/** `null` is how many programs write what they do not have. */
const told = <S extends v.GenericSchema>(schema: S) => v.nullish(schema)

const Amount = v.pipe(
  Text,
  v.check((text) => readDecimal(text) !== undefined, 'an amount is a decimal in a text: "0.01"'),
)
const Hash = v.pipe(
  v.string(),
  v.regex(/^[0-9a-fA-F]{64}$/, 'a SHA-256 is 64 hexadecimal digits'),
  v.toLowerCase(),
)
const TIME = 'a time is in milliseconds since 1970, or as RFC 3339 writes it'
const Instant = v.union(
  [
    v.pipe(v.number(), v.finite(), v.minValue(1, TIME)),
    v.pipe(
      v.string(),
      v.transform(readRfc3339),
      v.check((atMs) => atMs > 0, TIME),
    ),
  ],
  TIME,
)

/** What the origin made of one order of the request. */
const OrderSchema = v.object({
  symbol: told(Text),
  side: told(v.picklist(['buy', 'sell'])),
  quantity: told(Amount),
  price: told(Amount),
  clientOrderId: told(Text),
  orderId: told(Text),
  status: told(v.picklist(['open', 'filled', 'cancelled', 'rejected'])),
})

const LineSchema = v.object({
  receivedAt: Instant,
  method: v.pipe(v.string(), v.regex(/^[A-Z]+$/, 'a method is written in capitals')),
  path: v.pipe(Text, v.startsWith('/', 'a path begins with a slash')),
  requestId: told(v.pipe(Text, v.minLength(1))),
  account: told(Text),
  status: told(v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(599))),
  bodySha256: told(Hash),
  body: told(v.string()),
  orders: told(v.pipe(v.array(OrderSchema), v.maxLength(10_000))),
})

export type JournalOrder = v.InferOutput<typeof OrderSchema>

export interface JournalLine {
  readonly file: string
  readonly line: number
  readonly atMs: number
  readonly method: string
  /** With its query. */
  readonly target: string
  readonly targetHash: string
  readonly requestId: string | undefined
  readonly account: string | undefined
  readonly status: number | undefined
  /** What the line says of the body: the hash that it names, and the hash of the text that it has. */
  readonly bodyHashes: readonly string[]
  readonly orders: readonly JournalOrder[] | undefined
}

/** SHA-256 of a text as UTF-8, hexadecimal. */
export type HashText = (text: string) => string

/** What stands in the place of octets that are no text: such a body is not what it was. */
const LOST = '\ufffd'

/** The line, or what is wrong with it: every problem, each with its place, and nothing that it says. */
export function readJournalLine(
  text: string,
  { file, line }: Pick<JournalLine, 'file' | 'line'>,
  hash: HashText,
): Result<JournalLine, string> {
  const parsed = parseStrict(text)
  if (!parsed.ok) return parsed
  const read = v.safeParse(LineSchema, parsed.value)
  if (!read.success) return { ok: false, error: read.issues.map(problemOf).join('; ') }
  const { receivedAt, method, path, bodySha256, body, ...rest } = read.output
  const hashOfText = typeof body === 'string' && !body.includes(LOST) ? hash(body) : undefined
  return ok({
    file,
    line,
    atMs: receivedAt,
    method,
    target: path,
    targetHash: hash(path),
    requestId: rest.requestId ?? undefined,
    account: rest.account ?? undefined,
    status: rest.status ?? undefined,
    bodyHashes: [bodySha256, hashOfText].filter((one) => typeof one === 'string'),
    orders: rest.orders ?? undefined,
  })
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  const place = v.getDotPath(issue) ?? 'line'
  if (issue.received === 'undefined') return `${place}: is missing`
  const said =
    issue.kind === 'schema' ? `is not ${issue.expected ?? 'as it must be'}` : issue.message
  return `${place}: ${issue.type === 'union' ? issue.message : said}`
}

/** Methods that RFC 9110 (section 9.2.1) calls safe: a request with one of them asks and does nothing. */
export const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])
