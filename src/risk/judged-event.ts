/** The entry and the events of a request that was judged. */
import type { OrderEventRecord } from '../audit/record.ts'
import { decimalText } from '../lib/decimal.ts'
import type { RiskAsk, RiskTerms } from './account-port.ts'
import type { Entry } from './entry.ts'
import { eventOf, fieldsOf, orderEvent } from './event.ts'
import type { RiskRefusal } from './judge.ts'
import type { NewOrder } from './order.ts'
import type { Reference } from './value.ts'

export interface JudgedFacts {
  readonly decision: 'accepted' | 'refused'
  readonly orderHash: string | undefined
  readonly reference: Reference | undefined
  /** What it is, or becomes by the change. */
  readonly order?: NewOrder | undefined
  /** Of the order that it names, where that is known. */
  readonly symbol?: string | undefined
  readonly override?: string | undefined
  readonly refused?: RiskRefusal
}

export function entryOf(
  { attempt, requestId, keyId }: RiskAsk,
  number: number,
  events: number,
  legs: Entry['legs'],
  atMs: number,
): Entry {
  const last = number + events - 1
  const name = { number, last, attempt, requestId, keyId, atMs }
  return { ...name, revision: 0, legs, unknownSinceMs: undefined }
}

export function judgedEvent(
  ask: RiskAsk,
  index: number,
  entry: Entry,
  own: JudgedFacts & { readonly limitsRevision: number | undefined },
  policy: Pick<RiskTerms, 'instrument'>,
): OrderEventRecord {
  const { attempt: _attempt, intents, references: _references, firm, ...call } = ask
  const intent = intents[index]
  if (intent === undefined) throw new Error('Cannot record the order: there is none')
  const { refused, order, decision, orderHash, override, reference, limitsRevision } = own
  const symbol = order?.symbol ?? own.symbol ?? ('symbol' in intent ? intent.symbol : undefined)
  const facts = symbol === undefined ? {} : policy.instrument(symbol)
  return orderEvent(
    call,
    {
      number: entry.number + index,
      decision,
      event: eventOf(intent),
      fields: fieldsOf(intent, order, facts, ask.receivedAtMs, own.symbol),
      code: refused && `risk_${refused.control}`,
      scope: refused?.scope,
      limit: refused?.limit,
      actual: refused?.actual,
      orderHash,
      override,
      referencePrice: reference && decimalText(reference.price),
      referenceAgeMs: reference?.ageMs,
      limitsRevision,
      firmRevision: firm.revision,
    },
    entry.atMs,
  )
}
