/** Whom an auditor trusts, as the command line is told: keys, a file, or the export's own word where neither is given. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import type { ReadExport } from '../../audit/verify/reading.ts'
import { parsePolicy, type Policy } from '../../audit/trust.ts'
import { textOf } from '../../audit/verify/reading.ts'
import type { VerifyOptions } from '../../audit/verify.ts'
import { readText } from '../files.ts'
import { WrongUse } from '../wrong-use.ts'

export const TRUST_OPTIONS = {
  key: { type: 'string', multiple: true },
  trust: { type: 'string' },
  checkpoint: { type: 'string', multiple: true },
  grace: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
} as const

export const TRUST_SYNOPSIS =
  '[--key VKEY …] [--trust FILE] [--checkpoint FILE …] [--grace SECONDS] [--from INDEX] [--to INDEX]'

interface Given {
  readonly key?: string[] | undefined
  readonly trust?: string | undefined
  readonly checkpoint?: string[] | undefined
  readonly grace?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** @throws {WrongUse} when what was given cannot be used. */
export async function verifyOptions(given: Given, source: ReadExport): Promise<VerifyOptions> {
  const own = ownPolicy(given)
  const brought = textOf((await source.read('trust')) ?? new Uint8Array())
  const policy = own ?? policyOf(brought)
  const grace = wholeOf(given.grace, 'grace')
  return {
    policy,
    sha256: (octets) => createHash('sha256').update(octets).digest(),
    isOwnWord: own === undefined && policy !== undefined,
    ...(grace === undefined ? {} : { graceMs: grace * 1_000 }),
    from: wholeOf(given.from, 'from'),
    to: wholeOf(given.to, 'to'),
    older: (given.checkpoint ?? []).map((file) => ({ file, bytes: bytesOf(file) })),
  }
}

/** The policy that the options make, or `undefined` where they say nothing of it. */
export function ownPolicy({ key = [], trust }: Given): Policy | undefined {
  if (key.length === 0 && trust === undefined) return undefined
  const text = trust === undefined ? 'quorum none' : readText(trust)
  if (text === undefined) throw new WrongUse(`There is no file ${trust}`)
  const parsed = parsePolicy([...key.map((vkey) => `log ${vkey}`), text].join('\n'))
  if (parsed.ok) return parsed.value
  throw new WrongUse(`Whom to trust cannot be read: ${parsed.error.join('; ')}`)
}

/** The export's own, as far as it has one. */
function policyOf(text: string | undefined): Policy | undefined {
  const parsed = text === undefined ? undefined : parsePolicy(text)
  return parsed?.ok === true && parsed.value.logs.length > 0 ? parsed.value : undefined
}

function bytesOf(file: string): Uint8Array {
  try {
    return fs.readFileSync(file)
  } catch {
    throw new WrongUse(`Cannot read ${file}`)
  }
}

export function wholeOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^(?:0|[1-9][0-9]{0,14})$/.test(text)) throw new WrongUse(`--${name} is a whole number`)
  return Number(text)
}
