/** Nothing secret, wherever it was put: canaries in every member that could hold one. */
import { expect, test } from 'vitest'
import type { AuditRecord } from '../../../src/audit/record.ts'
import { ocsfFitted, ocsfSignal } from '../../../src/siem/ocsf.ts'
import { CHANGES, changeOf, PRODUCT, RECORDS, SIGNALS } from '../../support/records.ts'

const CANARY = 'canary-5f0c'

/** Members that no record has, and that a mistake elsewhere could add. */
const SECRETS = {
  authorization: CANARY,
  signature: CANARY,
  otp: CANARY,
  secret: CANARY,
  privateKey: CANARY,
  refreshToken: CANARY,
  body: CANARY,
  headers: { cookie: CANARY },
  refreshHash: CANARY,
  totp: { secret: CANARY },
}

function lineOf(record: AuditRecord): string {
  const { event, text } = ocsfFitted(record, PRODUCT)
  return JSON.stringify(event) + text
}

// @control mission/masking
test('a member that no record has is told of none', () => {
  for (const record of [...RECORDS, ...CHANGES])
    expect(lineOf({ ...SECRETS, ...record }), record.uid).not.toContain(CANARY)
})

test('of what a change was before and after, only listed members are told', () => {
  const state = {
    ...SECRETS,
    name: CANARY,
    permissions: ['a'],
    limits: [{ name: 'burst', limit: 1, windowSeconds: 1, ...SECRETS }],
    credentials: [{ id: 'pc1_x', ...SECRETS }],
    standing: SECRETS,
  }
  const after = JSON.stringify(state)
  // As if each of them had changed, and as if each were new.
  const befores = [after.replaceAll(CANARY, `${CANARY}-old`).replaceAll('"a"', '"b"'), undefined]
  for (const subject of ['key', 'user', 'signing-keys', 'audit'] as const) {
    for (const what of ['changed', 'created', 'rotated', 'session.begun', 'totp.reset']) {
      for (const before of befores) {
        const line = lineOf(changeOf(subject, what, { before, after }))
        expect(line, `${subject} ${what}`).not.toContain(CANARY)
      }
    }
  }
  const limits = JSON.stringify({ limits: state.limits, credentials: state.credentials })
  const told = lineOf(changeOf('key', 'changed', { before: '{"limits":[]}', after: limits }))
  expect(told).toContain('burst')
  expect(told).not.toContain(CANARY)
})

test('what came second under a number is kept in the log and told nobody', () => {
  const fork = RECORDS.find((record) => record.type === 'fork')
  expect(fork).toBeDefined()
  if (fork?.type === 'fork')
    expect(lineOf({ ...fork, body: JSON.stringify(SECRETS) })).not.toContain(CANARY)
})

test('a signal tells the facts that it lists', () => {
  for (const signal of SIGNALS) {
    const events = ocsfSignal({ ...signal, features: { ...signal.features, ...SECRETS } }, PRODUCT)
    expect(JSON.stringify(events), signal.rule).not.toContain(CANARY)
  }
})
