/** Reports of the running product: what was done at the gateway is in them, and what nobody did is not. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChangeRecord } from '../../src/audit/record.ts'
import { items, recorded, records } from '../support/node/audit-reader.ts'
import { Cast, must, seeded, type Member } from '../support/node/cast.ts'
import { Cli } from '../support/node/cli.ts'
import { Demo, order, type Answer } from '../support/node/demo.ts'
import type { Raw } from '../support/node/raw-records.ts'

const demo = new Demo()
const cli = new Cli(() => demo.state)
let auditor: Member
const placed: Answer[] = []
let refused: Answer
let suspended = ''

const requestIdOf = ({ headers }: Answer) => String(headers['x-request-id'])

beforeAll(async () => {
  await demo.start()
  auditor = await seeded(demo, 'auditor')
  for (const id of ['report-1', 'report-2', 'report-3'])
    placed.push(await demo.call(demo.key('trade'), order(id)))
  refused = await demo.call(demo.key('read-only'), order('report-4'))
  const cast = await Cast.of(demo)
  const { userId } = await cast.person(['support'])
  const { keyId } = await cast.key(userId)
  const security = await cast.member('security')
  must(await security.call('POST', `/admin/keys/${keyId}/suspend`, { reason: 'a suspicion' }), 200)
  suspended = keyId
  for (const one of placed) await recorded(auditor, requestIdOf(one), 3)
  await recorded(auditor, requestIdOf(refused), 1)
  // Changes come with the next alarm of the object that made them.
  await told(({ subject, what }) => subject.id === keyId && what === 'key.status')
  const { json } = must(await auditor.call('GET', '/admin/users'), 200)
  for (const { userId: id } of json.items) await told(({ subject }) => subject.id === id)
  // Somebody else who may read the log: the auditor's one-time password is used.
  const login = await cli.text(['login', 'security', '--demo-otp'])
  expect(login.code, login.stderr).toBe(0)
  const words = ['audit', 'export', cli.path('export'), '--key', demo.file.audit.publicKey]
  const exported = await cli.text(words)
  expect(exported.code, exported.stdout).toBe(0)
}, 240_000)
afterAll(() => demo.stop())

/** Waits until there is such a change in the log. */
async function told(is: (record: ChangeRecord) => boolean): Promise<void> {
  const isTold = async () =>
    (await records(auditor)).some((record) => record.type === 'change' && is(record))
  while (!(await isTold())) await sleep(1_000)
}

async function report(name: string, ...more: string[]): Promise<Raw> {
  const key = demo.file.audit.publicKey
  const words = ['report', name, '--in', cli.path('export'), '--key', key, ...more]
  const { code, document, stderr } = await cli.json(words)
  expect(code, stderr).toBe(0)
  expect(document.basis).toMatchObject({ verification: 'passed', log: demo.file.audit.origin })
  return document
}

function rows(document: Raw, id: string): Raw[] {
  const { columns, rows: all } = document.tables[id]
  return all.map((cells: Raw[]) =>
    Object.fromEntries(columns.map((name: string, at: number) => [name, cells[at]])),
  )
}

describe('a report of the running product', () => {
  test('has every order that was placed, once: with its record, or as a call without one', async () => {
    const document = await report('orders')
    const listed = [...rows(document, 'orders'), ...rows(document, 'calls-without-order')]
    for (const answer of placed) {
      expect(answer.status).toBe(201)
      const own = listed.filter(({ requestId }) => requestId === requestIdOf(answer))
      expect(own).toMatchObject([{ account: demo.key('trade').account }])
    }
  })

  test('lists the changes of limits that are in the log and no others, and what was refused by which code', async () => {
    const document = await report('limits')
    const { size } = document.basis.checkpoint
    const changes = (await items(auditor)).filter(({ index, record }) => {
      const { what }: { what?: string } = JSON.parse(record ?? '{}')
      return index < size && (what === 'risk.limits' || what === 'risk.caps')
    })
    const leaves = new Set(rows(document, 'limit-changes').map(({ leaf }) => leaf))
    expect([...leaves]).toEqual(changes.map(({ index }) => index))
    expect(rows(document, 'calls-refused')).toContainEqual(
      expect.objectContaining({ code: 'permission_missing', calls: 1 }),
    )
  })

  test('shows people and keys as the gateway itself shows them', async () => {
    const document = await report('access-review')
    const keys = new Map(rows(document, 'keys').map((row) => [row.key, row]))
    const shown = must(await auditor.call('GET', '/admin/keys'), 200).json.items
    expect(shown.length).toBeGreaterThan(5)
    for (const { keyId, user, status, permissions } of shown)
      expect(keys.get(keyId), keyId).toMatchObject({
        user,
        status,
        permissions: permissions.join(', ') || 'none',
      })
    expect(keys.get(suspended)).toMatchObject({ status: 'suspended' })
    const people = new Map(rows(document, 'people').map((row) => [row.user, row]))
    const known = must(await auditor.call('GET', '/admin/users'), 200).json.items
    for (const { userId, roles } of known)
      expect(people.get(userId), userId).toMatchObject({ roles: roles.join(', ') || 'none' })
    expect(rows(document, 'access-changes')).toContainEqual(
      expect.objectContaining({ subject: `key ${suspended}`, reason: 'a suspicion' }),
    )
  })

  test('counts the refusal among the attempts, and the export among what was read of the log', async () => {
    const document = await report('pci-10')
    expect(rows(document, 'invalid-access')).toContainEqual(
      expect.objectContaining({ name: 'permission_missing', count: 1 }),
    )
    const readers = rows(document, 'log-access').map(({ name }) => name)
    expect(readers).toContain('user-auditor GET /gw/v1/admin/audit/records')
  })
})
