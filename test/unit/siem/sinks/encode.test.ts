import { expect, test } from 'vitest'
import { toHex, utf8 } from '../../../../src/lib/bytes.ts'
import { gzip } from '../../../../src/siem/gzip.ts'
import { SINK_TYPES } from '../../../../src/siem/sinks/sink.ts'
import { SINKS } from '../../../../src/siem/sinks/table.ts'
import { PRODUCT } from '../../../support/records.ts'
import { outgoing, sinkOf, TOKEN, uidsIn } from '../../../support/sinks.ts'

const EVENTS = outgoing(3)
const BATCH = {
  events: EVENTS,
  range: 'shard-3 1020..1023 1-3/3',
  log: PRODUCT.log,
  nowMs: 1_800_000_000_500,
}
const [FIRST] = EVENTS

function encoded(type: (typeof SINK_TYPES)[number]) {
  return SINKS[type].encode(BATCH, sinkOf(type))
}

test('Splunk: one object for each event, its time in seconds', () => {
  const { url, headers, body } = encoded('splunk-hec')
  expect(url).toBe('https://splunk.example:8088/services/collector/event')
  expect(headers).toEqual({
    authorization: `Splunk ${TOKEN}`,
    'content-type': 'application/json',
  })
  const [line = '', ...rest] = body.split('\n')
  expect(rest).toHaveLength(2)
  expect(line).toContain('"time":1800000000.000,')
  expect(JSON.parse(line)).toEqual({
    time: 1_800_000_000,
    source: PRODUCT.log,
    sourcetype: 'portcullis:ocsf',
    event: JSON.parse(FIRST?.text ?? ''),
  })
})

test('Datadog: an array of logs, the event under one attribute', () => {
  const { url, headers, body } = encoded('datadog')
  expect(url).toBe('https://http-intake.logs.datadoghq.eu/api/v2/logs')
  expect(headers['dd-api-key']).toBe(TOKEN)
  const [log, ...rest]: unknown[] = JSON.parse(body)
  expect(rest).toHaveLength(2)
  expect(log).toEqual({
    ddsource: 'portcullis',
    service: 'portcullis',
    hostname: PRODUCT.log,
    timestamp: 1_800_000_000_000,
    message: 'order.write: forwarded 201',
    ocsf: JSON.parse(FIRST?.text ?? ''),
  })
})

test('Elastic: each event is created under its uid', () => {
  const { url, headers, body } = encoded('elastic-bulk')
  expect(url).toBe(
    'https://es.example:9243/logs-portcullis-default/_bulk?filter_path=errors,items.*.status',
  )
  expect(headers['authorization']).toBe(`ApiKey ${TOKEN}`)
  const lines = body.split('\n')
  expect(lines.pop()).toBe('')
  expect(lines).toHaveLength(6)
  expect(JSON.parse(lines[0] ?? '')).toEqual({ create: { _id: 'request-0:outcome' } })
  expect(JSON.parse(lines[1] ?? '')).toEqual({
    '@timestamp': '2027-01-15T08:00:00.000Z',
    message: 'order.write: forwarded 201',
    event: { id: 'request-0:outcome', dataset: 'portcullis.ocsf' },
    ocsf: JSON.parse(FIRST?.text ?? ''),
  })
})

test('HTTPS: lines under a signature over time and body, and the range that they are', async () => {
  const { url, headers, body } = encoded('https')
  expect(url).toBe('https://siem.example/in/portcullis')
  expect(headers['portcullis-range']).toBe(BATCH.range)
  expect(headers['portcullis-log']).toBe(PRODUCT.log)
  expect(body).toBe(EVENTS.map(({ text }) => `${text}\n`).join(''))
  // As a receiver checks it, by another implementation.
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', utf8(TOKEN), algorithm, false, ['sign'])
  const mac = await crypto.subtle.sign('HMAC', key, utf8(`1800000000.${body}`))
  expect(headers['portcullis-signature']).toBe(`t=1800000000,v1=${toHex(new Uint8Array(mac))}`)
  expect(JSON.stringify(headers)).not.toContain(TOKEN)
})

test.each(SINK_TYPES)(
  '%s: every event is in it once, under its uid, and the credential is not',
  (type) => {
    const request = encoded(type)
    expect(uidsIn(request)).toEqual(EVENTS.map(({ uid }) => uid))
    expect(request.url + request.body).not.toContain(TOKEN)
  },
)

test('what is compressed comes out as it was, and is smaller', async () => {
  const { body } = encoded('https')
  const bytes = await gzip(body)
  expect(bytes.length).toBeLessThan(body.length / 3)
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream('gzip'))
  expect(await new Response(stream).text()).toBe(body)
})
