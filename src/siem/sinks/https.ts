/**
 * Any HTTPS endpoint: one event a line, under a signature that its receiver checks. `Portcullis-Signature` is
 * `t=<seconds>,v1=<hex>`: HMAC-SHA256, keyed with the secret's octets, over the seconds, a full stop and the body before
 * it was compressed. `Portcullis-Range` says which part of the audit log it is.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { toHex, utf8 } from '../../lib/bytes.ts'
import { judgeStatus, type Sink } from './sink.ts'

export const https: Sink = {
  encode({ events, range, log, nowMs }, { url, token }) {
    const body = events.map(({ text }) => `${text}\n`).join('')
    const seconds = Math.floor(nowMs / 1000)
    const mac = hmac(sha256, token.reveal(), utf8(`${seconds}.${body}`))
    return {
      url: url.origin + url.pathname,
      headers: {
        'content-type': 'application/x-ndjson',
        'portcullis-signature': `t=${seconds},v1=${toHex(mac)}`,
        'portcullis-range': range,
        'portcullis-log': log,
      },
      body,
    }
  },

  judge: judgeStatus,
}
