/**
 * Where events are pushed to. A sink says how a batch is written down and what an answer means; it sends nothing, keeps
 * nothing and decides nothing else.
 */
import type { Secret } from '../../lib/secret.ts'

export const SINK_TYPES = ['splunk-hec', 'datadog', 'elastic-bulk', 'https'] as const
export type SinkType = (typeof SINK_TYPES)[number]

/** What a deployment says of one sink. */
export interface SinkTarget {
  /** Without credentials, query or fragment. */
  readonly url: URL
  readonly token: Secret
}

/** One event, as it goes out. */
export interface Outgoing {
  /** The event's uid: whoever gets it twice has it once. */
  readonly uid: string
  readonly atMs: number
  /** A sentence for people. */
  readonly message: string
  /** The event's JSON. */
  readonly text: string
}

export interface Batch {
  readonly events: readonly Outgoing[]
  /** The part of the audit log that it is, such as `shard-3 1021-1100`. */
  readonly range: string
  /** The audit log's origin. */
  readonly log: string
  readonly nowMs: number
}

export interface Encoded {
  readonly url: string
  /** With the credential among them: never to be printed. */
  readonly headers: Readonly<Record<string, string>>
  /** Before it is compressed. */
  readonly body: string
}

/** Why something is not delivered, in a word that tells nothing of what was sent or answered. */
export const TROUBLES = [
  'unauthorized',
  'misconfigured',
  'throttled',
  'unavailable',
  'rejected',
  'too_large',
  'timeout',
  'unreachable',
  'unexpected',
  // A shard of the audit log did not answer: the sink was not to blame.
  'log_unavailable',
] as const
export type Trouble = (typeof TROUBLES)[number]

export type Judgement =
  /** The sink has every event of the batch. */
  | { readonly outcome: 'done' }
  /** It has none for certain. It may have all when it is asked again. */
  | { readonly outcome: 'retry'; readonly why: Trouble }
  /** It will never take this batch; it may take parts of it. */
  | { readonly outcome: 'split'; readonly why: Trouble }
  /** It has every event but these: some it will never take, some it may take when asked again. */
  | {
      readonly outcome: 'some'
      readonly refused: readonly number[]
      readonly again: readonly number[]
      readonly why: Trouble
    }

export interface Sink {
  encode(batch: Batch, target: SinkTarget): Encoded
  /** @param body the answer's text, as far as it was read; never kept. */
  judge(status: number, body: string, batch: Pick<Batch, 'events'>): Judgement
}

export const DONE: Judgement = { outcome: 'done' }

/** What an HTTP status means to every sink that says nothing more exact. */
export function judgeStatus(status: number): Judgement {
  if (status >= 200 && status < 300) return DONE
  if (status === 400 || status === 422) return { outcome: 'split', why: 'rejected' }
  if (status === 413) return { outcome: 'split', why: 'too_large' }
  if (status === 401 || status === 403) return { outcome: 'retry', why: 'unauthorized' }
  if (status === 429) return { outcome: 'retry', why: 'throttled' }
  if (status === 408 || status === 425 || status >= 500)
    return { outcome: 'retry', why: 'unavailable' }
  // A redirect is not followed, because the credential would go with it; a path that is not there is a wrong URL.
  return { outcome: 'retry', why: 'misconfigured' }
}

/** The credential as a header field holds it. */
export function credentialOf({ token }: SinkTarget): string {
  return new TextDecoder().decode(token.reveal())
}

/** The target's path with another after it. */
export function pathUnder({ url }: SinkTarget, path: string): string {
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}${path}`
}
