import {
  NO_OPTIONS,
  readWords,
  say,
  segment,
  expectWords,
  type Command,
  type Group,
} from '../command.ts'
import { expectAnswer } from '../gateway.ts'
import { useSession } from '../session.ts'
import { Sessions, sessionsText } from '../shapes.ts'
import { WrongUse } from '../wrong-use.ts'

const OPTIONS = { ...NO_OPTIONS, user: { type: 'string' } } as const

const list: Command = {
  synopsis: '[--user ID] [--json]',
  summary: 'A person’s sessions; your own if nobody is named.',

  async run(words) {
    const { options, positionals } = readWords(words, OPTIONS)
    expectWords(positionals, [])
    const session = await useSession(options)
    const user = segment(options.user ?? session.user)
    const answer = await session.call({
      method: 'GET',
      path: `/gw/v1/admin/users/${user}/sessions`,
    })
    say(options.json, answer.json, sessionsText(expectAnswer(Sessions, answer), session.sid))
    return 0
  },
}

const end: Command = {
  synopsis: '[SID] [--user ID] [--json]',
  summary: 'End one session, or every session of the person that --user names.',

  async run(words) {
    const { options, positionals } = readWords(words, OPTIONS)
    const [sid, ...rest] = positionals
    if (rest.length > 0) throw new WrongUse('One session is ended at a time, or all of a person’s')
    if (sid === undefined && options.user === undefined)
      throw new WrongUse(
        'Name a session, or with --user whose sessions all end. This one ends by: portcullis logout',
      )
    const session = await useSession(options)
    const user = segment(options.user ?? session.user)
    const path = `/gw/v1/admin/users/${user}/sessions${sid === undefined ? '' : `/${segment(sid)}`}`
    const { json } = await session.call({ method: 'DELETE', path })
    const what = sid === undefined ? `Every session of ${user}` : `The session ${sid} of ${user}`
    say(options.json, json, `${what} has ended.`)
    return 0
  },
}

export const sessions: Group = {
  summary: 'Who is logged in, and since when.',
  verbs: { list, end },
}
