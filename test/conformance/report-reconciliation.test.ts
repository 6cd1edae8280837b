/** The log of the running product beside the journal of its broker: the same, until somebody changes the journal. */
import { createHash, createHmac } from 'node:crypto'
import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashText } from '../../src/cli/report/journal-file.ts'
import { readJournalLine } from '../../src/report/reconciliation/journal-line.ts'
import { recorded } from '../support/node/audit-reader.ts'
import { seeded } from '../support/node/cast.ts'
import { Cli } from '../support/node/cli.ts'
import { Demo, order, type Answer, type Wire } from '../support/node/demo.ts'
import type { Raw } from '../support/node/raw-records.ts'

const demo = new Demo()
const cli = new Cli(() => demo.state)
const requestIdOf = ({ headers }: Answer) => String(headers['x-request-id'])
/** Of every call that left for the broker. */
const ids: string[] = []
/** The journal's lines, as the broker wrote them. */
let lines: readonly string[] = []

const JSON_TYPE = { 'content-type': 'application/json' }

/** As Binance's clients sign: the proof stands in the query, or in the body, and does not reach the broker. */
function binance(method: 'POST' | 'DELETE', parameters: string): Promise<Answer> {
  const { id, secret } = demo.key('trade-binance')
  const signed = `${parameters}&timestamp=${Date.now()}`
  const proof = createHmac('sha256', secret).update(signed).digest('hex')
  const [path, text] = ['/api/v3/order', `${signed}&signature=${proof}`]
  const key = { 'x-mbx-apikey': id }
  const form = { ...key, 'content-type': 'application/x-www-form-urlencoded' }
  return method === 'POST'
    ? demo.send({ method, target: path, body: text, headers: form })
    : demo.send({ method, target: `${path}?${text}`, headers: key })
}

/** Orders of every kind, and what changes the account without being one. */
async function trade(): Promise<void> {
  const sent = async (wire: Wire, status: number, key = 'trade') => {
    const answer = await demo.call(demo.key(key), wire)
    expect(answer.status, answer.body).toBe(status)
    ids.push(requestIdOf(answer))
    return answer
  }
  const made = [
    await sent(order('recon-1'), 201),
    await sent(order('recon-2'), 201),
    await sent(order('recon-3'), 201, 'trade-ed25519'),
  ]
  const [target = ''] = made.map(({ body }) => `/v1/orders/${JSON.parse(body).id}`)
  const change = { method: 'PUT', headers: JSON_TYPE }
  await sent({ ...change, target, body: '{"price":"101","quantity":"0.02"}' }, 200)
  await sent({ method: 'DELETE', target }, 200)
  const market = { symbol: 'BTC-USD', side: 'buy', type: 'market', quantity: '0.001' }
  await sent({ ...order(''), body: JSON.stringify(market) }, 201)
  const settings = '{"nickname":"recon"}'
  await sent({ ...change, target: '/v1/account/settings', body: settings }, 200)
  await sent({ method: 'DELETE', target: '/v1/orders' }, 200)
  const form = 'symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=100.50'
  const placed = await binance('POST', form)
  expect(placed.status, placed.body).toBe(200)
  const { orderId } = JSON.parse(placed.body)
  const cancelled = await binance('DELETE', `symbol=BTCUSDT&orderId=${orderId}`)
  expect(cancelled.status, cancelled.body).toBe(200)
  ids.push(requestIdOf(placed), requestIdOf(cancelled))
}

beforeAll(async () => {
  await demo.start()
  await trade()
  const refused = await demo.call(demo.key('read-only'), order('recon-9'))
  expect(refused.status).toBe(403)
  await demo.call(demo.key('trade'), { method: 'GET', target: '/v1/orders' })
  const auditor = await seeded(demo, 'auditor')
  // An admission and an outcome of each; of orders and cancels also their event. Settings are no order.
  const settings = ids[6]
  for (const id of ids) await recorded(auditor, id, id === settings ? 2 : 3)
  await recorded(auditor, requestIdOf(refused), 1)
  // Somebody else who may read the log: the auditor's one-time password is used.
  const login = await cli.text(['login', 'security', '--demo-otp'])
  expect(login.code, login.stderr).toBe(0)
  const words = ['audit', 'export', cli.path('export'), '--key', demo.file.audit.publicKey]
  const exported = await cli.text(words)
  expect(exported.code, exported.stdout).toBe(0)
  lines = fs.readFileSync(demo.file.broker.journal, 'utf8').trimEnd().split('\n')
}, 240_000)
afterAll(() => demo.stop())

interface Reconciled {
  readonly code: number | null
  readonly document: Raw
  readonly found: Raw
}

async function reconciled(journal: string, ...more: string[]): Promise<Reconciled> {
  const key = demo.file.audit.publicKey
  const words = ['--in', cli.path('export'), '--key', key, '--margin', '0', '--journal', journal]
  const ran = await cli.json(['report', 'reconciliation', ...words, ...more])
  const { sections, basis } = ran.document
  expect(basis).toMatchObject({ verification: 'passed', log: demo.file.audit.origin })
  const found = sections[0].figures.map(({ id, value }: Raw) => [id, value])
  return { code: ran.code, document: ran.document, found: Object.fromEntries(found) }
}

