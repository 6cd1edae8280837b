/** On what a report rests: which records of which log, under which checkpoint, and whether that was verified. */
import type { Verification } from '../../audit/verify.ts'
import type { Visit } from '../../audit/verify/walk.ts'
import { Span } from '../../report/tally.ts'
import { instant } from '../../report/text.ts'

export type Verified = 'passed' | 'passed on the word of the export itself' | 'failed'

export interface Basis {
  readonly log: string | null
  readonly checkpoint: { readonly size: number; readonly root: string } | null
  readonly signedBy: readonly string[]
  readonly witnessedBy: readonly string[]
  readonly verification: Verified
  readonly claims: readonly {
    readonly title: string
    readonly status: string
    readonly figures: Readonly<Record<string, number | string>>
  }[]
  /** What is broken and stands first in the log. */
  readonly firstBroken: string | null
  /** Leaves from the first to the last that was looked at. */
  readonly range: { readonly first: number; readonly last: number } | null
  /** Records that the report took in: those of its period and account. */
  readonly records: {
    readonly read: number
    readonly inReport: number
    readonly shredded: number
    readonly unreadable: number
    readonly notInExport: number
  }
  readonly firstRecord: string | null
  readonly lastRecord: string | null
}

/** Counts what passes by. */
export class Seen {
  readonly #span = new Span()
  #first: number | undefined
  #last: number | undefined
  #inReport = 0
  readonly #states = { verified: 0, shredded: 0, missing: 0, broken: 0, 'not asked for': 0 }

  take({ index, state, record }: Visit, isInReport: boolean): void {
    this.#states[state] += 1
    if (state === 'not asked for') return
    this.#first ??= index
    this.#last = index
    if (record === undefined || !isInReport) return
    this.#inReport += 1
    this.#span.take(record.atMs)
  }

  basis(verification: Verification): Basis {
    const { log, signedBy, witnesses, claims, first } = verification
    const { verified, shredded, missing, broken, 'not asked for': notInExport } = this.#states
    const [start, end] = [this.#first, this.#last]
    return {
      log: log?.origin ?? null,
      checkpoint: log === undefined ? null : { size: log.size, root: log.root },
      signedBy,
      witnessedBy: witnesses.map(({ name, atSeconds }) => `${name}, ${instant(atSeconds * 1_000)}`),
      verification: verifiedAs(verification),
      claims: claims.map(({ title, status, figures }) => ({ title, status, figures })),
      firstBroken: first === undefined ? null : `leaf ${first.place.index}: ${first.text}`,
      range: start === undefined || end === undefined ? null : { first: start, last: end },
      records: {
        read: verified,
        inReport: this.#inReport,
        shredded,
        unreadable: missing + broken,
        notInExport,
      },
      firstRecord: instant(this.#span.firstMs) ?? null,
      lastRecord: instant(this.#span.lastMs) ?? null,
    }
  }
}

function verifiedAs({ ok, counts }: Verification): Verified {
  if (!ok) return 'failed'
  return counts['key-from-export'] === undefined
    ? 'passed'
    : 'passed on the word of the export itself'
}
