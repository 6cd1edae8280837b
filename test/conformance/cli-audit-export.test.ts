/** `audit export`: what is brought, that it goes on where it stopped, and that what it writes can be read by anybody. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Case } from '../support/node/audit-case.ts'
import { makeKey, type LogKey } from '../support/node/audit-export.ts'
import { AuditGateway } from '../support/node/audit-gateway.ts'
import { History } from '../support/node/audit-history.ts'
import { Cli } from '../support/node/cli.ts'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-export-'))
const cli = new Cli(() => root)
let key: LogKey
let made: Case
/** The same log, later. */
let grown: Case
let gateway: AuditGateway
let folder = ''
let runs = 0

beforeAll(async () => {
  key = await makeKey()
  const draft = [...new History(3, 9, 500).rounds(1_000)]
  const cut = draft.findIndex(({ kind }, at) => at > 700 && kind === 'round')
  grown = new Case(draft, { log: key, witnesses: [] })
  made = new Case(draft.slice(0, cut), grown.signers)
  // What somebody typed as a reason is shown, not run.
  for (const one of [made, grown]) {
    const { record, ...item } = one.record(one.of('change', 2))
    if (record.type !== 'change') throw new Error('The test itself is wrong')
    const reason = '<img src=x onerror=alert(1)>\u202E'
    one.draft[one.of('change', 2)] = { ...item, record: { ...record, reason } }
  }
  await made.sealed({ keep: [4] })
  await grown.sealed({ keep: [4] })
  gateway = new AuditGateway(made.files, key)
  fs.writeFileSync(cli.path('session.json'), JSON.stringify(gateway.session(await gateway.start())))
})
beforeEach(() => {
  runs += 1
  folder = path.join(root, `export-${runs}`)
  gateway.files = made.files
  gateway.requests = []
  gateway.sent = 0
  gateway.answersLeft = Infinity
  gateway.impatientEvery = 0
})
afterAll(() => {
  gateway.stop()
  fs.rmSync(root, { recursive: true, force: true })
})

const exported = (...words: string[]) => cli.json(['audit', 'export', folder, ...words])
const read = (name: string) => fs.readFileSync(path.join(folder, name), 'utf8')

