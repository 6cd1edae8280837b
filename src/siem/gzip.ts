/** Octets of a text, compressed (RFC 1952), by the means that every runtime has. */
import { utf8 } from '../lib/bytes.ts'

export async function gzip(text: string): Promise<Uint8Array> {
  const stream = new Blob([utf8(text).slice()]).stream().pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
