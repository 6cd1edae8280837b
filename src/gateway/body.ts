/** Reads a request body, never more than the cap. */
import { concat } from '../lib/bytes.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { MAX_BODY_BYTES } from './receive.ts'

/** How much of a body that is too long is still read, so that its sender hears why it was refused. */
const DRAINED_BYTES = 8 * MAX_BODY_BYTES

/** The octets of the body, or why there are too many or too few. Counted, whatever its sender declared. */
export async function readBody(
  stream: ReadableStream<Uint8Array> | null,
): Promise<Result<Uint8Array, Refusal>> {
  if (stream === null) return ok(new Uint8Array())
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of stream) {
      length += chunk.length
      if (length > DRAINED_BYTES) break
      if (length <= MAX_BODY_BYTES) chunks.push(chunk)
      else chunks.length = 0
    }
  } catch {
    return refuse('malformed_request', { reason: 'the body ended early' })
  }
  if (length > MAX_BODY_BYTES) return refuse('body_too_large', { reason: 'counted' })
  return ok(concat(...chunks))
}
