/** `audit query` answers what the records say, and reaches nothing but them; `audit proof` proves one leaf. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addressAllowed } from '../../src/access/address.ts'
import { inclusionProof } from '../../src/audit/log-objects.ts'
import { formatLogProof } from '../../src/audit/log-proof.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import { Case } from '../support/node/audit-case.ts'
import { makeKey, type LogKey } from '../support/node/audit-export.ts'
import { AuditGateway } from '../support/node/audit-gateway.ts'
import { BEGIN_MS, History } from '../support/node/audit-history.ts'
import { Cli } from '../support/node/cli.ts'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-query-'))
const cli = new Cli(() => root)
const folder = path.join(root, 'export')
/** A reason that a spreadsheet and a naive CSV would stumble over. */
const REASON = '=HYPERLINK("x"), "quoted"\nand a line'
let made: Case
let key: LogKey

beforeAll(async () => {
  key = await makeKey()
  made = new Case([...new History(5, 8, 500).rounds(800)], { log: key, witnesses: [] })
  const { record, ...item } = made.record(made.of('change', 3))
  if (record.type !== 'change') throw new Error('The test itself is wrong')
  made.draft[made.of('change', 3)] = { ...item, record: { ...record, reason: REASON } }
  made.record(made.of('outcome', 4)).line = 'shredded'
  await made.sealed()
  made.files.saveTo(folder)
})
afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true })
})

const query = (...words: string[]) =>
  cli.json(['audit', 'query', folder, '--limit', '9999', ...words])

/** What a person would find who reads every record. */
function indicesOf(is: (record: AuditRecord & Record<string, unknown>) => boolean): number[] {
  return made.draft.flatMap((item, index) =>
    item.kind === 'record' && item.line === undefined && is({ ...item.record }) ? [index] : [],
  )
}

const AT = new Date(BEGIN_MS + 100_000).toISOString()
const UNTIL = new Date(BEGIN_MS + 200_000).toISOString()

const ASKED: readonly (readonly [readonly string[], Parameters<typeof indicesOf>[0]])[] = [
  [['--account', 'acct-2'], ({ account }) => account === 'acct-2'],
  [['--type', 'admission'], ({ type }) => type === 'admission'],
  [['--decision', 'refused'], ({ decision }) => decision === 'refused'],
  [['--code', 'rate_limited'], ({ code }) => code === 'rate_limited'],
  [['--operation', 'order.write'], ({ operation }) => operation === 'order.write'],
  [['--order', 'req-0000100'], ({ requestId }) => requestId === 'req-0000100'],
  [['--order', 'DELETE /v1/orders/{id}'], ({ route }) => route === 'DELETE /v1/orders/{id}'],
  [
    ['--address', '203.0.113.64/26'],
    ({ address }) => addressAllowed(String(address), ['203.0.113.64/26']),
  ],
  [['--from', AT, '--to', UNTIL], ({ atMs }) => atMs >= Date.parse(AT) && atMs < Date.parse(UNTIL)],
  [
    ['--key', 'key_0003'],
    (record) =>
      record['keyId'] === 'key_0003' ||
      (record.type === 'change' && record.subject.id === 'key_0003'),
  ],
  [['--user', 'user-sam'], ({ user }) => user === 'user-sam'],
  [
    ['--key', 'key_0001', '--decision', 'refused', '--from', AT],
    (record) =>
      record['keyId'] === 'key_0001' &&
      record['decision'] === 'refused' &&
      record.atMs >= Date.parse(AT),
  ],
]

