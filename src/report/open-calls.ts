/**
 * Unsafe calls to the broker that were admitted and of which the log has neither an outcome nor that none came. What is
 * kept grows with what is open, not with the log.
 */
import type { AdmissionRecord } from '../audit/record.ts'
import type { Entry } from './report.ts'

export interface OpenCall {
  readonly index: number
  readonly record: AdmissionRecord
  readonly within: boolean
}

export class OpenCalls {
  readonly #open = new Map<string, OpenCall>()
  /** Ends that came to the log before their admissions. */
  readonly #ended = new Set<string>()

  /** Those of the period and the account that were asked for. */
  get calls(): readonly OpenCall[] {
    return [...this.#open.values()].filter(({ record, within }) => within && isOfBroker(record))
  }

  /** Every record, asked for or not: an admission's end may lie outside. */
  take({ index, record, within }: Entry): void {
    if (record.type === 'admission') {
      const name = nameOf(record)
      if (!this.#ended.delete(name)) this.#open.set(name, { index, record, within })
    } else if (
      record.type === 'unknown' ||
      (record.type === 'outcome' && record.admitted === true)
    ) {
      const name = nameOf(record)
      if (!this.#open.delete(name)) this.#ended.add(name)
    }
  }
}

type Numbered = Pick<AdmissionRecord, 'keyId'> & { readonly sequence?: number | undefined }

function nameOf({ keyId, sequence }: Numbered): string {
  return `${keyId} ${sequence}`
}

/** What the gateway does itself never leaves. */
function isOfBroker({ route = '' }: AdmissionRecord): boolean {
  return !/^[A-Z]+ \/gw\//.test(route)
}
