/** `keys create`, `keys rotate`, `keys pair`: new credentials, of which nobody but their owner has the secret half. */
import * as v from 'valibot'
import {
  expectOption,
  expectWords,
  listOf,
  readWords,
  say,
  segment,
  type Command,
} from '../command.ts'
import { writeNewPrivate } from '../files.ts'
import { expectAnswer } from '../gateway.ts'
import { newKeyPair } from '../key-pair.ts'
import {
  CredentialMade,
  madeText,
  MATERIAL_OPTIONS,
  MATERIAL_SYNOPSIS,
  pairKind,
  readMaterial,
  withStored,
} from '../material.ts'
import { useSession } from '../session.ts'
import { time } from '../table.ts'
import { WrongUse } from '../wrong-use.ts'

const PATH = '/gw/v1/admin/keys'
const Made = v.object({ keyId: v.string(), credential: CredentialMade })
const Rotated = v.object({ credential: CredentialMade, previousEndsAt: v.string() })

/** Long enough to change every program over, in seconds: a day. */
const OVERLAP = '86400'

export const OVERLAP_OPTION = { overlap: { type: 'string', default: OVERLAP } } as const

export function overlapOf({ overlap }: { readonly overlap: string }): number {
  if (!/^[0-9]{1,6}$/.test(overlap))
    throw new WrongUse(`--overlap is a number of seconds, not "${overlap}"`)
  return Number(overlap)
}

const CREATE_OPTIONS = {
  user: { type: 'string' },
  account: { type: 'string' },
  tier: { type: 'string' },
  dialect: { type: 'string', default: 'rfc9421' },
  alg: { type: 'string' },
  permissions: { type: 'string', default: '' },
  addresses: { type: 'string' },
  symbols: { type: 'string' },
  accounts: { type: 'string' },
  certificate: { type: 'string' },
  expires: { type: 'string' },
  name: { type: 'string' },
  ...MATERIAL_OPTIONS,
} as const

/** The options that were given, by the names of the body's members. */
function given(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

export const create: Command = {
  synopsis: `--user USER --account ID --tier TIER [--permissions P,…] [--addresses CIDR,…] [--symbols S,…] [--accounts ID,…] [--certificate SHA256] [--expires TIME] [--name TEXT] [--dialect D] [--alg ALG] ${MATERIAL_SYNOPSIS} [--json]`,
  summary: 'Make a key. A secret that the gateway makes is shown once.',

  async run(words) {
    const { options, positionals } = readWords(words, CREATE_OPTIONS)
    expectWords(positionals, [])
    const { alg, dialect, certificate, expires: expiresAt, name } = options
    const [user, account, tier] = (['user', 'account', 'tier'] as const).map((option) =>
      expectOption(options[option], option),
    )
    const lists = {
      addresses: options.addresses && listOf(options.addresses),
      symbols: options.symbols && listOf(options.symbols),
      accounts: options.accounts && listOf(options.accounts),
    }
    const permissions = listOf(options.permissions)
    const members = { user, account, tier, dialect, alg, permissions, certificate, expiresAt, name }
    const session = await useSession(options)
    const material = await readMaterial(options)
    const body = { ...given({ ...members, ...lists }), ...material.body }
    const answer = await withStored(material, () =>
      session.call({ method: 'POST', path: PATH, body }),
    )
    const { keyId, credential } = expectAnswer(Made, answer)
    say(options.json, answer.json, madeText([['key', keyId]], credential, material.file))
    return 0
  },
}

export function rotatedText(made: v.InferOutput<typeof Rotated>, file: string | undefined): string {
  const { credential, previousEndsAt } = made
  return `${madeText([], credential, file)}\n\nThe credential before it works until ${time(previousEndsAt)}.`
}

export const rotate: Command = {
  synopsis: `KEY [--overlap SECONDS] ${MATERIAL_SYNOPSIS} [--json]`,
  summary: 'A new credential; the one before works on until the overlap ends, a day if not said.',

  async run(words) {
    const { options, positionals } = readWords(words, { ...OVERLAP_OPTION, ...MATERIAL_OPTIONS })
    const [id = ''] = expectWords(positionals, ['the KEY'])
    const path = `${PATH}/${segment(id)}/rotate`
    const overlapSeconds = overlapOf(options)
    const session = await useSession(options)
    const material = await readMaterial(options)
    const { alg: _fixed, ...rest } = material.body
    const body = { overlapSeconds, ...rest }
    const answer = await withStored(material, () => session.call({ method: 'POST', path, body }))
    say(options.json, answer.json, rotatedText(expectAnswer(Rotated, answer), material.file))
    return 0
  },
}

export const pair: Command = {
  synopsis: '--out FILE [--generate ed25519|ecdsa-p256-sha256] [--json]',
  summary: 'Make a key pair, and print the public half for whoever makes your key.',

  async run(words) {
    const own = {
      out: { type: 'string' },
      generate: { type: 'string', default: 'ed25519' },
    } as const
    const { options, positionals } = readWords(words, own)
    expectWords(positionals, [])
    const file = expectOption(options.out, 'out')
    const { alg, publicKey, privateKey } = await newKeyPair(pairKind(options.generate))
    writeNewPrivate(file, privateKey)
    process.stderr.write(`The private half is in ${file}, readable by you alone.\n`)
    say(options.json, { alg, publicKey, file }, publicKey.trimEnd())
    return 0
  },
}