describe('a question', () => {
  // @control mission/forensics 17a-4(f)(3)-index
  test.each(ASKED)('%j finds what a person would find', async (words, is) => {
    const { code, document } = await query(...words)
    expect(code).toBe(0)
    const found = document.items.map(({ index }: { index: number }) => index)
    expect(found).toEqual(indicesOf(is))
    expect(found.length).toBeGreaterThan(0)
    for (const { index, record } of document.items)
      expect(record).toEqual(JSON.parse(JSON.stringify(made.record(index).record)))
  })

  test('says of a shredded record that it was there', async () => {
    const { document } = await query()
    const index = made.of('outcome', 4)
    const item = document.items.find((one: { index: number }) => one.index === index)
    expect(item).toEqual({ index, shredded: true })
  })

  test('cannot be more than a question, whatever is typed', async () => {
    const texts = ["x' OR 1=1 --", "'); DROP TABLE records; --", '$1', '%', '"', 'acct-2;']
    for (const option of ['--account', '--key', '--code', '--order', '--user', '--type'])
      for (const text of option === '--account' ? texts : texts.slice(0, 2))
        expect(await query(option, text), text).toMatchObject({ code: 0, document: { items: [] } })
  })

  test('is answered as a table, as JSON, and as CSV that no spreadsheet runs', async () => {
    const words = ['audit', 'query', folder, '--type', 'change', '--limit', '4']
    const shown = await cli.text(words)
    expect(shown.stdout).toMatch(/^leaf +time +type +what\n/)
    expect(shown.stdout).toContain('4 rows, and there are more: raise --limit')
    expect(shown.stderr).toContain('portcullis audit verify')
    const json = await cli.text([...words, '--format', 'json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ more: true })
    const { stdout } = await cli.text([...words, '--format', 'csv'])
    expect(stdout.split('\r\n')[0]).toMatch(/^leaf,time,type,uid,/)
    expect(stdout).toContain(`,"'${REASON.replaceAll('"', '""')}",`)
  })
})

describe('a question in SQL', () => {
  test('is answered from the table of records', async () => {
    const sql =
      'SELECT type, count(*) AS n FROM records WHERE NOT shredded GROUP BY type ORDER BY type'
    const { code, document } = await query('--sql', sql)
    const types = [
      ...Map.groupBy(
        indicesOf(() => true),
        (at) => made.record(at).record.type,
      ),
    ]
    const counted = types.map(([type, all]) => ({ type, n: all.length }))
    expect(code).toBe(0)
    expect(document.items).toEqual(counted.toSorted((a, b) => (a.type < b.type ? -1 : 1)))
    // No column needs quotes: who asks need not know the words of the dialect.
    const { columns } = JSON.parse(
      (
        await cli.text([
          'audit',
          'query',
          folder,
          '--json',
          '--limit',
          '1',
          '--sql',
          "SELECT list(name) AS columns FROM pragma_table_info('records')",
        ])
      ).stdout,
    ).items[0]
    expect(
      await query('--sql', `SELECT ${JSON.parse(columns).join(', ')} FROM records`),
    ).toMatchObject({ code: 0 })
    const table = await cli.text(['audit', 'query', folder, '--sql', 'SELECT 1 AS one'])
    expect(table.stdout).toBe('one\n1\n\n1 row\n')
  })

  test.each([
    `SELECT * FROM read_text('${folder}/trust')`,
    `SELECT * FROM read_json('${folder}/manifest.json')`,
    `SELECT * FROM '${folder}/records/000000.jsonl'`,
    `SELECT * FROM glob('${folder}/*')`,
    `COPY records TO '${root}/out.csv'`,
    `EXPORT DATABASE '${root}/out'`,
    `ATTACH '${root}/out.db'`,
    'SET enable_external_access = true',
    'RESET lock_configuration',
    'INSTALL httpfs',
    'LOAD httpfs',
    "SELECT * FROM read_csv('https://example.com/x.csv')",
    "CREATE SECRET (TYPE s3, KEY_ID 'a', SECRET 'b')",
    'nonsense',
  ])('%s reaches nothing', async (sql) => {
    const { code, document } = await query('--sql', sql)
    expect({ code, document }).toMatchObject({ code: 2, document: { error: expect.anything() } })
    expect(fs.readdirSync(root).filter((name) => name.startsWith('out'))).toEqual([])
  })
})

describe('wrong use of a question', () => {
  test.each([
    [['--sql', 'SELECT 1', '--key', 'k'], 'leave the other conditions out'],
    [['--format', 'xml'], '--format is one of'],
    [['--address', 'here'], 'such as 203.0.113.0/24'],
    [['--from', 'yesterday'], 'such as 2026-01-05T08:00:00Z'],
    [['--limit', 'all'], 'a whole number'],
  ])('%j', async (words, said) => {
    const { code, stderr } = await cli.text(['audit', 'query', folder, ...words])
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(said) })
  })

  test('of what is no export', async () => {
    const { code, stderr } = await cli.text(['audit', 'query', root])
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no records'),
    })
  })
})

describe('a proof of one leaf', () => {
  let gateway: AuditGateway

  beforeAll(async () => {
    gateway = new AuditGateway(made.files, key)
    const session = gateway.session(await gateway.start())
    fs.writeFileSync(cli.path('session.json'), JSON.stringify(session))
  })
  beforeEach(async () => {
    gateway.proof = await proofOf(200)
  })
  afterAll(() => {
    gateway.stop()
  })

  async function proofOf(index: number): Promise<string> {
    const { size } = made.checkpoint('checkpoint')
    const hashes = await inclusionProof(index, size, async (name) => made.files.get(name))
    return formatLogProof({ index, hashes, checkpoint: made.files.text('checkpoint') })
  }

  const prove = (index: number, ...words: string[]) =>
    cli.json(['audit', 'proof', String(index), ...words])

  // @control mission/forensics
  test('is fetched, checked with the auditor’s key, and kept', async () => {
    const out = path.join(root, 'leaf.tlog-proof')
    const { code, document } = await prove(200, '--key', key.vkey, '--out', out)
    expect({ code, document }).toMatchObject({
      code: 0,
      document: { ok: true, index: 200, ownKey: true },
    })
    expect(fs.readFileSync(out, 'utf8')).toBe(gateway.proof)
    const text = await cli.text(['audit', 'proof', '200'])
    expect(text.stdout).toContain('PROVED, on the word of the gateway itself')
    expect((await prove(200, '--out', out)).code).toBe(1)
  })

  test('of another leaf, of another log, or altered proves nothing', async () => {
    const other = await makeKey()
    expect(await prove(200, '--key', other.vkey)).toMatchObject({
      code: 1,
      document: { ok: false },
    })
    gateway.proof = gateway.proof.replace(/\n[A-Za-z0-9+/]/, '\nz')
    expect(await prove(200, '--key', key.vkey)).toMatchObject({ code: 1, document: { ok: false } })
    gateway.proof = await proofOf(201)
    expect(await prove(200, '--key', key.vkey)).toMatchObject({ code: 1, document: { ok: false } })
    // The leaf and the proof of another, which belong together.
    gateway.leafShift = 1
    const shifted = await prove(200, '--key', key.vkey)
    gateway.leafShift = 0
    expect(shifted).toMatchObject({ code: 1, document: { problem: 'it is of leaf 201' } })
  })
})
