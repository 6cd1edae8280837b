/** An export read without anything of ours: the script of docs/audit.md, with Python and openssl. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toBase64, utf8 } from '../../src/lib/bytes.ts'
import { Case } from '../support/node/audit-case.ts'
import { makeKey, type LogKey } from '../support/node/audit-export.ts'
import { History } from '../support/node/audit-history.ts'
import { readmeBlock } from '../support/node/readme.ts'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-python-'))
const script = path.join(root, 'check.py')
const isThere = spawnSync('python3', ['--version']).status === 0
let key: LogKey
let made: Case
let runs = 0

beforeAll(async () => {
  fs.writeFileSync(script, readmeBlock('check-export', 'docs/audit.md'))
  key = await makeKey()
  made = new Case([...new History(9, 8, 400).rounds(900)], { log: key, witnesses: [] })
})
afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true })
})

function check(vkey = key.vkey) {
  runs += 1
  const folder = path.join(root, String(runs))
  made.files.saveTo(folder)
  return spawnSync('python3', [script, folder, vkey], { encoding: 'utf8' })
}

describe.skipIf(!isThere)('I11: Python and openssl', () => {
  test('verify an export', async () => {
    await made.sealed()
    const { status, stdout, stderr } = check()
    const { size } = made.checkpoint('checkpoint')
    const records = made.draft.filter(({ kind }) => kind === 'record').length
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `log.portcullis.example: ${size} leaves, ${records} records\n`,
      stderr: '',
    })
  })

  test('refuse another record, another entry, another root, another key', async () => {
    const index = made.of('outcome')
    await made.sealed()
    made.editLine(index, (line) => line.replace('203.0.113.', '203.0.112.'))
    expect(check().stderr).toContain(`AssertionError: leaf ${index}`)
    await made.sealed()
    made.editBundle(index, (entries, at) => entries.with(at, utf8('{"commit":"x"}')))
    expect(check().stderr).toContain('the entries are not those of the checkpoint')
    await made.sealed()
    const other = toBase64(new Uint8Array(32))
    made.editNote('checkpoint', ({ text }) => ({ text: text.replace(/[^\n]+\n$/, `${other}\n`) }))
    expect(check().status).not.toBe(0)
    await made.sealed()
    expect(check((await makeKey()).vkey).status).not.toBe(0)
  })
})
