import {
  expectOption,
  expectWords,
  NO_OPTIONS,
  readWords,
  say,
  type Command,
  type Group,
} from '../command.ts'
import { expectAnswer } from '../gateway.ts'
import { useSession } from '../session.ts'
import { SigningKeys, signingKeysText } from '../shapes.ts'

const PATH = '/gw/v1/admin/signing-keys'

const list: Command = {
  synopsis: '[--json]',
  summary: 'The keys that sign sessions.',

  async run(words) {
    const { options, positionals } = readWords(words, NO_OPTIONS)
    expectWords(positionals, [])
    const session = await useSession(options)
    const answer = await session.call({ method: 'GET', path: PATH })
    say(options.json, answer.json, signingKeysText(expectAnswer(SigningKeys, answer)))
    return 0
  },
}

const rotate: Command = {
  synopsis: '--reason TEXT [--compromised] [--json]',
  summary: 'Let the next key sign. With --compromised the old ones verify nothing any more.',

  async run(words) {
    const own = {
      reason: { type: 'string' },
      compromised: { type: 'boolean', default: false },
    } as const
    const { options, positionals } = readWords(words, own)
    expectWords(positionals, [])
    const reason = expectOption(options.reason, 'reason')
    const session = await useSession(options)
    const body = { reason, compromised: options.compromised }
    const answer = await session.call({ method: 'POST', path: `${PATH}/rotate`, body })
    const note = options.compromised
      ? '\n\nTokens of the old keys are refused within a minute; sessions go on with new ones.'
      : ''
    say(options.json, answer.json, signingKeysText(expectAnswer(SigningKeys, answer)) + note)
    return 0
  },
}

export const signingKeys: Group = {
  summary: 'The keys that sign sessions.',
  verbs: { list, rotate },
}
