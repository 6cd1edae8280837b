/**
 * The offline verifier: whether an export is the history that a log signed, whole and unchanged. It trusts the keys that
 * the auditor names and nothing in the export. One pass, whose memory grows with the number of chains, not of records.
 */
import { sha256 as portable } from '@noble/hashes/sha2.js'
import { equalBytes, toBase64 } from '../lib/bytes.ts'
import type { Checkpoint } from './checkpoint.ts'
import {
  compareHistory,
  NEWEST,
  olderCheckpoints,
  seeCheckpoint,
  Signatures,
  type Seen,
} from './verify/checkpoints.ts'
import { CLAIMS, type ClaimId } from './verify/claims.ts'
import { lastRoundMs } from './verify/entries.ts'
import { Findings, type Claim, type Finding } from './verify/findings.ts'
import type { ReadExport } from './verify/reading.ts'
import type { FindingCode } from './verify/rules.ts'
import type { Sha256 } from './merkle.ts'
import type { Policy, Signers } from './trust.ts'
import { Walk, type Visit } from './verify/walk.ts'

export interface VerifyOptions {
  /** Whom to trust; `undefined` when nobody said so. */
  readonly policy: Policy | undefined
  /** Whether the policy came with the export, and so proves nothing about who signed. */
  readonly isOwnWord?: boolean
  /** How long a part of a call may be on its way before it counts as missing, in milliseconds. */
  readonly graceMs?: number
  /** The leaves whose records have to be there: from the first, to before the last; else all. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Checkpoints that the auditor kept. */
  readonly older?: readonly { readonly file: string; readonly bytes: Uint8Array }[]
  /** The platform's own, where it answers at once. */
  readonly sha256?: Sha256
  readonly onProgress?: (done: number, size: number) => void
  readonly onVisit?: (visit: Visit) => void
}

export interface Verification {
  readonly ok: boolean
  readonly log:
    | { readonly origin: string; readonly size: number; readonly root: string }
    | undefined
  readonly signedBy: readonly string[]
  readonly witnesses: Signers['witnesses']
  /** When the first and the last round were, by the sequencer's clock, in milliseconds since 1970. */
  readonly period: { readonly firstAt: number; readonly lastAt: number } | undefined
  readonly claims: readonly Claim[]
  /** The first of each kind, by their place in the log. */
  readonly findings: readonly Finding[]
  readonly counts: Readonly<Partial<Record<FindingCode, number>>>
  /** What is broken and stands first in the log. */
  readonly first: Finding | undefined
}

export const GRACE_MS = 120_000

const NOBODY: Policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: 'none' }

/** Verifies an export, whatever is wrong with it: what is found is the answer, nothing is thrown for it. */
export async function verifyExport(
  source: ReadExport,
  options: VerifyOptions,
): Promise<Verification> {
  const findings = new Findings()
  if (options.policy === undefined) findings.add('key-missing', {})
  if (options.isOwnWord === true) findings.add('key-from-export', { file: 'trust' })
  const bytes = await source.read(NEWEST)
  if (bytes === undefined) findings.add('checkpoint-missing', { file: NEWEST })
  const newest = bytes && seeCheckpoint(NEWEST, bytes, findings, 'checkpoint-unreadable')
  const older = await olderCheckpoints(source, options.older ?? [], findings)
  if (newest === undefined) return conclude(findings, options, {})
  const walk = await walkOf(source, newest.checkpoint, older, options, findings)
  const isWhole = await walk.run()
  if (isWhole) checkRoot(newest.checkpoint, walk, findings)
  const signers = await judge(newest, older, walk, isWhole, options, findings)
  return conclude(findings, options, { newest, walk, isWhole, signers, older: older.length })
}

async function walkOf(
  source: ReadExport,
  { size }: Checkpoint,
  older: readonly Seen[],
  {
    graceMs = GRACE_MS,
    from = 0,
    to = size,
    sha256 = portable,
    onProgress,
    onVisit,
  }: VerifyOptions,
  findings: Findings,
): Promise<Walk> {
  if (size === 0) findings.add('log-empty', { file: NEWEST })
  const lastMs = await lastRoundMs(source, size)
  const walking = {
    size,
    // Without a round there is no telling what may still be on its way: then nothing is.
    settledMs: lastMs === undefined ? Infinity : lastMs - graceMs,
    sizes: new Set(older.map(({ checkpoint }) => checkpoint.size)),
    asked: { from, to },
    sha256,
    onProgress: (done: number) => onProgress?.(done, size),
    onVisit: (visit: Visit) => onVisit?.(visit),
  }
  return new Walk(source, walking, findings)
}

