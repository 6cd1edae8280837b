/** Reads a request body, never more than the cap. */
import { concat } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { MAX_BODY_BYTES } from './receive.ts'

/** The octets of the body, or why there are too many or too few. */
export async function readBody(
  stream: ReadableStream<Uint8Array> | null,
): Promise<Result<Uint8Array, Refusal>> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of stream ?? []) {
      length += chunk.length
      if (length > MAX_BODY_BYTES) return refuse('body_too_large', { reason: 'counted' })
      chunks.push(chunk)
    }
  } catch {
    return refuse('malformed_request', { reason: 'the body ended early' })
  }
  return ok(concat(...chunks))
}
