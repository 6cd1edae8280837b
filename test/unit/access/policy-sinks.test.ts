/** What a policy says of sinks, and what is wrong with it. */
import { expect, test } from 'vitest'
import { defineGateway, PolicyError, type GatewayInput } from '../../../src/access/policy.ts'

const SINK = { id: 'splunk', type: 'splunk-hec', url: 'SPLUNK_URL', token: 'SPLUNK_TOKEN' } as const

function define(sinks: GatewayInput['sinks']) {
  return defineGateway({
    origin: { region: 'weur' },
    dialects: ['compact'],
    operations: { 'market.read': { kind: 'read', routes: ['GET /v1/time'] } },
    tiers: { retail: { limits: [{ name: 'burst', limit: 10, windowSeconds: 1 }] } },
    sinks,
  })
}

function problemsOf(sinks: unknown): readonly string[] {
  try {
    define(JSON.parse(JSON.stringify(sinks)))
    return []
  } catch (error) {
    if (error instanceof PolicyError) return error.problems
    throw error
  }
}

test('a policy without sinks has none', () => {
  expect(define(undefined).sinks).toEqual([])
  expect(define([SINK]).sinks).toEqual([SINK])
})

test.each<[string, unknown, string]>([
  ['a kind that there is not', { ...SINK, type: 'syslog' }, 'sinks.0.type: must be one of'],
  ['an id with capitals', { ...SINK, id: 'Splunk' }, 'sinks.0.id: a sink must be lower case'],
  ['a URL in place of its name', { ...SINK, url: 'https://a.example' }, 'sinks.0.url: must be the'],
  ['a setting that there is not', { ...SINK, index: 'x' }, 'sinks.0.index: is not a known setting'],
  ['no credential', { ...SINK, token: undefined }, 'sinks.0.token: is missing'],
  ['a URL that does not say so', { ...SINK, url: 'SPLUNK' }, 'sinks[0].url: "SPLUNK" must be a'],
  ['the origin’s URL', { ...SINK, url: 'ORIGIN_URL', token: 'ORIGIN_KEY' }, 'sinks[0].url'],
  [
    'one of our own secrets',
    { ...SINK, token: 'CREDENTIAL_KEK' },
    'sinks[0].token: "CREDENTIAL_KEK"',
  ],
  ['the URL as the credential', { ...SINK, token: 'SPLUNK_URL' }, 'sinks[0].token: "SPLUNK_URL"'],
])('refuses %s', (_, sink, problem) => {
  expect(problemsOf([sink]).join('\n')).toContain(problem)
})

test('names every problem at once', () => {
  const wrong = { ...SINK, url: 'SPLUNK', token: 'CREDENTIAL_KEK' }
  expect(problemsOf([SINK, wrong, SINK])).toEqual([
    'sinks[1].id: "splunk" is already the id of another sink',
    'sinks[1].url: "SPLUNK" must be a variable of the sink\'s own that ends in _URL',
    'sinks[1].token: "CREDENTIAL_KEK" must be a secret whose name begins with "SPLUNK"',
    'sinks[2].id: "splunk" is already the id of another sink',
  ])
  expect(problemsOf(Array.from({ length: 9 }, (_, i) => ({ ...SINK, id: `s${i}` })))).toEqual([
    'sinks: must name at most 8 sinks',
  ])
})
