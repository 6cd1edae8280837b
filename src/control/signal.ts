/**
 * Signals: what somebody noticed, in one form, whoever noticed it. Each rule is one row. A signal names only
 * what the gateway established itself: an id that it did not mint is in none.
 */
import { BoundedMap } from '../lib/bounded-map.ts'

interface SignalRule {
  readonly severity: 'low' | 'medium' | 'high' | 'critical'
  readonly confidence: 'low' | 'medium' | 'high'
  /** The technique in MITRE ATT&CK, or `none`. */
  readonly technique: string
  /** The same subject is signalled once in this time, in milliseconds. */
  readonly periodMs: number
}

const TEN_MINUTES_MS = 600_000

export const SIGNAL_RULES = {
  many_ids_one_network: {
    severity: 'medium',
    confidence: 'medium',
    technique: 'T1110',
    periodMs: TEN_MINUTES_MS,
  },
  many_ids_one_asn: {
    severity: 'medium',
    confidence: 'low',
    technique: 'T1110',
    periodMs: TEN_MINUTES_MS,
  },
  one_id_many_networks: {
    severity: 'high',
    confidence: 'medium',
    technique: 'T1110',
    periodMs: TEN_MINUTES_MS,
  },
  network_locked: {
    severity: 'low',
    confidence: 'high',
    technique: 'T1110',
    periodMs: TEN_MINUTES_MS,
  },
  // Its owner has to do something, before it is too late.
  credential_ending: {
    severity: 'low',
    confidence: 'high',
    technique: 'none',
    periodMs: 86_400_000,
  },
  // Of whoever shows a refresh token that was used before, one stole it.
  refresh_token_reused: {
    severity: 'high',
    confidence: 'high',
    technique: 'T1528',
    periodMs: 60_000,
  },
  // A token that was begun in one network is shown in another.
  session_elsewhere: {
    severity: 'medium',
    confidence: 'medium',
    technique: 'T1539',
    periodMs: 600_000,
  },
  // The audit log does not answer: of some reads it will only know that they were made.
  audit_dropped: {
    severity: 'high',
    confidence: 'high',
    technique: 'none',
    periodMs: 60_000,
  },
  // The origin's clock and ours are further apart than they may be.
  clock_apart: {
    severity: 'medium',
    confidence: 'high',
    technique: 'none',
    periodMs: TEN_MINUTES_MS,
  },
  clock_far_apart: {
    severity: 'critical',
    confidence: 'high',
    technique: 'none',
    periodMs: TEN_MINUTES_MS,
  },
  // No offset fits all that was seen within a minute: one of the two was set, or drifts more than the policy says.
  clock_inconsistent: {
    severity: 'high',
    confidence: 'high',
    technique: 'none',
    periodMs: TEN_MINUTES_MS,
  },
  // By the stamps it was received before it was sent, or answered before it was asked.
  clock_causality: {
    severity: 'high',
    confidence: 'high',
    technique: 'none',
    periodMs: TEN_MINUTES_MS,
  },
  // The policy says that the origin stamps its answers: this one had no stamps that can be read.
  clock_unreadable: {
    severity: 'medium',
    confidence: 'high',
    technique: 'none',
    periodMs: 3_600_000,
  },
  // A key's object decided at a time that is not between those at which the Worker asked and went on.
  clock_object_apart: {
    severity: 'medium',
    confidence: 'high',
    technique: 'none',
    periodMs: TEN_MINUTES_MS,
  },
  // The number of a payment card was sent, by whoever was let in: it was refused, and is in no record.
  card_number_sent: {
    severity: 'high',
    confidence: 'medium',
    technique: 'none',
    periodMs: TEN_MINUTES_MS,
  },
  // Nobody has a reason to use it: whoever does has seen what they should not have seen.
  canary_used: {
    severity: 'critical',
    confidence: 'high',
    technique: 'T1078',
    periodMs: 60_000,
  },
} as const satisfies Record<string, SignalRule>

export type SignalRuleId = keyof typeof SIGNAL_RULES

/** What a signal is about: a place as the edge named it, or a credential that exists. A clock is named by its place. */
export interface SignalSubject {
  readonly type: 'network' | 'asn' | 'credential' | 'session' | 'audit' | 'clock'
  readonly id: string
}

/** The facts that caused it: numbers, and places as the edge named them. */
export interface SignalFeatures {
  /** Different credential ids, or networks, within `windowSeconds`. */
  readonly ids?: number
  readonly networks?: number
  readonly windowSeconds?: number
  /** Failures since the subject was first heard of. */
  readonly failures?: number
  readonly level?: number
  readonly lockedSeconds?: number
  readonly network?: string
  readonly asn?: number
  readonly country?: string
  readonly keyId?: string
  readonly endsAt?: string
  readonly requestId?: string
  readonly records?: number
  /** In which bounds two clocks differ, from how many exchanges; by how much at least. */
  readonly lowMs?: number
  readonly highMs?: number
  readonly samples?: number
  readonly apartMs?: number
}

export interface Signal {
  readonly v: 1
  readonly type: 'signal'
  /** ISO 8601. */
  readonly at: string
  readonly rule: SignalRuleId
  readonly severity: SignalRule['severity']
  readonly confidence: SignalRule['confidence']
  readonly technique: string
  readonly subject: SignalSubject
  readonly features: SignalFeatures
  /** How often it happened since it was last told. */
  readonly count: number
}

/** One signal, told once. `at` is ISO 8601. */
export function signalOf(
  rule: SignalRuleId,
  subject: SignalSubject,
  features: SignalFeatures,
  at: string,
): Signal {
  const { severity, confidence, technique } = SIGNAL_RULES[rule]
  return {
    v: 1,
    type: 'signal',
    at,
    rule,
    severity,
    confidence,
    technique,
    subject,
    features,
    count: 1,
  }
}

/** How many subjects an isolate keeps in mind. */
const CAPACITY = 4_096

/** Lets each signal through once per subject and period; the next one says how many were withheld. */
export class SignalGate {
  readonly #told = new BoundedMap<{ untilMs: number; withheld: number }>(CAPACITY)

  /** @returns the signal as it is to be told, or `undefined` when it was told a moment ago. */
  pass(signal: Signal, nowMs: number): Signal | undefined {
    const key = `${signal.rule} ${signal.subject.type} ${signal.subject.id}`
    const told = this.#told.get(key)
    if (told !== undefined && nowMs < told.untilMs) {
      told.withheld += 1
      return undefined
    }
    this.#told.set(key, { untilMs: nowMs + SIGNAL_RULES[signal.rule].periodMs, withheld: 0 })
    return { ...signal, count: signal.count + (told?.withheld ?? 0) }
  }
}
