import fs from 'node:fs'
import { parseArgs } from 'node:util'
import * as v from 'valibot'

export interface Command {
  /** The words after the command's name. */
  readonly synopsis: string
  readonly summary: string
  /** Answers the exit code. */
  run(words: readonly string[]): Promise<number>
}

/** The command was called in a way it cannot be. */
export class WrongUse extends Error {}

const KeySchema = v.object({
  name: v.string(),
  id: v.string(),
  dialect: v.picklist(
    ['compact', 'rfc9421'],
    'the command line signs with compact and rfc9421 keys',
  ),
  alg: v.picklist(['hmac-sha256', 'ed25519', 'ecdsa-p256-sha256']),
  secret: v.exactOptional(v.string()),
  privateKey: v.exactOptional(v.string()),
})

const DemoSchema = v.object({
  gateway: v.string(),
  keys: v.array(v.looseObject({ name: v.string() })),
})

/** The demo's gateway and the key of that name. */
export function demoKey(file: string, name: string) {
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch {
    throw new WrongUse(
      `Cannot read ${file}: start the demo first (npm start), or name its file with --demo`,
    )
  }
  const demo = v.parse(v.pipe(v.string(), v.parseJson(), DemoSchema), text)
  const key = demo.keys.find((known) => known.name === name)
  if (key === undefined)
    throw new WrongUse(
      `No key "${name}". There are: ${demo.keys.map((known) => known.name).join(', ')}`,
    )
  const usable = v.safeParse(KeySchema, key)
  if (!usable.success)
    throw new WrongUse(`Cannot use the key "${name}": ${usable.issues[0].message}`)
  return { gateway: demo.gateway, key: usable.output }
}

/** Splits off the options that every command has. */
export function readWords(words: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        demo: { type: 'string', default: '.portcullis/demo.json' },
        json: { type: 'boolean', default: false },
      },
    })
    return { ...values, positionals }
  } catch (error) {
    throw new WrongUse(error instanceof Error ? error.message : 'Cannot read the options')
  }
}

/** The request that `sign` and `call` are about. */
export function readRequest(words: readonly string[]) {
  const { demo, json, positionals } = readWords(words)
  const [name, method, target, body, ...rest] = positionals
  if (name === undefined || method === undefined || target === undefined || rest.length > 0) {
    throw new WrongUse('A key, a method and a path are needed, and at most a body')
  }
  if (!target.startsWith('/'))
    throw new WrongUse(`The path must begin with a slash, not be "${target}"`)
  const { gateway, key } = demoKey(demo, name)
  return {
    json,
    key,
    request: {
      method: method.toUpperCase(),
      url: gateway + target,
      ...(body === undefined ? {} : { body }),
    },
  }
}
