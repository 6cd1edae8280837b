import { NO_OPTIONS, readWords, say, type Command } from '../command.ts'
import { demoOtp, OTP_OPTION, readOtp } from '../otp.ts'
import { beginSession, endSession } from '../session.ts'
import { signWith } from '../sign-with.ts'
import { facts } from '../table.ts'
import { WrongUse } from '../wrong-use.ts'

export const login: Command = {
  synopsis: '[KEY] [--otp OTP | --demo-otp] [--profile FILE] [--session FILE] [--json]',
  summary: 'Begin a session with the profile’s credential, or with a key of the demo.',

  async run(words) {
    const own = { ...OTP_OPTION, 'demo-otp': { type: 'boolean', default: false } } as const
    const { options, positionals } = readWords(words, own)
    const [name, ...rest] = positionals
    if (rest.length > 0) throw new WrongUse('At most one key is named')
    const by = signWith(options, name)
    const otp = options['demo-otp'] ? await demoOtp(options.demo, name) : await readOtp(options)
    const { user, keyId, sid, gateway } = await beginSession(options.session, by, otp)
    const shown = facts([
      ['logged in', user],
      ['key', keyId],
      ['session', sid],
      ['gateway', gateway],
      ['kept in', options.session],
    ])
    say(options.json, { user, keyId, sid, gateway, file: options.session }, shown)
    return 0
  },
}

export const logout: Command = {
  synopsis: '[--session FILE] [--json]',
  summary: 'End the session.',

  async run(words) {
    const { options, positionals } = readWords(words, NO_OPTIONS)
    if (positionals.length > 0) throw new WrongUse('logout takes no words')
    const { user, sid } = await endSession(options)
    say(options.json, { user, sid, status: 'ended' }, `Ended the session ${sid} of ${user}.`)
    return 0
  },
}
