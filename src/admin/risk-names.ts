/** What limits are set for has to exist: the account, its keys, the instruments. */
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import type { AccountLimits, FirmLimits, Limits } from '../risk/limits.ts'
import {
  accountProblems,
  firmProblems,
  limitProblems,
  type LimitProblem,
} from '../risk/limit-problems.ts'
import type { OwnPorts } from './call.ts'

/** What of a call is looked at. */
interface Asking {
  readonly ports: Pick<OwnPorts, 'policy' | 'directory' | 'risk'>
}

/** As many as a body may be wrong about before the rest is not told. */
const MOST_TOLD = 20

/**
 * Whether there is such an account: one that a key was made for, or that has sent an order, whatever the directory lost.
 * An object that is asked is made, so nobody asks one for an account that never was.
 */
export async function knownAccount(
  { ports }: Asking,
  account: string,
): Promise<Result<void, Refusal>> {
  if (await ports.directory.hasAccount(account)) return ok(undefined)
  const { granted } = await ports.risk.describeFirm()
  return granted.some((one) => one.account === account) ? ok(undefined) : refuse('not_found')
}

export function judgeCaps({ ports }: Asking, limits: Limits): Result<void, Refusal> {
  return judged(limitProblems(limits, '/limits', isInstrument(ports)))
}

export function judgeFirmNames({ ports }: Asking, limits: FirmLimits): Result<void, Refusal> {
  return judged(firmProblems(limits, '/limits', isInstrument(ports)))
}

export async function judgeAccountNames(
  { ports }: Asking,
  account: string,
  limits: AccountLimits,
): Promise<Result<void, Refusal>> {
  const ids = Object.keys(limits.keys)
  const own = new Set<string>()
  for (const id of ids) if (await ports.directory.hasKey(account, id)) own.add(id)
  const problems = accountProblems(limits, '/limits', isInstrument(ports), (id) => own.has(id))
  return judged(problems)
}

function isInstrument({ policy }: Asking['ports']) {
  return (symbol: string) => policy.instruments.has(symbol)
}

function judged(problems: readonly LimitProblem[]): Result<void, Refusal> {
  if (problems.length === 0) return ok(undefined)
  return refuse('invalid_body', {
    detail: 'The limits name what does not exist, or hours that never are.',
    members: { errors: problems.slice(0, MOST_TOLD) },
  })
}
