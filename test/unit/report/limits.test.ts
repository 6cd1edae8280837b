import { describe, expect, test } from 'vitest'
import { limitHistory } from '../../../src/report/parts/limits.ts'
import { overrides } from '../../../src/report/parts/overrides.ts'
import { concerns } from '../../../src/report/scope.ts'
import { AT_MS, orderEvent, outcome, riskChange } from '../../support/report-records.ts'
import { figuresOf, folded } from '../../support/report-world.ts'

describe('limits', () => {
  const set = { limits: { maxOrderValue: '5000' } }
  const why = { user: 'rita', reason: 'a bigger desk', approver: 'rolf', ticket: 'T-1' }

  test('are listed member by member, with who, why, by whose approval and until when', () => {
    const after = {
      limits: { maxOrderValue: '9000' },
      untilMs: AT_MS + 1,
      raised: ['limits.maxOrderValue'],
    }
    const first = riskChange('risk.limits', set, why)
    const before = JSON.stringify(set)
    const made = folded(
      [limitHistory],
      [first, riskChange('risk.limits', after, { ...why, before, version: 2 })],
    )
    const row = { leaf: 1, by: 'rita', reason: 'a bigger desk', approver: 'rolf', ticket: 'T-1' }
    const until = '2027-01-15T08:00:00.001Z'
    // Until when it holds, and what it raised, is said of the change: no order is judged by it.
    expect(made.tables['limit-changes']?.slice(1)).toMatchObject([
      {
        ...row,
        member: 'limits.maxOrderValue',
        direction: 'raised',
        before: '5000',
        after: '9000',
        until,
      },
    ])
    expect(made.tables['limits-in-force']).toMatchObject([
      { version: 2, until, by: 'rita', members: 1 },
    ])
    expect(figuresOf(made, 'limits')).toMatchObject({
      changes: 2,
      members: 2,
      raises: 1,
      'without-reason': 0,
    })
  })

  test('that were set without a reason or an approval are counted, and nothing is put in its place', () => {
    const made = folded([limitHistory], [riskChange('risk.limits', set)])
    expect(figuresOf(made, 'limits')).toMatchObject({
      'without-reason': 1,
      'without-approver': 1,
      'without-ticket': 1,
      people: 0,
    })
    expect(made.tables['limit-changes']?.[0]?.['approver']).toBeUndefined()
  })

  test('in force are the last before the end of the period, whatever order they came in', () => {
    const changes = [2, 3, 1].map((version) =>
      riskChange(
        'risk.limits',
        { limits: { a: String(version) } },
        { version, atMs: AT_MS + version },
      ),
    )
    const period = { fromMs: AT_MS + 3, toMs: AT_MS + 4 }
    const made = folded([limitHistory], changes, { period })
    expect(made.tables['limits-in-force']).toMatchObject([{ version: 3 }])
    expect(figuresOf(made, 'limits')).toMatchObject({ changes: 1 })
  })

  test('of the firm bind every account, those of another account none', () => {
    const firm = riskChange('risk.limits', set, { subject: { type: 'firm', id: 'firm' } })
    const other = riskChange('risk.limits', set, { subject: { type: 'account', id: 'other' } })
    const made = folded([limitHistory], [firm, other], { account: 'acct' })
    expect(made.tables['limits-in-force']).toMatchObject([{ subject: 'firm' }])
  })
})

describe('overrides', () => {
  test('are held against the approvals that name them', () => {
    const orders = ['ovr-000001', 'ovr-000002'].map((override, i) =>
      orderEvent({ override, number: i + 1 }),
    )
    const approved = riskChange('risk.override.approved', { id: 'ovr-000001' }, { user: 'rolf' })
    const made = folded([overrides], [...orders, approved])
    expect(figuresOf(made, 'overrides')).toMatchObject({
      orders: 2,
      approved: 1,
      'without-approval': 1,
    })
    expect(made.tables['override-orders']).toMatchObject([
      { override: 'ovr-000001', approved: 'yes' },
      { override: 'ovr-000002', approved: 'no record of it' },
    ])
  })
})

test('a question of one account keeps what binds all and what is missing, and leaves others out', () => {
  const about = (
    type: 'key' | 'account' | 'firm' | 'user' | 'orders',
    id: string,
    after?: object,
  ) => riskChange('any', after, { subject: { type, id } })
  const gap = {
    v: 1,
    type: 'gap',
    uid: 'g',
    atMs: AT_MS,
    keyId: 'k',
    first: 1,
    last: 1,
    cause: 'restart',
  } as const
  const kept = [
    orderEvent(),
    outcome({ account: 'acct' }),
    about('account', 'acct'),
    about('orders', 'acct'),
    about('firm', 'firm'),
    about('key', 'k', { account: 'acct' }),
    gap,
  ]
  const left = [
    orderEvent({ account: 'other' }),
    outcome({ account: 'other' }),
    about('account', 'other'),
    about('key', 'k', { account: 'other' }),
    about('user', 'acct'),
  ]
  for (const record of kept) expect(concerns(record, 'acct'), JSON.stringify(record)).toBe(true)
  for (const record of left) expect(concerns(record, 'acct'), JSON.stringify(record)).toBe(false)
})
