/** `risk`: limits of accounts and of everybody, what their orders come to, and what only a person may do about them. */
import fs from 'node:fs'
import * as v from 'valibot'
import { readTime } from '../../lib/time.ts'
import {
  expectOption,
  expectWords,
  NO_OPTIONS,
  readWords,
  say,
  segment,
  type Command,
  type Group,
} from '../command.ts'
import { expectAnswer, type Answer } from '../gateway.ts'
import { Account, accountText, Firm, firmText } from '../risk-text.ts'
import { useSession, type Session } from '../session.ts'
import { WrongUse } from '../wrong-use.ts'

const ACCOUNTS = '/gw/v1/admin/accounts'
const FIRM = '/gw/v1/admin/firm/risk'

const WHY = {
  limits: { type: 'string' },
  reason: { type: 'string' },
  approver: { type: 'string' },
  ticket: { type: 'string' },
  expires: { type: 'string' },
} as const

type Why = { readonly [name in keyof typeof WHY]?: string | undefined }

const Json = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()))

/** The limits as they are written in a file, or on the command line itself. */
function limitsOf(text: string): Record<string, unknown> {
  const written = text.trimStart().startsWith('{') ? text : readFile(text)
  const read = v.safeParse(Json, written)
  if (!read.success)
    throw new WrongUse('--limits is a file with a JSON object, or the object itself')
  return read.output
}

function readFile(name: string): string {
  try {
    return fs.readFileSync(name, 'utf8')
  } catch {
    throw new WrongUse(`Cannot read the file ${name}`)
  }
}

