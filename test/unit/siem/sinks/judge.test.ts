import { describe, expect, test } from 'vitest'
import { SINK_TYPES } from '../../../../src/siem/sinks/sink.ts'
import { SINKS } from '../../../../src/siem/sinks/table.ts'
import { outgoing } from '../../../support/sinks.ts'

const THREE = { events: outgoing(3) }

test.each([
  [200, 'done', undefined],
  [202, 'done', undefined],
  [413, 'split', 'too_large'],
  [401, 'retry', 'unauthorized'],
  [403, 'retry', 'unauthorized'],
  [408, 'retry', 'unavailable'],
  [429, 'retry', 'throttled'],
  [500, 'retry', 'unavailable'],
  [503, 'retry', 'unavailable'],
  // Not followed: the credential would go along. And a URL that is wrong loses nothing.
  [301, 'retry', 'misconfigured'],
  [307, 'retry', 'misconfigured'],
  [404, 'retry', 'misconfigured'],
  [405, 'retry', 'misconfigured'],
])('%i: %s', (status, outcome, why) => {
  for (const type of SINK_TYPES) {
    // Elastic's 200 says nothing without its body.
    const body = '{"errors":false}'
    expect(SINKS[type].judge(status, body, THREE), type).toEqual(
      why === undefined ? { outcome } : { outcome, why },
    )
  }
})

test('no answer, however odd, throws or is taken for a success', () => {
  const bodies = ['', 'null', '[]', '{', '{"items":{}}', '{"code":"0"}', '{"errors":true}', '"x"']
  for (const type of SINK_TYPES) {
    for (const status of [100, 204, 302, 400, 418, 422, 451, 599]) {
      for (const body of bodies) {
        const { outcome } = SINKS[type].judge(status, body, THREE)
        if (status === 204) expect(outcome, type).toBe('done')
        else expect(['retry', 'split'], `${type} ${status} ${body}`).toContain(outcome)
      }
    }
  }
})

describe('Splunk', () => {
  test.each([5, 6, 12, 13, 15])('code %i is about an event', (code) => {
    expect(SINKS['splunk-hec'].judge(400, JSON.stringify({ text: 'x', code }), THREE)).toEqual({
      outcome: 'split',
      why: 'rejected',
    })
  })

  test.each([7, 10, 11, 14, 16, undefined])('code %s is about how it is set up', (code) => {
    expect(SINKS['splunk-hec'].judge(400, JSON.stringify({ code }), THREE)).toEqual({
      outcome: 'retry',
      why: 'misconfigured',
    })
  })
})

describe('Elastic', () => {
  const judge = (statuses: readonly unknown[], errors: unknown = true) => {
    const items = statuses.map((status) => ({ create: { status } }))
    return SINKS['elastic-bulk'].judge(200, JSON.stringify({ errors, items }), THREE)
  }

  test('an event that is there already is there', () => {
    expect(judge([201, 409, 200])).toEqual({ outcome: 'done' })
  })

  test('tells what is refused for good from what may pass', () => {
    expect(judge([400, 201, 429])).toEqual({
      outcome: 'some',
      refused: [0],
      again: [2],
      why: 'rejected',
    })
    expect(judge([201, 503, 404])).toEqual({
      outcome: 'some',
      refused: [],
      again: [1, 2],
      why: 'throttled',
    })
  })

  test('without a word on each event, none is known to be there', () => {
    expect(judge([201, 201])).toEqual({ outcome: 'retry', why: 'unexpected' })
    expect(judge(['201', null, undefined])).toMatchObject({ outcome: 'some', again: [0, 1, 2] })
    expect(SINKS['elastic-bulk'].judge(200, 'cut of', THREE)).toMatchObject({ outcome: 'retry' })
  })
})
