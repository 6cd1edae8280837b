/**
 * Elasticsearch's `_bulk`, into the index or data stream that the URL names. Each event is created under its uid, so one
 * that is there already stays as it is: what was sent twice is there once.
 */
import { rfc3339 } from '../../lib/time.ts'
import { memberOf, readJson } from './answer.ts'
import { credentialOf, DONE, judgeStatus, pathUnder, type Judgement, type Sink } from './sink.ts'

/** Of the answer, only what is judged: refusals quote the event. */
const BULK = '/_bulk?filter_path=errors,items.*.status'

const THERE_ALREADY = 409

export const elasticBulk: Sink = {
  encode({ events }, target) {
    const lines = events.map(({ uid, atMs, message, text }) => {
      const id = JSON.stringify(uid)
      const at = JSON.stringify(rfc3339(atMs) ?? rfc3339(0))
      const frame = `"@timestamp":${at},"message":${JSON.stringify(message)}`
      return `{"create":{"_id":${id}}}\n{${frame},"event":{"id":${id},"dataset":"portcullis.ocsf"},"ocsf":${text}}\n`
    })
    return {
      url: pathUnder(target, BULK),
      headers: {
        authorization: `ApiKey ${credentialOf(target)}`,
        'content-type': 'application/x-ndjson',
      },
      body: lines.join(''),
    }
  },

  judge(status, body, { events }) {
    if (status !== 200) return judgeStatus(status)
    return judgeItems(body, events.length)
  },
}

function judgeItems(body: string, count: number): Judgement {
  const answer = readJson(body)
  if (memberOf(answer, 'errors') === false) return DONE
  const items = memberOf(answer, 'items')
  // Without a word on each event none is known to be there.
  if (!Array.isArray(items) || items.length !== count)
    return { outcome: 'retry', why: 'unexpected' }
  const refused: number[] = []
  const again: number[] = []
  for (const [index, item] of items.entries()) {
    const status = memberOf(memberOf(item, 'create'), 'status')
    if (typeof status !== 'number') again.push(index)
    else if ((status >= 200 && status < 300) || status === THERE_ALREADY) continue
    // Anything that is not about the event itself may pass.
    else if (status === 400 || status === 413) refused.push(index)
    else again.push(index)
  }
  if (refused.length + again.length === 0) return DONE
  return { outcome: 'some', refused, again, why: refused.length > 0 ? 'rejected' : 'throttled' }
}
