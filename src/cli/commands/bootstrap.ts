import * as v from 'valibot'
import { expectOption, expectWords, readWords, type Command } from '../command.ts'
import { demoFile } from '../demo-file.ts'
import { enrolmentText, recoveryText } from '../enrolment.ts'
import { refuseToOverwrite } from '../files.ts'
import { expectAnswer, gatewayUrl, Refused, send } from '../gateway.ts'
import { newKeyPair } from '../key-pair.ts'
import { CredentialMade, madeText } from '../material.ts'
import { readOtp } from '../otp.ts'
import { askHidden, isTerminal } from '../prompt.ts'
import { saveProfile } from '../sign-with.ts'
import { WrongUse } from '../wrong-use.ts'

const First = v.object({
  userId: v.string(),
  keyId: v.string(),
  credential: CredentialMade,
  totp: v.object({ secret: v.string(), uri: v.string() }),
})
const Confirmed = v.object({ recoveryCodes: v.array(v.string()) })

const OPTIONS = {
  gateway: { type: 'string' },
  alg: { type: 'string', default: 'ed25519' },
  confirm: { type: 'string' },
} as const

const NOT_IT = 'That is not the one-time secret that this gateway was deployed with.'

/** How often a one-time password may be mistyped. */
const MOST_TRIES = 3

export const bootstrap: Command = {
  synopsis:
    'NAME | --confirm USER [--gateway URL] [--alg ed25519|hmac-sha256] [--profile FILE] [--json]',
  summary:
    'Make the first owner, once, with the deployment’s one-time secret. --confirm goes on where that stopped.',

  async run(words) {
    const { options, positionals } = readWords(words, OPTIONS)
    const { json, profile, confirm } = options
    // Where one document is asked for, it is written when all is done; what a person must see before goes beside it.
    const tell = (text: string) => (json ? process.stderr : process.stdout).write(`${text}\n`)
    const gateway = gatewayUrl(options.gateway ?? demoGateway(options.demo))
    const done = (document: object) => json && process.stdout.write(`${JSON.stringify(document)}\n`)
    if (confirm !== undefined) {
      expectWords(positionals, [])
      const secret = await oneTimeSecret()
      const recoveryCodes = await confirmOwner(gateway, secret, expectOption(confirm, 'confirm'))
      if (!json) tell(recoveryText(recoveryCodes))
      done({ userId: confirm, recoveryCodes })
      return 0
    }
    const [name = ''] = expectWords(positionals, ['the owner’s NAME'])
    refuseToOverwrite(profile)
    tell(`The owner’s credential will be kept in ${profile}, readable by you alone.`)
    const secret = await oneTimeSecret()
    const { first, kept } = await makeOwner(gateway, options.alg, { name, secret })
    saveProfile(profile, kept)
    const named = [
      ['owner', first.userId],
      ['key', first.keyId],
    ] as const
    tell(`\n${madeText(named, first.credential)}\n\n${enrolmentText(first.totp)}\n`)
    const recoveryCodes = await confirmOwner(gateway, secret, first.userId)
    if (!json) tell(`${recoveryText(recoveryCodes)}\n\nNext: portcullis login`)
    done({ ...first, recoveryCodes, profile })
    return 0
  },
}

/** The demo's, where one is running. */
function demoGateway(file: string): string {
  try {
    return demoFile(file).gateway
  } catch (error) {
    throw new WrongUse('Say with --gateway URL which gateway it is', { cause: error })
  }
}

async function oneTimeSecret(): Promise<string> {
  return process.env['PORTCULLIS_BOOTSTRAP_SECRET'] ?? (await askHidden('One-time secret'))
}

async function makeOwner(gateway: string, alg: string, body: { name: string; secret: string }) {
  if (alg !== 'ed25519' && alg !== 'hmac-sha256')
    throw new WrongUse(`--alg is ed25519 or hmac-sha256, not "${alg}"`)
  const pair = alg === 'ed25519' ? await newKeyPair(alg) : undefined
  const answer = await send(gateway, {
    method: 'POST',
    path: '/gw/v1/bootstrap',
    ifUnauthorized: NOT_IT,
    body: { ...body, alg, ...(pair === undefined ? {} : { publicKey: pair.publicKey }) },
  })
  const first = expectAnswer(First, answer)
  const { id, secret } = first.credential
  const dialect = 'rfc9421' as const
  const key = pair === undefined ? {} : { privateKey: pair.privateKey }
  const shared = secret === undefined ? {} : { secret }
  return { first, kept: { gateway, credential: { id, dialect, alg, ...key, ...shared } } } as const
}

async function confirmOwner(gateway: string, secret: string, userId: string) {
  const path = '/gw/v1/bootstrap/confirm'
  for (let tries = 1; ; tries += 1) {
    try {
      const otp = await readOtp({}, 'One-time password of the app')
      const body = { secret, userId, otp }
      const answer = await send(gateway, { method: 'POST', path, body, ifUnauthorized: NOT_IT })
      return expectAnswer(Confirmed, answer).recoveryCodes
    } catch (error) {
      const wrong = error instanceof Refused && error.problem.code === 'step_up_required'
      if (!wrong || tries === MOST_TRIES || !isTerminal())
        throw new Error(later(error, userId), { cause: error })
      process.stderr.write(`${error.message}\n`)
    }
  }
}

/** The owner is there; only the proof that the app was enrolled is not. */
function later(error: unknown, userId: string): string {
  const why = error instanceof Error ? error.message : 'Cannot confirm the authenticator'
  return `${why}\nThe owner was made. Go on with: portcullis bootstrap --confirm ${userId}`
}