describe('an export', () => {
  // @control 17a-4(f)(2)(iv)
  test('is whole, verified, for its owner alone, and says how to verify it again', async () => {
    const { code, document } = await exported('--key', key.vkey)
    expect(code).toBe(0)
    expect(document).toMatchObject({ folder, from: 0, verification: { ok: true, findings: [] } })
    for (const [name, bytes] of made.files)
      if (name !== 'manifest.json')
        expect(Buffer.from(bytes).equals(fs.readFileSync(path.join(folder, name))), name).toBe(true)
    expect(JSON.parse(read('manifest.json'))).toMatchObject({ v: 1, from: 0, vkeys: [key.vkey] })
    expect(fs.readdirSync(folder)).not.toContain('.unfinished.json')
    for (const name of ['records/000000.jsonl', 'report.html', 'checkpoint'])
      expect(fs.statSync(path.join(folder, name)).mode & 0o077, name).toBe(0)
    const again = `npx portcullis audit verify ${path.basename(folder)} --key KEY`
    expect(read('README.txt')).toContain(again)
    expect(read('report.html')).toContain(again)
    const verified = await cli.json(['audit', 'verify', folder, '--key', key.vkey])
    expect(verified).toMatchObject({ code: 0, document: { ok: true } })
  })

  test.each([1, 2, 4])(
    'goes on where it stopped, after %i answers, though the log has grown meanwhile',
    async (answers) => {
      gateway.answersLeft = answers
      const broken = await exported('--key', key.vkey)
      expect(broken.code).toBe(1)
      expect(broken.stderr).toContain('Cannot reach')
      gateway.files = grown.files
      gateway.answersLeft = Infinity
      const asked = gateway.requests.length
      const { code, document } = await exported('--key', key.vkey)
      expect({ code, ok: document.verification?.ok }).toEqual({ code: 0, ok: true })
      const { size } = made.checkpoint('checkpoint')
      expect(document.verification.log.size).toBe(size)
      // Nothing twice, but for the page that broke off.
      const again = gateway.requests.slice(asked)
      expect(again.filter((path_) => path_.endsWith('/checkpoint'))).toEqual([])
      expect(new Set(again).size).toBe(again.length)
    },
  )

  test('leaves a finished one as it is, and says how to get the records since', async () => {
    await exported('--key', key.vkey)
    const { to } = JSON.parse(read('manifest.json'))
    const before = read('records/000000.jsonl')
    gateway.files = grown.files
    const again = await cli.text(['audit', 'export', folder, '--key', key.vkey])
    expect(again.code).toBe(2)
    expect(again.stderr).toContain('holds a finished export')
    expect(again.stderr).toContain(`--from ${to}`)
    expect(read('records/000000.jsonl')).toBe(before)
    folder = `${folder}-since`
    const since = await exported('--key', key.vkey, '--from', String(to))
    const whole = grown.files.text('records/000000.jsonl').split('\n')
    const later = whole.filter((line) => line !== '' && JSON.parse(line).index >= to)
    expect(later.length).toBeGreaterThan(0)
    expect([since.code, read('records/000000.jsonl')]).toEqual([0, `${later.join('\n')}\n`])
  })

  test('goes on after what was written and not remembered', async () => {
    gateway.answersLeft = 3
    await exported('--key', key.vkey)
    const { nextRecord } = JSON.parse(read('.unfinished.json'))
    const lines = made.files.text('records/000000.jsonl').split('\n')
    const next = lines.findIndex((line) => line.startsWith(`{"index":${nextRecord},`))
    expect(next).toBeGreaterThan(100)
    const torn = `${lines.slice(next, next + 3).join('\n')}\n${lines[next + 3]?.slice(0, 40)}`
    fs.appendFileSync(path.join(folder, 'records/000000.jsonl'), torn)
    gateway.answersLeft = Infinity
    const { code, document } = await exported('--key', key.vkey)
    expect({ code, findings: document.verification?.findings }).toEqual({ code: 0, findings: [] })
    expect(read('records/000000.jsonl')).toBe(made.files.text('records/000000.jsonl'))
  })

  test('passes over what was filled since, of which there is much, and is the same', async () => {
    const full = new Case(grown.draft, grown.signers)
    await full.sealed({ keep: [4], partials: true })
    gateway.files = full.files
    const objects = [...full.files.keys()].filter((name) => name.startsWith('tile/'))
    expect(objects.length).toBeGreaterThan(150)
    const { code, document } = await exported('--key', key.vkey)
    expect({ code, ok: document.verification.ok }).toEqual({ code: 0, ok: true })
    expect(gateway.requests.filter((asked) => asked.includes('/export')).length).toBeLessThan(40)
    expect(gateway.sent).toBeLessThan(objects.length / 2)
    for (const name of grown.files.keys())
      expect(fs.existsSync(path.join(folder, name)), name).toBe(true)
  })

  test('waits where the gateway asks for patience', async () => {
    gateway.impatientEvery = 3
    const { code, document } = await exported()
    expect({ code, ok: document.verification.ok }).toEqual({ code: 0, ok: true })
    expect(document.verification.counts).toEqual({ 'key-from-export': 1 })
  })

  test('has the records of a part, by leaves or by time, and all that is needed to verify them', async () => {
    const round = made.round(20)
    const first = made.draft.indexOf(round)
    const from = new Date(round.at).toISOString()
    const { code, document } = await exported('--from', from, '--to', '500', '--key', key.vkey)
    expect({ code, from: document.from, to: document.to }).toEqual({
      code: 0,
      from: first,
      to: 500,
    })
    expect(document.verification.ok).toBe(true)
    expect(read('README.txt')).toContain(`--key KEY --from ${first} --to 500`)
    const lines = read('records/000000.jsonl').trimEnd().split('\n')
    const indices = lines.map((line) => JSON.parse(line).index)
    expect([Math.min(...indices), Math.max(...indices)]).toEqual([first + 1, 499])

    const all = await cli.json(['audit', 'verify', folder, '--key', key.vkey])
    expect(all).toMatchObject({
      code: 1,
      document: { counts: { 'record-missing': expect.anything() } },
    })
    const part = ['--from', String(first), '--to', '500']
    const verified = await cli.json(['audit', 'verify', folder, '--key', key.vkey, ...part])
    expect(verified).toMatchObject({ code: 0, document: { ok: true } })
  })

  test('of what was altered is kept, and says so wherever it is read', async () => {
    const forged = new Case(made.draft, made.signers)
    await forged.sealed({ keep: [4] })
    const index = forged.of('outcome')
    forged.editLine(index, (line) => line.replace('203.0.113.', '203.0.112.'))
    gateway.files = forged.files
    const { code, document } = await exported('--key', key.vkey)
    expect(code).toBe(1)
    expect(document.verification).toMatchObject({
      ok: false,
      first: { code: 'commitment-differs' },
    })
    expect(document.verification.first.place).toMatchObject({ index, file: expect.any(String) })
    for (const name of ['README.txt', 'report.html']) expect(read(name)).toContain('NOT VERIFIED')
    const text = await cli.text(['audit', 'verify', folder, '--key', key.vkey])
    expect(text.code).toBe(1)
    expect(text.stdout).toContain('FAIL  Every record is the very one that its leaf commits to')
    expect(text.stdout).toContain(`The first that is broken\n  leaf ${index}, chain `)
  })

  test('writes nothing outside its folder, whatever the gateway calls its objects', async () => {
    const forged = new Case(made.draft, made.signers)
    await forged.sealed({ keep: [] })
    const names = ['tile/../../evil', 'tile/0/../../../evil', '/evil', 'checkpoints/../../evil']
    for (const name of names) forged.files.set(name, new Uint8Array(8_192))
    gateway.files = forged.files
    expect((await exported('--key', key.vkey)).code).toBe(0)
    expect(fs.existsSync(path.join(root, 'evil'))).toBe(false)
  })

  // @control 17a-4(f)(2)(iv)
  test('has a report that fetches nothing and runs nothing', async () => {
    await exported('--key', key.vkey)
    const page = read('report.html')
    expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'")
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(page).not.toMatch(
      /<(?:img|script|link|iframe|object)\b|<[^>]*\b(?:src|href)=|url\(|@import/i,
    )
    expect(page).not.toContain('\u202E')
    for (const said of ['key.created', 'What this proves, and what not', 'VERIFIED', 'CHG-2'])
      expect(page).toContain(said)
  })
})

describe('wrong use', () => {
  test('is told: what is in the way, what cannot be read', async () => {
    fs.mkdirSync(folder)
    fs.writeFileSync(path.join(folder, 'mine.txt'), 'mine')
    const full = await cli.text(['audit', 'export', folder])
    expect(full).toMatchObject({ code: 2, stdout: '' })
    expect(full.stderr).toContain('is not empty')
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [['audit', 'export', `${folder}-x`, '--from', 'yesterday'], 'such as 2026-01-05T08:00:00Z'],
      [['audit', 'export'], 'Missing: the FOLDER'],
      [['audit', 'verify', `${folder}-none`], 'There is no folder'],
      [['audit', 'verify', folder, '--key', 'nonsense'], 'Whom to trust cannot be read'],
      [['audit', 'verify', folder, '--trust', `${folder}/none`], 'There is no file'],
      [['audit', 'verify', folder, '--checkpoint', `${folder}/none`], 'Cannot read'],
      [['audit', 'verify', folder, '--grace', 'long'], 'a whole number'],
    ]
    for (const [words, said] of wrong) {
      const { code, stderr } = await cli.text(words)
      expect({ words, code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(said),
      })
    }
  })
})
