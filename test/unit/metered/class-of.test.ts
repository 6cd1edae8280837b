/** Under which class a request is counted, by what its record says. */
import { expect, test } from 'vitest'
import { classOf } from '../../../demo/metered/counters.ts'

const account = { operation: 'account.read', route: 'GET /v1/account', kind: 'read' }
const order = { operation: 'order.write', route: 'POST /v1/orders', kind: 'order' }
const self = { operation: 'gateway.keys.self', route: 'GET /gw/v1/keys/self', kind: 'read' }
const open = { operation: 'market.public', route: 'GET /api/v3/exchangeInfo', kind: 'read' }

test.each([
  ['read', { ...account, sequence: 7, decision: 'forwarded' }],
  ['order', { ...order, sequence: 8, decision: 'refused', code: 'replayed' }],
  ['order', { ...order, decision: 'refused', code: 'guard_unavailable' }],
  ['read', { ...account, decision: 'refused', code: 'timestamp_skew' }],
  ['own', { ...self, sequence: 9, decision: 'answered' }],
  ['own', { decision: 'answered' }],
  ['public', { ...open, decision: 'forwarded' }],
  ['public', { ...open, decision: 'refused', code: 'rate_limited' }],
  ['stranger', { ...order, decision: 'refused', code: 'unauthorized', credentialId: 'known' }],
  ['stranger', { ...self, decision: 'refused', code: 'unauthorized' }],
  ['stranger', { ...order, decision: 'refused', code: 'credential_unavailable' }],
  ['stranger', { decision: 'refused', code: 'unknown_operation' }],
  ['unknown', { sequence: 1, kind: 'another' }],
])('%s: %j', (expected, record) => {
  expect(classOf(record, (operation) => operation === 'market.public')).toBe(expected)
})
