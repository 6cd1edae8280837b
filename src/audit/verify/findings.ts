/** Collects what a verification finds: every kind is counted, the first of each are kept, memory stays small. */
import { CLAIMS, type ClaimId } from './claims.ts'
import { ruleOf, type FindingCode } from './rules.ts'

/** Where something was found, as far as it is known. */
export interface Place {
  readonly index?: number | undefined
  readonly chain?: string | undefined
  readonly sequence?: number | undefined
  readonly uid?: string | undefined
  readonly file?: string | undefined
}

export interface Finding {
  readonly code: FindingCode
  readonly claim: ClaimId
  /** Whether it breaks its claim; else it is something to know. */
  readonly breaks: boolean
  readonly place: Place
  readonly text: string
  readonly todo: string
}

export interface Claim {
  readonly id: ClaimId
  readonly title: string
  /** `unchecked` where only a part of the log could be looked at, and nothing was found in it. */
  readonly status: 'pass' | 'fail' | 'unchecked'
  readonly figures: Readonly<Record<string, number | string>>
  /** What was found against it, with what was not kept. */
  readonly found: number
}

/** Kept of each kind: who has seen twenty has seen what it is. */
const KEPT = 20

export class Findings {
  readonly #counts = new Map<FindingCode, number>()
  readonly #kept: Finding[] = []
  #first: Finding | undefined

  add(code: FindingCode, place: Place, detail = ''): void {
    const { claim, text, todo, note } = ruleOf(code)
    const count = (this.#counts.get(code) ?? 0) + 1
    this.#counts.set(code, count)
    const finding = {
      code,
      claim,
      breaks: note !== true,
      place,
      text: detail === '' ? `${text}.` : `${text}: ${detail}.`,
      todo,
    }
    if (count <= KEPT) this.#kept.push(finding)
    if (finding.breaks && isBefore(finding, this.#first)) this.#first = finding
  }

  count(code: FindingCode): number {
    return this.#counts.get(code) ?? 0
  }

  get counts(): Readonly<Partial<Record<FindingCode, number>>> {
    return Object.fromEntries(this.#counts)
  }

  /** By their place in the log; what has none comes first. */
  get kept(): readonly Finding[] {
    return this.#kept.toSorted((a, b) => (a.place.index ?? -1) - (b.place.index ?? -1))
  }

  /** The broken record that stands first in the log. */
  get first(): Finding | undefined {
    return this.#first
  }

  claims(
    figures: Readonly<Partial<Record<ClaimId, Claim['figures']>>>,
    claimed: readonly ClaimId[],
    isChecked: (id: ClaimId) => boolean,
  ): readonly Claim[] {
    return claimed.map((id) => {
      const broken = [...this.#counts].filter(([code]) => {
        const { claim, note } = ruleOf(code)
        return claim === id && note !== true
      })
      const found = broken.reduce((sum, [, count]) => sum + count, 0)
      const status = found > 0 ? 'fail' : isChecked(id) ? 'pass' : 'unchecked'
      return { id, title: CLAIMS[id], status, figures: figures[id] ?? {}, found }
    })
  }
}

function isBefore({ place }: Finding, first: Finding | undefined): boolean {
  if (place.index === undefined) return false
  return first?.place.index === undefined || place.index < first.place.index
}
