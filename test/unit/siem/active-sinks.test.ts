import { expect, test } from 'vitest'
import policy from '../../../gateway.config.ts'
import { readSinks } from '../../../src/siem/active-sinks.ts'

const GOOD = {
  SPLUNK_HEC_URL: 'https://splunk.example:8088',
  SPLUNK_HEC_TOKEN: 'b0221cd8-0000-4000-8000-000000000000',
  DATADOG_URL: 'https://http-intake.logs.datadoghq.eu',
  DATADOG_API_KEY: '0123456789abcdef',
  ELASTIC_URL: 'https://es.example:9243/logs-portcullis-default',
  ELASTIC_API_KEY: 'ZmFrZTpmYWtl',
  SIEM_HTTPS_URL: 'https://siem.example/in',
  SIEM_HTTPS_KEY: 'an obviously fake key of 32 chars'.replaceAll(' ', '-'),
}

test('the demo’s policy names one sink of each kind; each is active when it is set, and not before', () => {
  expect(readSinks(policy.sinks, {})).toEqual({ active: [], problems: [] })
  const { active, problems } = readSinks(policy.sinks, GOOD)
  expect(active.map(({ id, type }) => [id, type])).toEqual([
    ['splunk', 'splunk-hec'],
    ['datadog', 'datadog'],
    ['elastic', 'elastic-bulk'],
    ['https', 'https'],
  ])
  expect(problems).toEqual([])
})

test('one that is half set, or set to what cannot be used, is named and the others go on', () => {
  const problemsOf = (change: Record<string, unknown>) => {
    const { active, problems } = readSinks(policy.sinks, { ...GOOD, ...change })
    expect(active).toHaveLength(3)
    return problems
  }
  for (const url of [
    undefined,
    'splunk.example',
    'http://splunk.example',
    'http://localhost:8088',
    'https://user:pass@splunk.example',
    'https://splunk.example/?token=x',
    'https://splunk.example/#x',
    'ftp://splunk.example',
  ])
    expect(problemsOf({ SPLUNK_HEC_URL: url })[0], String(url)).toMatch(/^SPLUNK_HEC_URL must be/)
  expect(problemsOf({ SPLUNK_HEC_TOKEN: undefined })[0]).toMatch(/^SPLUNK_HEC_TOKEN must be/)
  expect(problemsOf({ DATADOG_API_KEY: 'two\nlines here' })[0]).toMatch(/^DATADOG_API_KEY must be/)
  expect(problemsOf({ ELASTIC_URL: 'https://es.example:9243' })[0]).toMatch(/must name an index/)
  expect(problemsOf({ SIEM_HTTPS_KEY: 'short-key-of-16-' })[0]).toMatch(/at least 32/)
})

test('names every problem at once, and no value; the credential cannot be printed', () => {
  const canary = 'canary 41f0'
  const vars = Object.fromEntries(Object.keys(GOOD).map((name) => [name, canary]))
  const { problems } = readSinks(policy.sinks, vars)
  expect(problems).toHaveLength(8)
  expect(problems.join()).not.toContain(canary)
  const { active } = readSinks(policy.sinks, GOOD)
  expect(JSON.stringify(active)).not.toContain(GOOD.DATADOG_API_KEY)
})
