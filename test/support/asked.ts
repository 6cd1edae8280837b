/** A key and a request of it that nothing speaks against, for tests of the decision alone. */
import type { Admission, Key } from '../../src/guard/key.ts'

export const NOW = 1_800_000_000_000

export const KEY: Key = {
  keyId: 'key_1',
  account: 'acct',
  user: 'user',
  tier: 'retail',
  status: 'active',
  permissions: ['order.write', 'account.read'],
  addresses: [],
  credentials: [{ id: 'cred' }],
  limits: [],
}

export const ASK: Admission = {
  attempt: 'attempt-1',
  requestId: 'r',
  requestHash: 'h',
  replayId: 'id',
  nonced: true,
  fenced: false,
  credentialId: 'cred',
  signedAtMs: NOW,
  freshUntilMs: NOW + 10_000,
  operation: 'order.write',
  route: 'POST /v1/orders',
  kind: 'order',
  permission: 'order.write',
  weight: 1,
  budget: 'tier',
  address: '192.0.2.1',
  epoch: 0,
}
