/** The lines of an outbox: to the shards of the audit log, and to a sink. */
import policy from '../gateway.config.ts'
import { gzip } from '../src/siem/gzip.ts'
import type { Answer } from '../src/siem/delivery.ts'
import { REQUEST_TIMEOUT_MS, type Page } from '../src/siem/outbox.ts'
import type { Encoded } from '../src/siem/sinks/sink.ts'
import { within } from '../src/within.ts'

/** How long a shard may take, in milliseconds. */
const SHARD_TIMEOUT_MS = 10_000
/** No more of an answer is read: what says which of 500 events were taken is a tenth of this. */
const MOST_ANSWER_BYTES = 1_048_576

/** A shard of the audit log, as far as an outbox reads it. */
interface Readable {
  read(after: number, most: number): Promise<Page>
}

function isReadable(shard: object): shard is Readable {
  return typeof Reflect.get(shard, 'read') === 'function'
}

/** @throws when the shard does not answer. */
export function readShard(
  shards: Env['AUDIT_LOG'],
  shard: string,
  after: number,
  most: number,
): Promise<Page> {
  // A fresh stub for each call: one that has seen its object reset stays broken.
  const stub: object = shards.getByName(shard, { locationHint: policy.origin.region })
  if (!isReadable(stub)) throw new Error('Cannot read the audit log: its shard has no feed')
  return within(SHARD_TIMEOUT_MS, stub.read(after, most))
}

/**
 * One request to a sink. A redirect is not followed: the credential would go along. Whatever is thrown says nothing but
 * which of two things it was, because its message may quote what was sent.
 */
export async function post({
  url,
  headers,
  body,
}: Encoded): Promise<Answer | 'timeout' | 'unreachable'> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-encoding': 'gzip', 'user-agent': 'Portcullis' },
      body: await gzip(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    return {
      status: response.status,
      body: await textOf(response),
      retryAfter: response.headers.get('retry-after') ?? undefined,
    }
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'unreachable'
  }
}

async function textOf({ body }: Response): Promise<string> {
  if (body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let left = MOST_ANSWER_BYTES
  for await (const chunk of body) {
    left -= chunk.length
    // What was cut is no JSON, and counts as no answer.
    if (left < 0) break
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}
