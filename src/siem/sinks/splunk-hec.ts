/**
 * Splunk's HTTP Event Collector, endpoint `/services/collector/event`. Splunk keeps what it is given twice: searches
 * count by `metadata.uid`.
 */
import { readMember } from './answer.ts'
import { credentialOf, judgeStatus, pathUnder, type Sink } from './sink.ts'

/** Codes by which an event is refused; every other 400 says that token, index or channel are set up wrong. */
const EVENT_CODES: ReadonlySet<number> = new Set([
  5, // no data
  6, // invalid data format
  12, // event field is required
  13, // event field cannot be blank
  15, // error in handling indexed fields
])

export const splunkHec: Sink = {
  encode({ events, log }, target) {
    const frame = `"source":${JSON.stringify(log)},"sourcetype":"portcullis:ocsf","event":`
    return {
      url: pathUnder(target, '/services/collector/event'),
      headers: {
        authorization: `Splunk ${credentialOf(target)}`,
        'content-type': 'application/json',
      },
      // Seconds, with the milliseconds behind the point.
      body: events
        .map(({ atMs, text }) => `{"time":${(atMs / 1000).toFixed(3)},${frame}${text}}`)
        .join('\n'),
    }
  },

  judge(status, body) {
    if (status !== 400) return judgeStatus(status)
    const code = readMember(body, 'code')
    return typeof code === 'number' && EVENT_CODES.has(code)
      ? { outcome: 'split', why: 'rejected' }
      : { outcome: 'retry', why: 'misconfigured' }
  },
}
