import {
  expectOption,
  expectWords,
  readWords,
  say,
  segment,
  type Command,
  type Group,
} from '../command.ts'
import { expectAnswer } from '../gateway.ts'
import { useSession } from '../session.ts'
import { showCommand } from '../show.ts'
import { Key, Keys, keysText, keyText } from '../shapes.ts'
import { addresses, limits, permissions } from './keys-change.ts'
import { create, pair, rotate } from './keys-make.ts'
import { self } from './keys-self.ts'

const PATH = '/gw/v1/admin/keys'

const list: Command = {
  synopsis: '[--user ID] [--after KEY] [--json]',
  summary: 'Keys, fifty at a time; of one person with --user.',

  async run(words) {
    const own = { user: { type: 'string' }, after: { type: 'string' } } as const
    const { options, positionals } = readWords(words, own)
    expectWords(positionals, [])
    const query = new URLSearchParams()
    if (options.user !== undefined) query.set('user', segment(options.user))
    if (options.after !== undefined) query.set('after', segment(options.after))
    const path = query.size === 0 ? PATH : `${PATH}?${query}`
    const session = await useSession(options)
    const answer = await session.call({ method: 'GET', path })
    say(options.json, answer.json, keysText(expectAnswer(Keys, answer)))
    return 0
  },
}

const show = showCommand(PATH, 'KEY', 'One key with its credentials.', Key, keyText)

function statusCommand(
  verb: 'suspend' | 'resume' | 'revoke',
  done: string,
  summary: string,
): Command {
  return {
    synopsis: 'KEY --reason TEXT [--json]',
    summary,
    async run(words) {
      const { options, positionals } = readWords(words, { reason: { type: 'string' } })
      const [id = ''] = expectWords(positionals, ['the KEY'])
      const path = `${PATH}/${segment(id)}/${verb}`
      const body = { reason: expectOption(options.reason, 'reason') }
      const session = await useSession(options)
      const { json } = await session.call({ method: 'POST', path, body })
      say(options.json, json, `${id} ${done}.`)
      return 0
    },
  }
}

export const keys: Group = {
  summary: 'Keys and their credentials.',
  verbs: {
    list,
    show,
    create,
    rotate,
    suspend: statusCommand('suspend', 'is suspended', 'Let a key do nothing for now.'),
    resume: statusCommand('resume', 'is active', 'Let a suspended key go on.'),
    revoke: statusCommand('revoke', 'is revoked', 'End a key for good.'),
    permissions,
    addresses,
    limits,
    self,
    pair,
  },
}
