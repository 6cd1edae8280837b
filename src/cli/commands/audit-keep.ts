/** How long what was recorded can be read: holds, and destroying what was recorded of a person. */
import * as v from 'valibot'
import {
  expectOption,
  expectWords,
  NO_OPTIONS,
  readWords,
  say,
  segment,
  type Command,
} from '../command.ts'
import { expectAnswer } from '../gateway.ts'
import { useSession } from '../session.ts'
import { table, time } from '../table.ts'

const PATH = '/gw/v1/admin/audit'
const REASON = { reason: { type: 'string' } } as const

const Holds = v.object({
  items: v.array(
    v.object({
      id: v.string(),
      subject: v.string(),
      reason: v.string(),
      by: v.string(),
      at: v.string(),
    }),
  ),
})
const Made = v.object({ id: v.string() })
const Shredded = v.object({ user: v.string(), keysDestroyed: v.number() })

export const holds: Command = {
  synopsis: '[--json]',
  summary: 'What is held: no record of it is destroyed, whatever is due.',

  async run(words) {
    const { options, positionals } = readWords(words, NO_OPTIONS)
    expectWords(positionals, [])
    const answer = await (await useSession(options)).call({ method: 'GET', path: `${PATH}/holds` })
    const { items } = expectAnswer(Holds, answer)
    const rows = items.map(({ id, subject, by, at, reason }) => [id, subject, by, time(at), reason])
    const titles = ['id', 'of', 'by', 'at', 'reason'].map((title) => ({ title }))
    const text = table(titles, rows)
    say(options.json, answer.json, items.length === 0 ? 'Nothing is held.' : text)
    return 0
  },
}

export const hold: Command = {
  synopsis: 'USER|* --reason TEXT [--json]',
  summary: 'Hold the records of a person, or with * of everybody, until the hold is released.',

  async run(words) {
    const { options, positionals } = readWords(words, REASON)
    const [subject = ''] = expectWords(positionals, ['the USER, or *'])
    const body = { subject, reason: expectOption(options.reason, 'reason') }
    const session = await useSession(options)
    const answer = await session.call({ method: 'POST', path: `${PATH}/holds`, body })
    const { id } = expectAnswer(Made, answer)
    say(options.json, answer.json, `Held as ${id}. To release it: portcullis audit release ${id}`)
    return 0
  },
}

export const release: Command = {
  synopsis: 'HOLD --reason TEXT [--json]',
  summary: 'End a hold: what was due before is due now.',

  async run(words) {
    const { options, positionals } = readWords(words, REASON)
    const [id = ''] = expectWords(positionals, ['the HOLD'])
    const body = { reason: expectOption(options.reason, 'reason') }
    const session = await useSession(options)
    const path = `${PATH}/holds/${segment(id)}/release`
    const answer = await session.call({ method: 'POST', path, body })
    say(options.json, answer.json, `The hold ${expectAnswer(Made, answer).id} is released.`)
    return 0
  },
}

export const shred: Command = {
  synopsis: 'USER --reason TEXT --approver USER --ticket TEXT [--json]',
  summary: 'Destroy for good what can be read of a person in the log. The log stays whole.',

  async run(words) {
    const own = { ...REASON, approver: { type: 'string' }, ticket: { type: 'string' } } as const
    const { options, positionals } = readWords(words, own)
    const [user = ''] = expectWords(positionals, ['the USER'])
    const body = {
      user,
      reason: expectOption(options.reason, 'reason'),
      approver: expectOption(options.approver, 'approver'),
      ticket: expectOption(options.ticket, 'ticket'),
    }
    const session = await useSession(options)
    const answer = await session.call({ method: 'POST', path: `${PATH}/shred`, body })
    const { keysDestroyed } = expectAnswer(Shredded, answer)
    const text = `What was recorded of ${user} opens no more: ${keysDestroyed} keys are destroyed.`
    say(options.json, answer.json, text)
    return 0
  },
}
