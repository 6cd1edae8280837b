/** What the risk desk sets for everybody: the same rules as for an account, so a raise takes approver, ticket and end. */
import type { Provenance } from '../audit/provenance.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { judgeRaise } from './account-edit.ts'
import type { AccountLimits, FirmLimits } from './limits.ts'
import { loosenedAny } from './looser.ts'
import { standingLimits, versionAt, type Version } from './settings.ts'

export type FirmVersion = Version<FirmLimits>

/** What holds for everybody, as people see it. Amounts are texts. */
export interface FirmView {
  readonly revision: number
  readonly limits: FirmLimits
  readonly expiresAt: string | undefined
  /** What accounts hold of the totals, whether they use it or not. */
  readonly granted: readonly {
    readonly account: string
    readonly open: string
    readonly daily: string
  }[]
  readonly prices: readonly {
    readonly symbol: string
    readonly price: string
    readonly ageMs: number
  }[]
  readonly history: readonly {
    readonly revision: number
    readonly at: string | undefined
    readonly expiresAt: string | undefined
    readonly limits: FirmLimits
    /** Whose word it was and why, JSON. */
    readonly by: string
  }[]
}

export interface FirmEdit {
  readonly limits: FirmLimits
  readonly untilMs: number | undefined
  readonly ifRevision: number
}

export interface FirmEdited {
  readonly version: FirmVersion
  readonly before: unknown
  readonly after: unknown
}

/** As it is compared: what holds for everybody stands where an account's own would. */
function asAccount({ firm, symbols }: FirmLimits): AccountLimits {
  return { account: firm, keys: {}, symbols }
}

export function editFirm(
  versions: readonly FirmVersion[],
  defaults: FirmLimits,
  { limits, untilMs, ifRevision }: FirmEdit,
  by: Provenance,
  { nowMs, maxRaiseMs }: { readonly nowMs: number; readonly maxRaiseMs: number },
): Result<FirmEdited, Refusal> {
  const revision = versions.at(-1)?.revision ?? 0
  if (ifRevision !== revision) return refuse('precondition_failed')
  const standing = standingLimits(versions, defaults, nowMs)
  const raised = loosenedAny(standing.map(asAccount), asAccount(limits))
  const allowed = judgeRaise(raised, by, untilMs, nowMs + maxRaiseMs)
  if (!allowed.ok) return allowed
  const before = versionAt(versions, nowMs)?.limits ?? defaults
  const version = { revision: revision + 1, atMs: nowMs, limits, untilMs }
  return ok({ version, before, after: { ...limits, untilMs, raised } })
}
