import * as v from 'valibot'
import {
  expectOption,
  expectWords,
  listOf,
  readWords,
  say,
  segment,
  type Command,
  type Group,
} from '../command.ts'
import { enrolmentText, recoveryText } from '../enrolment.ts'
import { expectAnswer } from '../gateway.ts'
import { OTP_OPTION, readOtp } from '../otp.ts'
import { change, useSession } from '../session.ts'
import { showCommand } from '../show.ts'
import { User, Users, usersText, userText } from '../shapes.ts'

const PATH = '/gw/v1/admin/users'
const Totp = v.object({ secret: v.string(), uri: v.string() })
const Made = v.object({ userId: v.string(), totp: Totp })
const Confirmed = v.object({ recoveryCodes: v.array(v.string()) })
const REASON = { reason: { type: 'string' } } as const
const ROLES = { roles: { type: 'string' } } as const

const list: Command = {
  synopsis: '[--after ID] [--json]',
  summary: 'Everybody, fifty at a time.',

  async run(words) {
    const { options, positionals } = readWords(words, { after: { type: 'string' } })
    expectWords(positionals, [])
    const session = await useSession(options)
    const query = options.after === undefined ? '' : `?after=${segment(options.after)}`
    const answer = await session.call({ method: 'GET', path: PATH + query })
    say(options.json, answer.json, usersText(expectAnswer(Users, answer)))
    return 0
  },
}

const show = showCommand(PATH, 'USER', 'One person.', User, userText)

const create: Command = {
  synopsis: 'NAME --roles ROLE,… [--json]',
  summary: 'Make a person. What their authenticator needs is shown once.',

  async run(words) {
    const { options, positionals } = readWords(words, ROLES)
    const [name = ''] = expectWords(positionals, ['the person’s NAME'])
    const roles = listOf(expectOption(options.roles, 'roles'))
    const session = await useSession(options)
    const answer = await session.call({ method: 'POST', path: PATH, body: { name, roles } })
    const { userId, totp } = expectAnswer(Made, answer)
    const next = `Then, with the password that the app shows: portcullis users confirm ${userId}`
    say(options.json, answer.json, `Made ${userId}.\n\n${enrolmentText(totp)}\n\n${next}`)
    return 0
  },
}

const roles: Command = {
  synopsis: 'USER --roles ROLE,… --reason TEXT [--json]',
  summary: 'Give a person these roles in place of what they have; --roles= takes all away.',

  async run(words) {
    const { options, positionals } = readWords(words, { ...ROLES, ...REASON })
    const [id = ''] = expectWords(positionals, ['the USER'])
    const path = `${PATH}/${segment(id)}`
    const wanted = options.roles ?? expectOption(undefined, 'roles')
    const body = { roles: listOf(wanted), reason: expectOption(options.reason, 'reason') }
    const answer = await change(await useSession(options), path, 'roles', body)
    say(options.json, answer.json, userText(expectAnswer(User, answer)))
    return 0
  },
}

const confirm: Command = {
  synopsis: 'USER [--otp OTP] [--json]',
  summary: 'Show that the authenticator works. Recovery codes are shown once.',

  async run(words) {
    const { options, positionals } = readWords(words, OTP_OPTION)
    const [id = ''] = expectWords(positionals, ['the USER'])
    const path = `${PATH}/${segment(id)}/totp/confirm`
    const session = await useSession(options)
    const otp = await readOtp(options, 'One-time password of the new app')
    const answer = await session.call({ method: 'POST', path, body: { otp } })
    say(options.json, answer.json, recoveryText(expectAnswer(Confirmed, answer).recoveryCodes))
    return 0
  },
}

const reset: Command = {
  synopsis: 'USER --reason TEXT [--json]',
  summary: 'Enrol an authenticator anew. Every session of the person ends.',

  async run(words) {
    const { options, positionals } = readWords(words, REASON)
    const [id = ''] = expectWords(positionals, ['the USER'])
    const path = `${PATH}/${segment(id)}/totp/reset`
    const body = { reason: expectOption(options.reason, 'reason') }
    const session = await useSession(options)
    const answer = await session.call({ method: 'POST', path, body })
    const { userId, totp } = expectAnswer(Made, answer)
    const next = `Then an owner confirms it: portcullis users confirm ${userId}`
    say(options.json, answer.json, `${enrolmentText(totp)}\n\n${next}`)
    return 0
  },
}

export const users: Group = {
  summary: 'People and their roles.',
  verbs: { list, show, create, roles, confirm, reset },
}
