#!/usr/bin/env node
/** `portcullis`: the command line. Exit code 0, 1 for a refusal or a failed check, 2 for wrong use. */
import { call } from './commands/call.ts'
import { policy } from './commands/policy.ts'
import { sign } from './commands/sign.ts'
import { WrongUse, type Command } from './command.ts'

const COMMANDS: Readonly<Record<string, Command>> = { call, policy, sign }

function usage(): string {
  const lines = Object.entries(COMMANDS).map(
    ([name, { synopsis, summary }]) => `  portcullis ${name} ${synopsis}\n      ${summary}`,
  )
  return `Usage:\n${lines.join('\n')}\n\nOptions:\n  --demo FILE   where the demo wrote its keys (default .portcullis/demo.json)\n  --json        one JSON document instead of text\n`
}

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    process.stderr.write(usage())
    return name === undefined || name === '--help' ? 0 : 2
  }
  try {
    return await command.run(rest)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    if (error instanceof WrongUse)
      process.stderr.write(`Usage: portcullis ${name} ${command.synopsis}\n`)
    return error instanceof WrongUse ? 2 : 1
  }
}

process.exitCode = await main(process.argv.slice(2))
