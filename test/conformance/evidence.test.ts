/** I5, I7, I11 on the running product: everything is in the log, it proves itself offline, nothing secret is in it. */
import { setTimeout as sleep } from 'node:timers/promises'
import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readLeaf } from '../../src/audit/leaf.ts'
import { parseVkey, verifyEd25519 } from '../../src/audit/note.ts'
import { parseReceipt, receiptText } from '../../src/audit/receipt.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import { ocsfEvent } from '../../src/siem/ocsf.ts'
import { changesOf, items, recorded, records } from '../support/node/audit-reader.ts'
import { Cast, must, seeded, type Member } from '../support/node/cast.ts'
import { Cli } from '../support/node/cli.ts'
import { codeOf, Demo, elsewhere, order, type Answer } from '../support/node/demo.ts'
import { OCSF_SCHEMAS, problemsOfAny } from '../support/node/ocsf-schemas.ts'

const demo = new Demo()
const cli = new Cli(() => demo.state)
let auditor: Member

beforeAll(async () => {
  await demo.start()
  const login = await cli.text(['login', 'security', '--demo-otp'])
  expect(login.code, login.stderr).toBe(0)
  auditor = await seeded(demo, 'auditor')
}, 120_000)
afterAll(() => demo.stop())

const requestIdOf = ({ headers }: Answer) => String(headers['x-request-id'])

const place = (name: string, id: string) => demo.call(demo.key(name), order(id))

describe('one record per call and per change', { timeout: 180_000 }, () => {
  // @control mission/audit-log 15c3-5(b) pci/10.2 soc2/CC6.8 soc2/CC8.1
  test('an order has an admission and an outcome under one number; a read has an outcome', async () => {
    const placed = await place('trade', 'evidence')
    const read = await demo.call(demo.key('trade'), { method: 'GET', target: '/v1/account' })
    expect([placed.status, read.status]).toEqual([201, 200])
    const parts = await recorded(auditor, requestIdOf(placed), 3)
    const { keyId, account, user, id: credentialId } = demo.key('trade')
    const who = { keyId, account, user, credentialId, operation: 'order.write', kind: 'order' }
    const judged = { policy: expect.stringMatching(/^[0-9a-f]{32}$/), worker: expect.any(String) }
    const admission = parts.find(({ type }) => type === 'admission')
    const outcome = parts.find(({ type }) => type === 'outcome')
    expect(admission).toMatchObject({ ...who, ...judged, address: '127.0.0.1' })
    expect(outcome).toMatchObject({
      ...who,
      ...judged,
      decision: 'forwarded',
      status: 201,
      country: 'DE',
    })
    expect(Reflect.get(outcome ?? {}, 'sequence')).toBe(Reflect.get(admission ?? {}, 'sequence'))
    expect(Reflect.get(outcome ?? {}, 'requestHash')).toBe(
      Reflect.get(admission ?? {}, 'requestHash'),
    )
    expect(await recorded(auditor, requestIdOf(read), 1)).toMatchObject([
      { type: 'outcome', kind: 'read' },
    ])
  })

  // @control pci/10.2 soc2/CC6.1
  test('what is refused is recorded with its reason, a stranger’s too', async () => {
    const refused = await demo.call(demo.key('read-only'), order('not-allowed'))
    const guess = { 'pc-signature': 'ab'.repeat(32) }
    const stranger = await demo.call(demo.key('compact'), order('forged'), guess, elsewhere())
    expect([refused, stranger].map(codeOf)).toEqual(['permission_missing', 'unauthorized'])
    expect(await recorded(auditor, requestIdOf(refused), 1)).toMatchObject([
      { type: 'outcome', decision: 'refused', code: 'permission_missing', status: 403 },
    ])
    const [forged] = await recorded(auditor, requestIdOf(stranger), 1)
    expect(forged).toMatchObject({ code: 'unauthorized', reason: 'the signature does not verify' })
    expect(forged).not.toHaveProperty('sequence')
  })

  // @control rts6/5(7) 17a-4(f)(2)(i)(A) pci/10.2 soc2/CC6.2-CC6.3
  test('who changed what, why, and what it was before; and who read the log', async () => {
    const cast = await Cast.of(demo)
    const { userId } = await cast.person(['support'])
    const { keyId } = await cast.key(userId)
    const security = await cast.member('security')
    const reason = 'a suspicion'
    const suspended = must(
      await security.call('POST', `/admin/keys/${keyId}/suspend`, { reason }),
      200,
    )
    await recorded(auditor, String(suspended.headers['x-request-id']), 2)
    const about = (id: string) => (record: AuditRecord) =>
      record.type === 'change' && record.subject.id === id
    const changes = await changesOf(auditor, about(keyId), 'key.status')
    const change = changes.find((record) => Reflect.get(record, 'what') === 'key.status')
    const before = expect.stringContaining('"status":"active"')
    expect(change).toMatchObject({ user: security.userId, reason, before })
    await changesOf(auditor, about(userId), 'user.created')
    const reads = (await records(auditor)).filter(
      (record) => record.type === 'outcome' && record.operation === 'gateway.audit.records',
    )
    expect(reads.length).toBeGreaterThan(0)
    expect(reads[0]).toMatchObject({ user: 'user-auditor', decision: 'answered' })
  })
})

