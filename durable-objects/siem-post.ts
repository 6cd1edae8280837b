/** One request to a sink, and as much of its answer as is looked at. */
import type { Answer } from '../src/siem/delivery.ts'
import { gzip } from '../src/siem/gzip.ts'
import { REQUEST_TIMEOUT_MS } from '../src/siem/outbox.ts'
import type { Encoded } from '../src/siem/sinks/sink.ts'

/** What says which of 500 events were taken is a tenth of this. */
const MOST_ANSWER_BYTES = 1_048_576

/**
 * A redirect is not followed: the credential would go along. Of whatever is thrown, only which of two things it was is
 * told: its message may quote what was sent.
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
