/**
 * A write-once store that speaks S3 with Object Lock: what was put there is kept until its time, whoever asks. The copy of
 * the log goes there, to another account or another provider than the log's own bucket.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { AwsClient } from 'aws4fetch'
import { toBase64, toHex } from '../lib/bytes.ts'
import type { Secret } from '../lib/secret.ts'

export interface WriteOnceSettings {
  /** The bucket, path style, without a slash at the end. */
  readonly url: URL
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  /** For how many days an object cannot be deleted or replaced. */
  readonly lockDays: number
}

export interface StoredObject {
  readonly name: string
  readonly size: number
}

export interface WriteOnceStore {
  /** Writes an object unless there is one of that name. Rejects when the store does not take it. */
  put(name: string, bytes: Uint8Array, nowMs: number): Promise<'written' | 'there'>
  /** Objects whose names begin with `prefix` and come after `after`, in the order of their names; none at the end. */
  list(prefix: string, after: string): Promise<readonly StoredObject[]>
}

const DAY_MS = 86_400_000
/** How long one request may take, in milliseconds. */
const TIMEOUT_MS = 20_000

export function s3Store(
  { url, region, accessKeyId, secretAccessKey, lockDays }: WriteOnceSettings,
  send: (request: Request) => Promise<Response>,
): WriteOnceStore {
  const secret = new TextDecoder().decode(secretAccessKey.reveal())
  const client = new AwsClient({ accessKeyId, secretAccessKey: secret, region, service: 's3' })
  const ask = async (target: string, init: RequestInit) => {
    const signed = await client.sign(url.href + target, init)
    return send(
      new Request(signed, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) }),
    )
  }
  return {
    async put(name, bytes, nowMs) {
      const digest = sha256(bytes)
      const headers = {
        'content-type': 'application/octet-stream',
        'if-none-match': '*',
        'x-amz-content-sha256': toHex(digest),
        // S3 takes nothing under a retention period without it, whatever other digest there is.
        'x-amz-sdk-checksum-algorithm': 'SHA256',
        'x-amz-checksum-sha256': toBase64(digest),
        'x-amz-object-lock-mode': 'COMPLIANCE',
        'x-amz-object-lock-retain-until-date': isoOf(nowMs + lockDays * DAY_MS),
      }
      const { status } = await ask(`/${name}`, { method: 'PUT', headers, body: bytes })
      if (status === 412) return 'there'
      if (status !== 200) throw new Error(`Cannot copy ${name}: the store answers ${status}`)
      return 'written'
    },
    async list(prefix, after) {
      const query = new URLSearchParams({ 'list-type': '2', prefix, 'start-after': after })
      const response = await ask(`?${query.toString()}`, { method: 'GET' })
      if (response.status !== 200)
        throw new Error(`Cannot list ${prefix}: the store answers ${response.status}`)
      return readListing(await response.text())
    },
  }
}

function isoOf(ms: number): string {
  // oxlint-disable-next-line no-restricted-globals -- spells a given instant
  return new Date(ms).toISOString()
}

/** Our names hold nothing that XML escapes. */
function readListing(xml: string): readonly StoredObject[] {
  const contents = xml.match(/<Contents>[\s\S]*?<\/Contents>/g) ?? []
  return contents.flatMap((one) => {
    const name = /<Key>([a-z0-9./]+)<\/Key>/.exec(one)?.[1]
    const size = /<Size>([0-9]+)<\/Size>/.exec(one)?.[1]
    return name === undefined || size === undefined ? [] : [{ name, size: Number(size) }]
  })
}
