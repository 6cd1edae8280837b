/** `keys permissions`, `keys addresses`, `keys limits`: what a key may do, from where, how often. */
import {
  expectOption,
  expectWords,
  listOf,
  readWords,
  say,
  segment,
  type Command,
} from '../command.ts'
import { expectAnswer } from '../gateway.ts'
import { change, useSession } from '../session.ts'
import { Key, keyText } from '../shapes.ts'
import { WrongUse } from '../wrong-use.ts'

const PATH = '/gw/v1/admin/keys'

function listCommand(member: 'permissions' | 'addresses', what: string, summary: string): Command {
  return {
    synopsis: `KEY --${member} ${what},… --reason TEXT [--json]`,
    summary,
    async run(words) {
      const own = { [member]: { type: 'string' }, reason: { type: 'string' } } as const
      const { options, positionals } = readWords(words, own)
      const [id = ''] = expectWords(positionals, ['the KEY'])
      const path = `${PATH}/${segment(id)}`
      const items = options[member]
      if (typeof items !== 'string') throw new WrongUse(`Missing: --${member}`)
      const body = { [member]: listOf(items), reason: expectOption(options.reason, 'reason') }
      const answer = await change(await useSession(options), path, member, body)
      say(options.json, answer.json, keyText(expectAnswer(Key, answer)))
      return 0
    },
  }
}

export const permissions = listCommand(
  'permissions',
  'P',
  'What a key may do, in place of what it may now; --permissions= takes all away.',
)

export const addresses = listCommand(
  'addresses',
  'CIDR',
  'From where a key may be used, in place of what is set now; --addresses= is from anywhere.',
)

/** `burst=20/1`: a name, how many units, in how many seconds. */
export function limitOf(text: string) {
  const [, name, limit, windowSeconds] = /^([a-z0-9._-]+)=([0-9]+)\/([0-9]+)$/.exec(text) ?? []
  if (name === undefined)
    throw new WrongUse(`A limit is written NAME=UNITS/SECONDS, such as burst=5/1, not "${text}"`)
  return { name, limit: Number(limit), windowSeconds: Number(windowSeconds) }
}

export const LIMIT_OPTION = { limit: { type: 'string', multiple: true } } as const

export const limits: Command = {
  synopsis:
    'KEY --limit NAME=UNITS/SECONDS … --reason TEXT [--approver USER --ticket TEXT --expires TIME] [--json]',
  summary:
    'A key’s own limits. To raise one takes an approver in the role risk, a ticket and an end.',

  async run(words) {
    const own = {
      ...LIMIT_OPTION,
      reason: { type: 'string' },
      approver: { type: 'string' },
      ticket: { type: 'string' },
      expires: { type: 'string' },
    } as const
    const { options, positionals } = readWords(words, own)
    const [id = ''] = expectWords(positionals, ['the KEY'])
    const path = `${PATH}/${segment(id)}`
    const { approver, ticket, expires } = options
    const body = {
      limits: (options.limit ?? []).map(limitOf),
      reason: expectOption(options.reason, 'reason'),
      ...(approver === undefined ? {} : { approver }),
      ...(ticket === undefined ? {} : { ticket }),
      ...(expires === undefined ? {} : { expiresAt: expires }),
    }
    if (body.limits.length === 0) throw new WrongUse('Missing: --limit NAME=UNITS/SECONDS')
    const answer = await change(await useSession(options), path, 'limits', body)
    say(options.json, answer.json, keyText(expectAnswer(Key, answer)))
    return 0
  },
}
