import {
  expectOption,
  expectWords,
  NO_OPTIONS,
  readWords,
  say,
  type Command,
  type Group,
} from '../command.ts'
import { demoFile } from '../demo-file.ts'
import { readText, refuseToOverwrite } from '../files.ts'
import { gatewayUrl } from '../gateway.ts'
import { askHidden } from '../prompt.ts'
import { profileOf, saveProfile, signWith, type Profile } from '../sign-with.ts'
import { facts } from '../table.ts'
import { WrongUse } from '../wrong-use.ts'

const MAKE_OPTIONS = {
  gateway: { type: 'string' },
  credential: { type: 'string' },
  'private-key': { type: 'string' },
  alg: { type: 'string' },
  dialect: { type: 'string', default: 'rfc9421' },
} as const

function shown({ gateway, credential }: Profile, file: string) {
  const { id, dialect, alg } = credential
  return { file, gateway, credential: id, dialect, alg }
}

function asText(about: ReturnType<typeof shown>): string {
  return facts(Object.entries(about))
}

const make: Command = {
  synopsis:
    '--credential ID [--private-key FILE [--alg ALG]] [--dialect D] [--gateway URL] [--profile FILE] [--json]',
  summary: 'Keep a credential to sign with: its private key, or its secret, which is asked for.',

  async run(words) {
    const { options, positionals } = readWords(words, MAKE_OPTIONS)
    expectWords(positionals, [])
    const id = expectOption(options.credential, 'credential')
    refuseToOverwrite(options.profile)
    const gateway = gatewayUrl(options.gateway ?? demoFile(options.demo).gateway)
    const file = options['private-key']
    const privateKey = file === undefined ? undefined : readText(file)
    if (file !== undefined && privateKey === undefined) throw new WrongUse(`There is no ${file}`)
    const key =
      privateKey === undefined
        ? {
            alg: 'hmac-sha256',
            secret: process.env['PORTCULLIS_SECRET'] ?? (await askHidden('Secret')),
          }
        : { alg: options.alg ?? 'ed25519', privateKey }
    const made = profileOf({
      gateway,
      credential: { id, dialect: options.dialect, ...key },
    })
    if (typeof made === 'string') throw new WrongUse(`Cannot use this: ${made}`)
    saveProfile(options.profile, made)
    const about = shown(made, options.profile)
    say(options.json, about, asText(about))
    return 0
  },
}

const show: Command = {
  synopsis: '[--profile FILE] [--json]',
  summary: 'Which credential the profile signs with.',

  async run(words) {
    const { options, positionals } = readWords(words, NO_OPTIONS)
    expectWords(positionals, [])
    const about = shown(signWith(options, undefined), options.profile)
    say(options.json, about, asText(about))
    return 0
  },
}

export const profile: Group = {
  summary: 'The credential that you sign with.',
  verbs: { show, make },
}
