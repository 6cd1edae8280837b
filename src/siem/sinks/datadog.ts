/**
 * Datadog's log intake, `/api/v2/logs`: at most 1,000 logs and 5 MB in a request, which our batches are far below. The
 * event is the attribute `ocsf`: some names of OCSF, such as `status`, mean something else to Datadog at the top.
 */
import { credentialOf, judgeStatus, pathUnder, type Sink } from './sink.ts'

export const datadog: Sink = {
  encode({ events, log }, target) {
    const frame = `"ddsource":"portcullis","service":"portcullis","hostname":${JSON.stringify(log)}`
    const logs = events.map(
      ({ atMs, message, text }) =>
        `{${frame},"timestamp":${atMs},"message":${JSON.stringify(message)},"ocsf":${text}}`,
    )
    return {
      url: pathUnder(target, '/api/v2/logs'),
      headers: { 'dd-api-key': credentialOf(target), 'content-type': 'application/json' },
      body: `[${logs.join(',')}]`,
    }
  },

  judge: judgeStatus,
}
