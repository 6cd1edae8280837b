/** One-time passwords: as an option, from the prompt, or, for the demo's people alone, computed. */
import { generateSync } from 'otplib'
import * as v from 'valibot'
import { demoFile } from './demo-file.ts'
import { readJsonFile, replacePrivate, stateFile } from './files.ts'
import { askHidden } from './prompt.ts'
import { WrongUse } from './wrong-use.ts'

export const OTP_OPTION = { otp: { type: 'string' } } as const

/** The one that was given, else the one that is typed. */
export async function readOtp(
  { otp }: { readonly otp?: string | undefined },
  question = 'One-time password',
): Promise<string> {
  return otp ?? askHidden(question)
}

const STEP_MS = 30_000
const Used = v.record(v.string(), v.number())

/** For the demo alone: whoever holds the authenticator's secret beside the key has one factor, not two. */
export async function demoOtp(file: string, keyName: string | undefined): Promise<string> {
  const demo = demoFile(file)
  const key = demo.keys.find(({ name }) => name === keyName)
  const person = demo.users.find(({ id }) => id === key?.user)
  if (person === undefined)
    throw new WrongUse('--demo-otp is for keys of the demo whose person the demo has made')
  const usedFile = stateFile('demo-otp.json')
  const used = readJsonFile(usedFile, Used) ?? {}
  // Each is good once; the next one is taken up to a step early.
  const step = Math.max((used[person.id] ?? 0) + 1, Math.floor(Date.now() / STEP_MS))
  const waitMs = (step - 1) * STEP_MS - Date.now()
  if (waitMs > 0) {
    process.stderr.write(`Waiting ${Math.ceil(waitMs / 1_000)} s for the next one-time password.\n`)
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
  replacePrivate(usedFile, { ...used, [person.id]: step })
  return generateSync({ secret: person.totpSecret, epoch: (step * STEP_MS) / 1_000 })
}
