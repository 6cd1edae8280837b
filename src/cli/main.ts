#!/usr/bin/env node
/** `portcullis`: the command line. Exit code 0, 1 for a refusal or a failed check, 2 for wrong use. */
import { audit } from './commands/audit.ts'
import { bootstrap } from './commands/bootstrap.ts'
import { call } from './commands/call.ts'
import { keys } from './commands/keys.ts'
import { kill } from './commands/kill.ts'
import { login, logout } from './commands/login.ts'
import { policy } from './commands/policy.ts'
import { profile } from './commands/profile.ts'
import { report } from './commands/report.ts'
import { risk } from './commands/risk.ts'
import { secrets } from './commands/secrets.ts'
import { sessions } from './commands/sessions.ts'
import { sign } from './commands/sign.ts'
import { signingKeys } from './commands/signing-keys.ts'
import { users } from './commands/users.ts'
import type { Command, Group } from './command.ts'
import { Refused } from './gateway.ts'
import { MOST_COLUMNS, wrap } from './table.ts'
import { WrongUse } from './wrong-use.ts'

const COMMANDS: Readonly<Record<string, Command | Group>> = {
  audit,
  bootstrap,
  call,
  keys,
  kill,
  login,
  logout,
  policy,
  profile,
  report,
  risk,
  secrets,
  sessions,
  sign,
  'signing-keys': signingKeys,
  users,
}

const OPTIONS = `Options of every command:
  --json          one JSON document on stdout
  --profile FILE  the credential that you sign with    (.portcullis/profile.json)
  --session FILE  the session that login begins        (.portcullis/session.json)
  --demo FILE     where the demo wrote its keys        (.portcullis/demo.json)
  --help          about a command, such as: portcullis keys create --help
`

function lines(name: string, { synopsis, summary }: Command): string {
  return `  ${usageOf(name, synopsis)}\n      ${summary}`
}

/** An option with its value is not torn apart. */
function usageOf(name: string, synopsis: string): string {
  const parts = synopsis.split(/ (?=\[?--|\|)/)
  return wrap([`portcullis ${name}`, ...parts], MOST_COLUMNS - 12).join('\n          ')
}

function usage(): string {
  const shown = Object.entries(COMMANDS).map(([name, known]) =>
    'verbs' in known
      ? `  portcullis ${name} ${Object.keys(known.verbs).join('|')}\n      ${known.summary}`
      : lines(name, known),
  )
  return `Usage:\n${shown.join('\n')}\n\n${OPTIONS}`
}

function groupUsage(name: string, { verbs }: Group): string {
  const shown = Object.entries(verbs).map(([verb, command]) => lines(`${name} ${verb}`, command))
  return `Usage:\n${shown.join('\n')}\n\n${OPTIONS}`
}

function member<T>(table: Readonly<Record<string, T>>, name: string | undefined): T | undefined {
  return name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined
}

/** Says how it is used: asked for, it is the answer; else it is what was wrong. */
function explain(text: string, asked: boolean): number {
  const out = asked ? process.stdout : process.stderr
  out.write(text)
  return asked ? 0 : 2
}

async function main(words: readonly string[]): Promise<number> {
  const [first, second, ...rest] = words
  const asked = words.includes('--help')
  const known = member(COMMANDS, first)
  if (first === undefined || known === undefined)
    return explain(usage(), asked || first === undefined)
  if (!('verbs' in known)) return run(first, known, words.slice(1))
  const verb = member(known.verbs, second)
  if (second === undefined || verb === undefined) return explain(groupUsage(first, known), asked)
  return run(`${first} ${second}`, verb, rest)
}

async function run(name: string, command: Command, words: readonly string[]): Promise<number> {
  if (words.includes('--help'))
    return explain(`Usage:\n${lines(name, command)}\n\n${OPTIONS}`, true)
  try {
    return await command.run(words)
  } catch (error) {
    const wrongUse = error instanceof WrongUse
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${message}\n`)
    if (wrongUse) process.stderr.write(`Usage: ${usageOf(name, command.synopsis)}\n`)
    if (words.includes('--json')) {
      const refused = [error, error instanceof Error ? error.cause : undefined].find(
        (one) => one instanceof Refused,
      )
      const problem = refused?.problem ?? { message }
      process.stdout.write(`${JSON.stringify({ error: problem })}\n`)
    }
    return wrongUse ? 2 : 1
  }
}

process.exitCode = await main(process.argv.slice(2))