/** The journal with some of its lines in another form, or gone, or followed by others. */
function tampered(name: string, change: (line: Raw, at: number) => readonly Raw[]): string {
  const file = cli.path(`${name}.jsonl`)
  const changed = lines.flatMap((text, at) => change(JSON.parse(text), at))
  fs.writeFileSync(file, changed.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return file
}

function rows({ tables }: Raw, id: string): Raw[] {
  const { columns, rows: all } = tables[id]
  return all.map((cells: Raw[]) =>
    Object.fromEntries(columns.map((name: string, at: number) => [name, cells[at]])),
  )
}

const NOTHING = { missing: 0, extra: 0, twice: 0, altered: 0, unreadable: 0, 'not-judged': 0 }

test('the line that docs/reports.md shows is one, and nothing of it is ignored', () => {
  const page = fs.readFileSync('docs/reports.md', 'utf8')
  const [, text = ''] = /^```json journal line\n([^`]+)```$/m.exec(page) ?? []
  const read = readJournalLine(text, { file: 'reports.md', line: 1 }, hashText)
  expect(read).toMatchObject({ ok: true })
  const told = Object.keys(JSON.parse(text)).filter((name) => !page.includes(`| \`${name}\` `))
  expect(told).toEqual([])
})

describe('the broker’s journal', () => {
  // @control rts6/17-journal
  test('is the log’s, call by call and body by body, though some of it was signed inside the body', async () => {
    const { journal } = demo.file.broker
    const { code, found, document } = await reconciled(journal)
    const told = ['missing', 'extra', 'altered', 'not-judged'].map((id) => rows(document, id))
    expect(told).toEqual([[], [], [], []])
    const left = ids.length
    expect({ code, found }).toMatchObject({
      code: 0,
      found: { ...NOTHING, forwarded: left, alike: left, 'bodies-not-compared': 0 },
    })
    expect(rows(document, 'journals')).toMatchObject([
      {
        octets: fs.statSync(journal).size,
        sha256: createHash('sha256').update(fs.readFileSync(journal)).digest('hex'),
        lines: lines.length,
      },
    ])
  })

  // @control rts6/17-journal
  test('is another with a line less, a line more, another body and a line twice: these are found, and no others', async () => {
    const [gone, changed, , , , , , , twice] = ids
    const body = order('recon-2').body?.toString().replace('0.01', '0.09') ?? ''
    const bodySha256 = createHash('sha256').update(body).digest('hex')
    const file = tampered('tampered', (line, at) => {
      const { requestId } = line
      if (requestId === gone) return []
      if (requestId === changed) return [{ ...line, body, bodySha256 }]
      if (requestId === twice) return [line, line]
      return at === lines.length - 1
        ? [line, { ...line, requestId: 'nobody', method: 'POST' }]
        : [line]
    })
    const { code, found, document } = await reconciled(file)
    expect({ code, found }).toMatchObject({
      code: 1,
      found: { ...NOTHING, missing: 1, extra: 2, twice: 1, altered: 1, alike: ids.length - 2 },
    })
    expect(rows(document, 'missing')).toMatchObject([
      { requestId: gone, route: 'POST /v1/orders', clientOrderId: 'recon-1', status: 201 },
    ])
    expect(rows(document, 'altered')).toMatchObject([
      { requestId: changed, what: 'body', inJournal: `SHA-256 ${bodySha256}` },
    ])
    const extra = rows(document, 'extra').map(({ requestId, why }) => `${requestId}: ${why}`)
    expect(extra).toEqual([
      `${twice}: the same request id once more`,
      'nobody: no unsafe call of the log has this request id',
    ])
  })

  test('is another where the order that the broker made of it is, in each of its parts', async () => {
    const wrong = {
      symbol: 'ETH-USD',
      side: 'sell',
      quantity: '1',
      price: '1',
      clientOrderId: 'x',
      orderId: 'x',
    }
    const file = tampered('parts', (line) =>
      line.requestId === ids[2] ? [{ ...line, orders: [{ ...line.orders[0], ...wrong }] }] : [line],
    )
    const { code, document } = await reconciled(file)
    const what = rows(document, 'altered').map(({ requestId, what: part }) => [requestId, part])
    const parts = ['symbol', 'side', 'quantity', 'price', 'client order id', 'order id']
    expect({ code, what }).toEqual({ code: 1, what: parts.map((part) => [ids[2], part]) })
  })

  test('with a line that cannot be read is not taken for the whole', async () => {
    const file = cli.path('torn.jsonl')
    fs.writeFileSync(file, `${lines.join('\n')}\n{"receivedAt":17`)
    const { code, found, document } = await reconciled(file)
    expect({ code, found }).toMatchObject({ code: 1, found: { ...NOTHING, unreadable: 1 } })
    expect(rows(document, 'unreadable')).toEqual([
      { file: 'torn.jsonl', line: lines.length + 1, why: 'not JSON' },
    ])
  })

  test('is a page and a table, too, and says what was found', async () => {
    const key = demo.file.audit.publicKey
    const file = tampered('page', (line) => (line.requestId === ids[0] ? [] : [line]))
    const words = ['report', 'reconciliation', '--in', cli.path('export'), '--key', key]
    const own = ['--margin', '0', '--journal', file]
    const page = cli.path('page.html')
    const made = await cli.text([...words, ...own, '--out', page])
    expect(made).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('missing 1, extra 0, altered 0, unreadable 0'),
    })
    const html = fs.readFileSync(page, 'utf8')
    expect(html).toContain(createHash('sha256').update(fs.readFileSync(file)).digest('hex'))
    const csv = await cli.text([...words, ...own, '--format', 'csv'])
    expect(csv.stdout.split('\r\n')[1]).toContain(ids[0])
    for (const [bad, said] of [
      [[], 'Missing: --journal'],
      [['--journal', cli.path('none')], 'There is no file'],
      [['--journal', file, '--journal', file], 'names one file twice'],
      [['--journal', file, '--margin', '1m'], '--margin is a whole number'],
    ] as const) {
      const { code, stderr } = await cli.text([...words, ...bad])
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(said) })
    }
  })
})
