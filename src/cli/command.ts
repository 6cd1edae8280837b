/** What a command of the command line is, and how its words are read. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { demoFile } from './demo-file.ts'
import { stateFile } from './files.ts'
import { demoKey } from './sign-with.ts'
import { WrongUse } from './wrong-use.ts'

export interface Command {
  /** The words after the command's name. */
  readonly synopsis: string
  readonly summary: string
  /** Answers the exit code. */
  run(words: readonly string[]): Promise<number>
}

/** Commands about one thing: `keys list`, `keys create`. */
export interface Group {
  readonly summary: string
  readonly verbs: Readonly<Record<string, Command>>
}

/** What every command has. */
const COMMON = {
  demo: { type: 'string', default: stateFile('demo.json') },
  profile: { type: 'string', default: stateFile('profile.json') },
  session: { type: 'string', default: stateFile('session.json') },
  json: { type: 'boolean', default: false },
} as const

export const NO_OPTIONS = {} as const

/** Splits the words into options, those that every command has and its own, and the rest. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the answer's type is made of it
export function readWords<const T extends NonNullable<ParseArgsConfig['options']>>(
  words: readonly string[],
  own: T,
) {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { ...COMMON, ...own },
    })
    return { options: values, positionals }
  } catch (error) {
    throw new WrongUse(error instanceof Error ? error.message : 'Cannot read the options')
  }
}

/** Exactly these words, each told by what it is. */
export function expectWords(positionals: readonly string[], names: readonly string[]): string[] {
  const missing = names[positionals.length]
  if (missing !== undefined) throw new WrongUse(`Missing: ${missing}`)
  // Not which: somebody may have taken it for the place of a secret.
  if (positionals.length > names.length)
    throw new WrongUse('There is a word too many: put what has spaces in quotes')
  return [...positionals]
}

export function expectOption(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw new WrongUse(`Missing: --${name}`)
  return value
}

/** `a,b,c`; the empty text is the empty list. */
export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** An id as part of a path. */
export function segment(id: string): string {
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(id))
    throw new WrongUse('An id is made of letters, digits, "-" and "_" alone')
  return id
}

/** Writes a command's answer: the document as it is, or as text for people. */
export function say(json: boolean, document: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(document) : text}\n`)
}

/** The request that `sign` and `call` are about. */
export function readRequest(words: readonly string[]) {
  const { options, positionals } = readWords(words, NO_OPTIONS)
  const [name, method, target, body, ...rest] = positionals
  if (name === undefined || method === undefined || target === undefined || rest.length > 0) {
    throw new WrongUse('A key, a method and a path are needed, and at most a body')
  }
  if (!target.startsWith('/'))
    throw new WrongUse(`The path must begin with a slash, not be "${target}"`)
  const { gateway, credential: key } = demoKey(demoFile(options.demo), name)
  return {
    json: options.json,
    key,
    request: {
      method: method.toUpperCase(),
      url: gateway + target,
      ...(body === undefined ? {} : { body }),
    },
  }
}