function bodyOf({ limits, reason, approver, ticket, expires }: Why): object {
  return {
    limits: limitsOf(expectOption(limits, 'limits')),
    reason: expectOption(reason, 'reason'),
    ...(approver === undefined ? {} : { approver }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(expires === undefined ? {} : { expiresAt: instantOf(expires) }),
  }
}

/** A day alone is none: it would not say in which place it ends. */
function instantOf(text: string): string {
  if (readTime(text) === undefined || !text.includes('T'))
    throw new WrongUse('--expires is a time such as 2026-01-31T12:00:00Z')
  return text
}

/** Puts something in the place of what is there now, or not at all. */
async function replace(session: Session, path: string, body: object): Promise<Answer> {
  const { etag } = await session.call({ method: 'GET', path })
  if (etag === undefined)
    throw new Error(`The gateway did not say which revision of ${path} it has`)
  return session.call({ method: 'PUT', path, headers: { 'if-match': etag }, body })
}

const show: Command = {
  synopsis: 'ACCOUNT [--json]',
  summary: 'Limits of an account, what its orders come to, and what is open, unknown or stopped.',
  async run(words) {
    const { options, positionals } = readWords(words, NO_OPTIONS)
    const [id = ''] = expectWords(positionals, ['the ACCOUNT'])
    const session = await useSession(options)
    const answer = await session.call({ method: 'GET', path: `${ACCOUNTS}/${segment(id)}/risk` })
    say(options.json, answer.json, accountText(expectAnswer(Account, answer)))
    return 0
  },
}

const set: Command = {
  synopsis:
    'ACCOUNT --limits FILE --reason TEXT [--approver USER --ticket TEXT --expires TIME] [--json]',
  summary:
    'The limits of an account. A raise takes an approver in the role risk, a ticket and an end.',
  async run(words) {
    const { options, positionals } = readWords(words, WHY)
    const [id = ''] = expectWords(positionals, ['the ACCOUNT'])
    const path = `${ACCOUNTS}/${segment(id)}/risk`
    const body = bodyOf(options)
    const answer = await replace(await useSession(options), path, body)
    say(options.json, answer.json, accountText(expectAnswer(Account, answer)))
    return 0
  },
}

const firm: Command = {
  synopsis: '[--limits FILE --reason TEXT [--approver USER --ticket TEXT --expires TIME]] [--json]',
  summary: 'What holds for everybody, and what accounts hold of it; with --limits, sets it.',
  async run(words) {
    const { options, positionals } = readWords(words, WHY)
    expectWords(positionals, [])
    const body = options.limits === undefined ? undefined : bodyOf(options)
    const session = await useSession(options)
    const answer =
      body === undefined
        ? await session.call({ method: 'GET', path: FIRM })
        : await replace(session, FIRM, body)
    say(options.json, answer.json, firmText(expectAnswer(Firm, answer)))
    return 0
  },
}

interface Said {
  readonly outcome?: string | undefined
  readonly 'daily-value'?: string | undefined
  readonly 'daily-orders'?: string | undefined
}

/** A command that does one thing to something of an account. */
function act(
  synopsis: string,
  summary: string,
  names: readonly string[],
  options: Readonly<Record<string, { readonly type: 'string' }>>,
  pathAndBody: (ids: readonly string[], given: Why & Said) => readonly [string, object],
): Command {
  return {
    synopsis: `${synopsis} [--json]`,
    summary,
    async run(words) {
      const own = {
        reason: { type: 'string' },
        ticket: { type: 'string' },
        expires: { type: 'string' },
        outcome: { type: 'string' },
        'daily-value': { type: 'string' },
        'daily-orders': { type: 'string' },
      } as const
      const { options: given, positionals } = readWords(words, own)
      const some = ['ticket', 'expires', 'outcome', 'daily-value', 'daily-orders'] as const
      const unknown = some.find((name) => given[name] !== undefined && options[name] === undefined)
      if (unknown !== undefined) throw new WrongUse(`Unknown option '--${unknown}'`)
      const ids = expectWords(positionals, names)
      const [path, body] = pathAndBody(ids.map(segment), given)
      const session = await useSession(given)
      const answer = await session.call({ method: 'POST', path, body })
      say(given.json, answer.json, accountText(expectAnswer(Account, answer)))
      return 0
    },
  }
}

const TEXT = { type: 'string' } as const

const override = act(
  'ACCOUNT ORDERHASH --reason TEXT --ticket TEXT --expires TIME',
  'Asks that one refused order may pass once, within 15 minutes; somebody else approves it.',
  ['the ACCOUNT', 'the ORDERHASH of the refusal'],
  { ticket: TEXT, expires: TEXT },
  ([account = '', orderHash = ''], { reason, ticket, expires }) => [
    `${ACCOUNTS}/${account}/risk/overrides`,
    {
      orderHash,
      reason: expectOption(reason, 'reason'),
      ticket: expectOption(ticket, 'ticket'),
      expiresAt: instantOf(expectOption(expires, 'expires')),
    },
  ],
)

const approve = act(
  'ACCOUNT OVERRIDE --reason TEXT',
  'Approves an override that somebody else asked for.',
  ['the ACCOUNT', 'the OVERRIDE'],
  {},
  ([account = '', id = ''], { reason }) => [
    `${ACCOUNTS}/${account}/risk/overrides/${id}/approve`,
    { reason: expectOption(reason, 'reason') },
  ],
)

const release = act(
  'ACCOUNT LATCH --reason TEXT',
  'Lets a key go on with orders that were stopped because they came again and again.',
  ['the ACCOUNT', 'the LATCH'],
  {},
  ([account = '', id = ''], { reason }) => [
    `${ACCOUNTS}/${account}/risk/latches/${id}/release`,
    { reason: expectOption(reason, 'reason') },
  ],
)

const reconcile = act(
  'ACCOUNT REQUEST --outcome never|over --reason TEXT',
  'Says what became of an order of which nobody knew: the broker never had it, or it trades no more.',
  ['the ACCOUNT', 'the REQUEST'],
  { outcome: TEXT },
  ([account = '', requestId = ''], { reason, outcome }) => [
    `${ACCOUNTS}/${account}/risk/reconcile`,
    {
      requestId,
      outcome: expectOption(outcome, 'outcome'),
      reason: expectOption(reason, 'reason'),
    },
  ],
)

const confirm = act(
  'ACCOUNT --daily-value AMOUNT --daily-orders N --reason TEXT',
  'Lets orders pass again after the account was restored, with what came to the day since.',
  ['the ACCOUNT'],
  { 'daily-value': TEXT, 'daily-orders': TEXT },
  ([account = ''], { reason, 'daily-value': value, 'daily-orders': orders }) => [
    `${ACCOUNTS}/${account}/risk/restored/confirm`,
    {
      dailyValue: expectOption(value, 'daily-value'),
      dailyOrders: Number(expectOption(orders, 'daily-orders')),
      reason: expectOption(reason, 'reason'),
    },
  ],
)

export const risk: Group = {
  summary: 'Limits of orders, what they come to, and what only a person may do about them.',
  verbs: { show, set, firm, override, approve, release, reconcile, confirm },
}