test(
  'a receipt is signed by the log’s key, and what it names is in the log',
  { timeout: 180_000 },
  async () => {
    const placed = await place('trade-ed25519', 'with-a-receipt')
    const read = await demo.call(demo.key('trade'), { method: 'GET', target: '/v1/account' })
    expect(read.headers).not.toHaveProperty('portcullis-receipt')
    const parsed = parseReceipt(String(placed.headers['portcullis-receipt']))
    const { origin, publicKey } = auditOf()
    const key = parseVkey(publicKey)
    if (parsed === undefined || key === undefined) throw new Error('no receipt')
    const { receipt, signature } = parsed
    expect(receipt.keyId).toBe(demo.key('trade-ed25519').keyId)
    expect(await verifyEd25519(key, receiptText(origin, receipt), signature)).toBe(true)
    const altered = receiptText(origin, { ...receipt, sequence: receipt.sequence + 1 })
    expect(await verifyEd25519(key, altered, signature)).toBe(false)
    await recorded(auditor, requestIdOf(placed), 3)
    const leaves = (await items(auditor)).map(({ leaf }) => readLeaf(leaf))
    expect(leaves.find((leaf) => leaf?.commit === receipt.commit)).toMatchObject({
      type: 'admission',
      seq: receipt.sequence,
      atMs: receipt.atMs,
    })
  },
)

function auditOf(): { origin: string; publicKey: string } {
  return JSON.parse(fs.readFileSync(demo.path('demo.json'), 'utf8')).audit
}

/** Exports and verifies as an auditor does, trusting the key alone. Nothing that was sent in secret is in the export. */
async function verified(folder: string) {
  const exported = await cli.json(['audit', 'export', demo.path(folder)])
  expect(exported.code, exported.stderr).toBe(0)
  expect(demo.canaries.found(exported.stderr, demo.path(folder))).toEqual([])
  return cli.json(['audit', 'verify', demo.path(folder), '--key', auditOf().publicKey])
}

// @control mission/audit-log
test(
  'the runtime is killed outright while orders come: the log is whole, and has every order that was acknowledged',
  { timeout: 240_000 },
  async () => {
    const keys = ['trade', 'trade-ed25519', 'compact']
    const answers: Answer[] = []
    const trades = { on: true }
    const trade = async (name: string) => {
      for (let i = 0; trades.on; i += 1) {
        const answer = await place(name, `${name}-${i}`).catch(() => undefined)
        if (answer?.status === 201) answers.push(answer)
        await sleep(150)
      }
    }
    const trading = keys.map(trade)
    await sleep(4_000)
    const { runtimePid } = demo.file
    process.kill(runtimePid, 'SIGKILL')
    await demo.until(() => demo.file.runtimePid !== runtimePid)
    await sleep(6_000)
    trades.on = false
    await Promise.all(trading)
    for (const last of answers.slice(-1)) await recorded(auditor, requestIdOf(last), 3)
    const all = await records(auditor)
    const admitted = new Set(all.flatMap((r) => (r.type === 'admission' ? [r.requestId] : [])))
    const ids = answers.map(requestIdOf)
    expect(ids.filter((id) => !admitted.has(id))).toEqual([])
    const { code, document } = await verified('after-a-crash')
    expect(document.findings).toEqual([])
    expect(code).toBe(0)
  },
)

// @control mifid/16-retention
test(
  'a person who is shredded can be read no more, and the log proves itself as before',
  { timeout: 120_000 },
  async () => {
    const cast = await Cast.of(demo, 'owner-2')
    const member = await cast.member('client')
    const asked = must(await member.call('GET', '/keys/self'), 200)
    await recorded(auditor, String(asked.headers['x-request-id']), 1)
    const wish = { user: member.userId, reason: 'they asked', approver: 'user-risk', ticket: 'T-1' }
    const hold = { subject: member.userId, reason: 'a case' }
    // The second factor of the one who holds has to be fresh.
    expect((await cli.text(['login', 'security', '--demo-otp'])).code).toBe(0)
    const held = await cli.json(['audit', 'hold', hold.subject, '--reason', hold.reason])
    expect((await cli.text(['audit', 'holds'])).stdout).toContain(hold.subject)
    expect((await cast.owner.call('POST', '/admin/audit/shred', wish)).json.code).toBe('conflict')
    const released = await cli.text(['audit', 'release', held.document.id, '--reason', 'over'])
    expect(released.code, released.stderr).toBe(0)
    expect(
      must(await cast.owner.call('POST', '/admin/audit/shred', wish), 200).json.keysDestroyed,
    ).toBeGreaterThan(0)
    expect(
      (await records(auditor)).filter((record) => Reflect.get(record, 'user') === member.userId),
    ).toEqual([])
    expect((await items(auditor)).some(({ shredded }) => shredded === true)).toBe(true)
    const { code, document } = await verified('after-shredding')
    expect(document.findings).toEqual([])
    expect(code).toBe(0)
  },
)

describe('a SIEM', () => {
  test.skipIf(!fs.existsSync(OCSF_SCHEMAS) && process.env['CI'] === undefined)(
    'is told nothing that its schemas refuse: every line of this run, and every record as it would be pushed',
    async () => {
      const lines = demo.output.split('\n').filter((line) => line.startsWith('{'))
      expect(lines.length).toBeGreaterThan(100)
      for (const line of lines) expect(problemsOfAny(JSON.parse(line)), line).toEqual([])
      const product = { version: 'local', log: auditOf().origin }
      const kinds = new Set<string>()
      for (const record of await records(auditor)) {
        const event: Record<string, unknown> = JSON.parse(
          JSON.stringify(ocsfEvent(record, product)),
        )
        kinds.add(`${record.type} ${String(event['class_uid'])}`)
        expect(problemsOfAny(event), JSON.stringify(event)).toEqual([])
      }
      expect([...kinds].toSorted()).toEqual(
        expect.arrayContaining(['admission 6003', 'change 3004', 'outcome 3002', 'outcome 6003']),
      )
    },
  )
})
