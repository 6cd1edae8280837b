import { array, assert, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readRecord } from '../../../src/audit/record.ts'
import type { Report } from '../../../src/report/report.ts'
import { REPORTS } from '../../../src/report/reports.ts'
import { AnyRecord } from '../../support/any-record.ts'
import { CHANGES, RECORDS } from '../../support/records.ts'
import { AT_MS, orderEvent, ORIGIN, outcome, riskChange } from '../../support/report-records.ts'
import { figuresOf, folded } from '../../support/report-world.ts'

const ALL = Object.entries(REPORTS).map(([name, report]): readonly [string, Report] => [
  name,
  report,
])

/** What a verifier would let pass. */
const Readable = AnyRecord.filter((one) => readRecord(structuredClone(one)) !== undefined)

/** What a product may not say of itself: it supplies controls and evidence. */
const CLAIMS =
  /complian[tc]|certified|immutable|guarantee|best-execution report|transaction reporting/i

describe.each(ALL)('the report %s', (_, report) => {
  test('of no records has nothing to say, and says no number that it does not know', () => {
    const { sections, tables } = folded(report.parts, [])
    for (const { id, figures } of sections)
      for (const { id: name, value } of figures)
        expect(value === 0 || value === null, `${id}.${name} is ${value}`).toBe(true)
    for (const rows of Object.values(tables))
      for (const row of rows)
        for (const cell of Object.values(row)) if (typeof cell === 'number') expect(cell).toBe(0)
  })

  test('can be made of whatever a record may say, twice alike', () => {
    assert(
      property(array(Readable, { maxLength: 30 }), (records) => {
        const [one, other] = [folded(report.parts, records), folded(report.parts, records)]
        expect(JSON.stringify(other)).toBe(JSON.stringify(one))
      }),
      { numRuns: 20 },
    )
  })

  test('has rows for no table but its own, and claims nothing', () => {
    const records = [...RECORDS, ...CHANGES, orderEvent(), outcome({ origin: ORIGIN })]
    const { sections } = folded(report.parts, records)
    const tables = report.parts.flatMap((part) => part.tables.map(({ id }) => id))
    expect(sections.flatMap((section) => section.tables).toSorted()).toEqual(tables.toSorted())
    const said = JSON.stringify({ ...report, isNot: '', sections })
    expect(said).not.toMatch(CLAIMS)
  })
})

describe('populations', () => {
  test('of denied access count the strangers that were not recorded one by one', () => {
    const made = folded(REPORTS['pci-10'].parts, RECORDS)
    expect(made.tables['invalid-access']).toMatchObject([{ name: 'unauthorized', count: 701 }])
    expect(figuresOf(made, 'particulars')).toMatchObject({ strangers: 720 })
  })

  test('of access to the log and of administration are told apart by route and person', () => {
    const call = (route: string, user: string) =>
      outcome({ route, user, requestId: route + user, kind: 'read' })
    const made = folded(REPORTS['pci-10'].parts, [
      call('GET /gw/v1/admin/audit/records', 'ada'),
      call('POST /gw/v1/admin/keys', 'olga'),
      call('GET /v1/orders', 'bob'),
    ])
    expect(made.tables['log-access']).toMatchObject([
      { name: 'ada GET /gw/v1/admin/audit/records' },
    ])
    expect(made.tables['admin-actions']).toHaveLength(2)
    expect(made.tables['user-access']).toHaveLength(3)
  })

  test('of changes have every change of people and keys but sessions', () => {
    const made = folded(REPORTS.soc2.parts, CHANGES)
    const expected = CHANGES.filter(
      ({ subject, what }) =>
        (subject.type === 'key' || subject.type === 'user') && !what.startsWith('session'),
    )
    expect(made.tables['access-changes']).toHaveLength(expected.length)
    expect(figuresOf(made, 'operations')).toMatchObject({ scans: null, incidents: null })
  })

  test('a day without a record is told', () => {
    const days = [0, 3].map((day) => outcome({ atMs: AT_MS + day * 86_400_000 }))
    const made = folded(REPORTS.soc2.parts, days)
    expect(figuresOf(made, 'timeline')).toMatchObject({ days: 2, silent: 2, calls: 2 })
    expect(made.tables['days']).toHaveLength(4)
  })
})

describe('a review of access', () => {
  const { parts } = REPORTS['access-review']
  const key = {
    keyId: 'k',
    account: 'acct',
    user: 'ada',
    status: 'active',
    permissions: ['order.write'],
  }
  const created = (more: object, version = 1, atMs = AT_MS) =>
    riskChange(
      version === 1 ? 'key.created' : 'key.permissions',
      { ...key, ...more },
      { subject: { type: 'key', id: 'k' }, version, atMs },
    )
  const person = (what: string, after: object, version: number, atMs = AT_MS) =>
    riskChange(what, after, { subject: { type: 'user', id: 'ada' }, version, atMs })

  test('shows people and keys as they stood at its end, not as they came to be later', () => {
    const records = [
      person('user.created', { userId: 'ada', name: 'Ada', roles: ['client'] }, 1),
      person('user.roles', ['risk', 'owner'], 2, AT_MS + 5),
      person('user.roles', [], 3, AT_MS + 50),
      created({}),
      created({ permissions: [], status: 'suspended' }, 2, AT_MS + 50),
      outcome({ keyId: 'k', user: 'ada', atMs: AT_MS + 7 }),
    ]
    const period = { fromMs: AT_MS + 4, toMs: AT_MS + 50 }
    const made = folded(parts, records, { period })
    const lastUse = '2027-01-15T08:00:00.007Z'
    expect(made.tables['people']).toMatchObject([
      { user: 'ada', name: 'Ada', roles: 'risk, owner', changes: 1, lastUse, decision: '' },
    ])
    expect(made.tables['keys']).toMatchObject([
      { key: 'k', status: 'active', permissions: 'order.write', addresses: undefined, lastUse },
    ])
    expect(figuresOf(made, 'access')).toMatchObject({ active: 1, unused: 0, 'risk-and-owner': 1 })
    const now = folded(parts, records)
    expect(now.tables['keys']).toMatchObject([{ status: 'suspended', permissions: 'none' }])
    expect(now.tables['people']).toMatchObject([{ roles: 'none' }])
  })

  test('knows no use of a key of which no call is recorded, and counts it', () => {
    const made = folded(parts, [created({})])
    expect(made.tables['keys']?.[0]?.['lastUse']).toBeUndefined()
    expect(figuresOf(made, 'access')).toMatchObject({ unused: 1 })
  })
})
