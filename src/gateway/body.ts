/** Reads a request body, never more than the cap. */
import { concat } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { MAX_BODY_BYTES } from './receive.ts'

/**
 * The octets of the body. With `keep` false they are counted and dropped: a stranger is answered as
 * everyone is, but does not fill our memory.
 */
export async function readBody(
  stream: ReadableStream<Uint8Array> | null,
  keep: boolean,
): Promise<Result<Uint8Array, Refusal>> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of stream ?? []) {
      length += chunk.length
      if (length > MAX_BODY_BYTES) return refuse('body_too_large', { reason: 'counted' })
      if (keep) chunks.push(chunk)
    }
  } catch {
    return refuse('malformed_request', { reason: 'the body ended early' })
  }
  return ok(concat(...chunks))
}
