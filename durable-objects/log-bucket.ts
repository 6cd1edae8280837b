/** The log's objects in R2. Tiles and bundles are created once and never overwritten; the checkpoint is swapped. */
import type { PublishedCheckpoint } from '../src/audit/log-state.ts'
import type { LogPorts } from '../src/audit/sequence.ts'

const PREFIX = 'log/'
const CHECKPOINT = `${PREFIX}checkpoint`

/**
 * "If there is none": as a header, for `etagDoesNotMatch: '*'` meant an object whose etag is an asterisk in earlier
 * runtimes, and would have overwritten.
 */
const IF_ABSENT = { 'If-None-Match': '*' }

type BucketPorts = Pick<LogPorts, 'read' | 'create' | 'readCheckpoint' | 'publish'>

export function logBucket(bucket: R2Bucket): BucketPorts {
  return {
    async read(name) {
      const object = await bucket.get(PREFIX + name)
      return object === null ? undefined : new Uint8Array(await object.arrayBuffer())
    },

    async create(name, bytes) {
      try {
        const written = await bucket.put(PREFIX + name, bytes, {
          onlyIf: new Headers(IF_ABSENT),
          httpMetadata: { contentType: 'application/octet-stream' },
        })
        return written === null ? 'exists' : 'created'
      } catch (error) {
        // A lock rule may refuse to overwrite before the condition is looked at; an answer may be lost.
        if ((await bucket.head(PREFIX + name)) !== null) return 'exists'
        throw error
      }
    },

    readCheckpoint: () => readCheckpoint(bucket),

    async publish(note, etag) {
      const written = await bucket.put(CHECKPOINT, note, {
        onlyIf: etag === undefined ? new Headers(IF_ABSENT) : { etagMatches: etag },
        httpMetadata: { contentType: 'text/plain; charset=utf-8' },
      })
      return written?.etag
    },
  }
}

/** The checkpoint as it is published now. */
export async function readCheckpoint(bucket: R2Bucket): Promise<PublishedCheckpoint | undefined> {
  const object = await bucket.get(CHECKPOINT)
  return object === null ? undefined : { note: await object.text(), etag: object.etag }
}
