/** `keys self`: what a credential asks of its own key, signed with itself. */
import * as v from 'valibot'
import { expectWords, readWords, say, type Command } from '../command.ts'
import { expectAnswer } from '../gateway.ts'
import { newKeyPair, PAIR_KINDS } from '../key-pair.ts'
import {
  CredentialMade,
  MATERIAL_OPTIONS,
  MATERIAL_SYNOPSIS,
  readMaterial,
  withStored,
} from '../material.ts'
import { saveProfile, sendSigned, signWith, type Profile } from '../sign-with.ts'
import { facts, list, table, time } from '../table.ts'
import { WrongUse } from '../wrong-use.ts'
import { LIMIT_OPTION, limitOf } from './keys-change.ts'
import { OVERLAP_OPTION, overlapOf, rotatedText } from './keys-make.ts'

const PATH = '/gw/v1/keys/self'
const Self = v.object({
  keyId: v.string(),
  credential: v.string(),
  account: v.string(),
  user: v.string(),
  tier: v.string(),
  permissions: v.array(v.string()),
  limits: v.array(
    v.object({
      name: v.string(),
      limit: v.number(),
      windowSeconds: v.number(),
      remaining: v.number(),
    }),
  ),
  lastUsed: v.nullable(v.string()),
  endsAt: v.nullable(v.string()),
  warnings: v.array(v.string()),
})
const Rotated = v.object({ credential: CredentialMade, previousEndsAt: v.string() })

const OPTIONS = {
  key: { type: 'string' },
  ...LIMIT_OPTION,
  ...OVERLAP_OPTION,
  ...MATERIAL_OPTIONS,
} as const

type Options = ReturnType<typeof readSelf>['options']

function readSelf(words: readonly string[]) {
  return readWords(words, OPTIONS)
}

export const self: Command = {
  synopsis: `[rotate [--overlap SECONDS] ${MATERIAL_SYNOPSIS}] [caps --limit NAME=UNITS/SECONDS …] [--key NAME] [--profile FILE] [--json]`,
  summary:
    'Your own key, signed with its credential: see it, renew it, cap it. --key is one of the demo’s.',

  async run(words) {
    const { options, positionals } = readSelf(words)
    const [verb, ...rest] = positionals
    expectWords(rest, [])
    const by = signWith(options, options.key)
    if (verb === undefined) return show(options, by)
    if (verb === 'rotate') return rotate(options, by)
    if (verb === 'caps') return caps(options, by)
    throw new WrongUse(`There is keys self, keys self rotate and keys self caps, not "${verb}"`)
  },
}

async function show({ json }: Options, by: Profile): Promise<number> {
  const answer = await sendSigned(by, { method: 'GET', path: PATH })
  const key = expectAnswer(Self, answer)
  const about = facts([
    ['key', key.keyId],
    ['credential', key.credential],
    ['user', key.user],
    ['account', key.account],
    ['tier', key.tier],
    ['permissions', list(key.permissions, 'none')],
    ['ends', time(key.endsAt)],
    ['last used', time(key.lastUsed)],
  ])
  const columns = ['LIMIT', 'UNITS', 'SECONDS', 'LEFT'].map((title) => ({ title }))
  const rows = key.limits.map(({ name, limit, windowSeconds, remaining }) => [
    name,
    ...[limit, windowSeconds, remaining].map(String),
  ])
  const text = [about, table(columns, rows), ...key.warnings].join('\n\n')
  say(json, answer.json, text)
  return 0
}

async function caps({ json, limit = [] }: Options, by: Profile): Promise<number> {
  if (limit.length === 0) throw new WrongUse('Missing: --limit NAME=UNITS/SECONDS')
  const body = { limits: limit.map(limitOf) }
  const answer = await sendSigned(by, { method: 'PUT', path: `${PATH}/caps`, body })
  const { limits } = expectAnswer(
    v.object({ limits: v.array(v.looseObject({ name: v.string() })) }),
    answer,
  )
  say(json, answer.json, `Limits of its own: ${list(limits.map(({ name }) => name))}`)
  return 0
}

/**
 * A new credential for the calling key. The profile's own is renewed in the profile: a pair of the same kind is made
 * for it, so that nothing is left to copy.
 */
async function rotate(options: Options, by: Profile): Promise<number> {
  const path = `${PATH}/rotate`
  const overlapSeconds = overlapOf(options)
  const ownMaterial =
    options.generate ??
    options.out ??
    options['public-key'] ??
    (options['import-secret'] || undefined)
  if (options.key !== undefined || ownMaterial !== undefined) {
    const material = await readMaterial(options)
    const { alg: _fixed, ...rest } = material.body
    const body = { overlapSeconds, ...rest }
    const answer = await withStored(material, () => sendSigned(by, { method: 'POST', path, body }))
    say(options.json, answer.json, rotatedText(expectAnswer(Rotated, answer), material.file))
    return 0
  }
  const { gateway, credential } = by
  const kind = PAIR_KINDS.find((known) => known === credential.alg)
  const pair = kind && (await newKeyPair(kind))
  const body = { overlapSeconds, ...(pair && { publicKey: pair.publicKey }) }
  const answer = await sendSigned(by, { method: 'POST', path, body })
  const made = expectAnswer(Rotated, answer)
  const { id, secret } = made.credential
  const { dialect, alg } = credential
  const key = pair === undefined ? {} : { privateKey: pair.privateKey }
  const shared = secret === undefined ? {} : { secret }
  saveProfile(options.profile, { gateway, credential: { id, dialect, alg, ...key, ...shared } })
  const { secret: _kept, ...told } = made.credential
  const document = { ...made, credential: told, profile: options.profile }
  const text = `${rotatedText({ ...made, credential: told }, undefined)}\n${options.profile} signs with the new one.`
  say(options.json, document, text)
  return 0
}
