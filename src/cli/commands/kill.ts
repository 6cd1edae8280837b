/** `kill`: stop a key, an account, an operation, a symbol or everything; see what is stopped; let it go on. */
import * as v from 'valibot'
import { TRIP_LEVELS } from '../../control/level.ts'
import { SCOPE_TYPES } from '../../control/trip.ts'
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
import { expectAnswer } from '../gateway.ts'
import { useSession } from '../session.ts'
import { table } from '../table.ts'
import { WrongUse } from '../wrong-use.ts'

const KILL = '/gw/v1/admin/kill'

const Scope = v.object({ type: v.string(), id: v.optional(v.string()) })
const Trip = v.object({
  id: v.string(),
  level: v.string(),
  scope: Scope,
  drill: v.boolean(),
  at: v.string(),
  inForceBy: v.string(),
})
const Tripped = v.object({ ...Trip.entries, inFlight: v.array(v.string()) })
const Trips = v.object({
  items: v.array(
    v.object({
      ...Trip.entries,
      by: v.string(),
      reason: v.string(),
      liftedBy: v.optional(v.string()),
    }),
  ),
})
const Lifted = v.object({ id: v.string(), waiting: v.boolean() })

/** `global`, `symbol:BTC-USD`. */
function scopeOf(text: string): v.InferOutput<typeof Scope> {
  const at = text.indexOf(':')
  const [type, id] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
  if (!SCOPE_TYPES.some((known) => known === type) || (type === 'global') !== (id === undefined))
    throw new WrongUse('The SCOPE is global, or like key:ID, account:ID, operation:ID, symbol:ID')
  return { type, ...(id === undefined ? {} : { id }) }
}

function scopeText({ type, id }: v.InferOutput<typeof Scope>): string {
  return id === undefined ? type : `${type} ${id}`
}

function trippedText({
  id,
  level,
  scope,
  drill,
  inForceBy,
  inFlight,
}: v.InferOutput<typeof Tripped>) {
  const what = drill ? 'Drill' : 'Stopped'
  const isWide = scope.type !== 'key' && scope.type !== 'account'
  const flying = isWide
    ? 'Until then requests may leave, and arrive a little later.'
    : inFlight.length === 0
      ? 'Nothing was on its way.'
      : `On their way, and may still arrive:\n${inFlight.map((one) => `  ${one}`).join('\n')}`
  return `${what}: ${scopeText(scope)} at ${level}, in force by ${inForceBy}.\n${flying}\nTo let it go on: portcullis kill lift ${id} --reason TEXT`
}

const trip: Command = {
  synopsis: `SCOPE --level ${TRIP_LEVELS.join('|')} --reason TEXT [--drill] [--json]`,
  summary:
    'Stops it: global, or key:ID, account:ID, operation:ID, symbol:ID. --drill stops nothing.',
  async run(words) {
    const own = {
      level: { type: 'string' },
      reason: { type: 'string' },
      drill: { type: 'boolean', default: false },
    } as const
    const { options, positionals } = readWords(words, own)
    const [scope = ''] = expectWords(positionals, ['the SCOPE'])
    const level = expectOption(options.level, 'level')
    if (!TRIP_LEVELS.some((known) => known === level))
      throw new WrongUse(`--level is one of ${TRIP_LEVELS.join(', ')}`)
    const reason = expectOption(options.reason, 'reason')
    const body = { level, scope: scopeOf(scope), reason, drill: options.drill }
    const session = await useSession(options)
    const answer = await session.call({ method: 'POST', path: KILL, body })
    say(options.json, answer.json, trippedText(expectAnswer(Tripped, answer)))
    return 0
  },
}

const list: Command = {
  synopsis: '[--json]',
  summary: 'What is stopped, since when, by whose word and why.',
  async run(words) {
    const { options, positionals } = readWords(words, NO_OPTIONS)
    expectWords(positionals, [])
    const session = await useSession(options)
    const answer = await session.call({ method: 'GET', path: KILL })
    const { items } = expectAnswer(Trips, answer)
    const columns = [
      { title: 'ID' },
      { title: 'LEVEL' },
      { title: 'SCOPE' },
      { title: 'SINCE' },
      { title: 'BY' },
      { title: 'REASON', cut: true },
    ]
    const rows = items.map(({ id, level, scope, drill, at, by, reason, liftedBy }) => [
      id,
      drill ? `${level} (drill)` : level,
      scopeText(scope),
      at,
      by,
      liftedBy === undefined ? reason : `to be lifted, says ${liftedBy}: ${reason}`,
    ])
    say(options.json, answer.json, rows.length === 0 ? 'Nothing is stopped.' : table(columns, rows))
    return 0
  },
}

const lift: Command = {
  synopsis: 'ID --reason TEXT [--json]',
  summary: 'Lets it go on. For everything (global) a second person has to say so, too.',
  async run(words) {
    const { options, positionals } = readWords(words, { reason: { type: 'string' } })
    const [id = ''] = expectWords(positionals, ['the ID of the trip'])
    const body = { reason: expectOption(options.reason, 'reason') }
    const session = await useSession(options)
    const answer = await session.call({ method: 'DELETE', path: `${KILL}/${segment(id)}`, body })
    const { waiting } = expectAnswer(Lifted, answer)
    say(
      options.json,
      answer.json,
      waiting ? 'It stands until a second person lifts it, too.' : 'Lifted.',
    )
    return 0
  },
}

export const kill: Group = {
  summary: 'Stop a key, an account, an operation, a symbol or everything, and let it go on.',
  verbs: { trip, list, lift },
}