/** Where the root is another, the largest part that an older checkpoint vouches for says where to look. */
function checkRoot({ size, root }: Checkpoint, walk: Walk, findings: Findings): void {
  if (equalBytes(walk.root, root)) return
  findings.add('root-differs', { file: NEWEST }, `${size} leaves have ${toBase64(walk.root)}`)
}

async function judge(
  newest: Seen,
  older: readonly Seen[],
  walk: Walk,
  isWhole: boolean,
  { policy = NOBODY }: VerifyOptions,
  findings: Findings,
): Promise<Signers | undefined> {
  const signatures = new Signatures(policy, walk.rounds.announced, findings)
  for (const seen of older) {
    const isKnown = (await signatures.judge(seen, false)) !== undefined
    const { size } = seen.checkpoint
    const root = walk.roots.get(size)
    // Of a part that could not be read there is nothing to compare.
    if (root === undefined && !isWhole && size <= newest.checkpoint.size) continue
    const isPart = isKnown && compareHistory(seen, newest.checkpoint, root, findings)
    if (isPart) signatures.vouch(seen)
  }
  if (policy === NOBODY) return undefined
  const signers = await signatures.judge(newest, true)
  const last = walk.rounds.period?.lastAt
  for (const { name, atSeconds } of signers?.witnesses ?? [])
    if (last !== undefined && last > (atSeconds + WITNESS_SECONDS) * 1_000)
      findings.add('later-than-witness', { file: NEWEST }, name)
  return signers
}

/** How far a witness's clock may be behind the sequencer's. */
const WITNESS_SECONDS = 60

interface Known {
  readonly newest?: Seen
  readonly walk?: Walk
  readonly isWhole?: boolean
  readonly signers?: Signers | undefined
  readonly older?: number
}

function conclude(
  findings: Findings,
  { policy }: VerifyOptions,
  { newest, walk, isWhole = false, signers, older = 0 }: Known,
): Verification {
  const figures: Partial<Record<ClaimId, Claim['figures']>> = {
    witnesses: { witnesses: signers?.witnesses.length ?? 0, quorum: policy?.quorum ?? 'none' },
    history: { 'older checkpoints': older },
    ...walk?.figures,
    ...walk?.chains.figures,
    rounds: walk?.rounds.figures ?? {},
    ...(walk === undefined ? {} : recordFigures(walk)),
  }
  const claims = findings.claims(figures, Object.keys(CLAIMS).filter(isClaimId), (id) => {
    if (id === 'signature') return signers !== undefined
    if (id === 'witnesses') return signers?.hasQuorum === true
    // A claim of which only a part could be looked at is not made.
    return isWhole
  })
  const checkpoint = newest?.checkpoint
  return {
    ok: claims.every(({ status }) => status === 'pass'),
    log: checkpoint && {
      origin: checkpoint.origin,
      size: checkpoint.size,
      root: toBase64(checkpoint.root),
    },
    signedBy: signers?.logKeys.map(({ name, id }) => `${name}+${id}`) ?? [],
    witnesses: signers?.witnesses ?? [],
    period: walk?.rounds.period,
    claims,
    findings: findings.kept,
    counts: findings.counts,
    first: findings.first,
  }
}

function isClaimId(name: string): name is ClaimId {
  return Object.hasOwn(CLAIMS, name)
}

function recordFigures({ states, chains }: Walk): Partial<Record<ClaimId, Claim['figures']>> {
  const { verified, shredded, missing, broken, 'not asked for': notAsked } = states
  return {
    records: { verified, broken },
    complete: {
      records: verified + broken,
      shredded,
      missing,
      ...(notAsked === 0 ? {} : { 'not asked for': notAsked }),
    },
    clock: { leaves: chains.leaves },
  }
}
