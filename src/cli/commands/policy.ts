import type { Limit } from '../../access/limit.ts'
import { PolicyError, type GatewayPolicy } from '../../access/policy.ts'
import { bindsOperation } from '../../signature/dialect.ts'
import { DIALECTS } from '../../signature/dialects.ts'
import { NO_OPTIONS, readWords, type Command } from '../command.ts'
import { WrongUse } from '../wrong-use.ts'

export const policy: Command = {
  synopsis: 'check [--json]',
  summary: 'Check gateway.config.ts and print what follows from it.',

  async run(words) {
    const { options, positionals } = readWords(words, NO_OPTIONS)
    const { json } = options
    if (positionals.length !== 1 || positionals[0] !== 'check')
      throw new WrongUse('There is only "policy check"')
    const checked = await load()
    if (checked instanceof PolicyError) {
      process.stdout.write(
        json
          ? `${JSON.stringify({ ok: false, problems: checked.problems })}\n`
          : `${checked.message}\n`,
      )
      return 1
    }
    const facts = describe(checked)
    process.stdout.write(
      json ? `${JSON.stringify({ ok: true, ...facts })}\n` : `${asText(facts)}\n`,
    )
    return 0
  },
}

async function load(): Promise<GatewayPolicy | PolicyError> {
  try {
    const { default: loaded } = await import('../../../gateway.config.ts')
    return loaded
  } catch (error) {
    if (error instanceof PolicyError) return error
    throw error
  }
}

function describe({ operations, routes, dialects, fenced, tiers, lockout }: GatewayPolicy) {
  return {
    operations: [...operations.values()].map(({ id, kind, permission, weight, public: open }) => {
      const own = routes.entries.filter(({ target }) => target.operation.id === id)
      const shown = own.map(({ route, target }) =>
        target.venue === undefined ? route : `${route} (${target.venue})`,
      )
      return { id, kind, permission, weight, public: open, routes: shown }
    }),
    dialects: dialects.map((id) => ({
      id,
      bindsOperation: bindsOperation(DIALECTS[id]),
      fenced: fenced.has(id),
    })),
    tiers: [...tiers].map(([id, { limits }]) => ({ id, limits })),
    lockout,
  }
}

function asText({ operations, dialects, tiers, lockout }: ReturnType<typeof describe>): string {
  const rows = operations.map(({ id, kind, permission, routes, public: open }) => {
    const who = open ? 'anyone' : permission
    return [`${id}  (${kind}, ${who})`, ...routes.map((route) => `    ${route}`)].join('\n')
  })
  const signs = dialects.map(({ id, bindsOperation: binds, fenced }) => {
    const reach = binds
      ? 'signs method and path'
      : 'leaves method or path open: reaches its venue routes alone'
    return `${id}  ${reach}${fenced ? '; fenced: after a restart what was signed before must be signed again' : ''}`
  })
  const spend = tiers.map(({ id, limits }) => [id, ...limits.map(limitText)].join('\n'))
  const locks = [
    `${lockout.network} failed authentications in a minute from one network (IPv4 /24, IPv6 /56)`,
    `${lockout.credential} of them with one id`,
  ]
  const parts = [
    ['Operations', ...rows],
    ['Dialects', ...signs],
    ['Tiers', ...spend],
    ['Locks', ...locks],
  ]
  return ['The policy can be used.', ...parts.map((lines) => lines.join('\n'))].join('\n\n')
}

function limitText({ name, limit, windowSeconds, kinds }: Limit): string {
  const of = kinds === undefined ? 'each of orders, cancels and reads' : kinds.join(', ')
  return `    ${name}: ${limit} units in any ${windowSeconds} s, for ${of}`
}
