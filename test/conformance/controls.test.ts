/** What the control matrix names is there: its questions are answered, its commands exist, the page is what the code says. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHAPTERS } from '../../.ci/matrix/chapters.ts'
import { Case } from '../support/node/audit-case.ts'
import { makeKey } from '../support/node/audit-export.ts'
import { History } from '../support/node/audit-history.ts'
import { Cli } from '../support/node/cli.ts'

const REPOSITORY = path.resolve(import.meta.dirname, '../..')
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-controls-'))
const cli = new Cli(() => root)
const folder = path.join(root, 'export')
let vkey = ''

beforeAll(async () => {
  const log = await makeKey()
  const made = new Case([...new History(7, 4, 200).rounds(400)], { log, witnesses: [] })
  await made.sealed()
  made.files.saveTo(folder)
  vkey = log.vkey
})
afterAll(() => fs.rmSync(root, { recursive: true, force: true }))

/** The words of a command as a shell reads them, as far as the matrix writes it: double quotes around what has spaces. */
function wordsOf(command: string): readonly string[] {
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)]
  return words.map(([, quoted, plain]) => quoted ?? plain ?? '')
}

const EVIDENCE = [
  ...new Set(CHAPTERS.flatMap(({ clauses }) => clauses.flatMap(({ evidence }) => evidence ?? []))),
]
const isOf = (begin: string) => (command: string) => command.startsWith(begin)
const ASKED = [isOf('portcullis audit query'), isOf('portcullis audit verify')]

describe('a question of the matrix is answered from an export:', () => {
  const asked = EVIDENCE.filter((command) => ASKED.some((is) => is(command)))

  // @control mission/evidence
  test.each(asked)('%s', async (command) => {
    const [, ...words] = wordsOf(command)
    const run = words.map((word) => ({ EXPORT: folder, VKEY: vkey })[word] ?? word)
    const { code, stderr } = await cli.text(run)
    expect(code, stderr).toBe(0)
  })
})

test('its other commands exist', async () => {
  const others = EVIDENCE.filter((command) => !ASKED.some((is) => is(command)))
  expect(others.length).toBeGreaterThan(0)
  for (const command of others) {
    const [program, ...words] = wordsOf(command)
    const verb = words.filter((word) => /^[a-z-]+$/.test(word) && !word.startsWith('-'))
    if (program === 'npm') {
      const { scripts }: { scripts: object } = JSON.parse(
        fs.readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'),
      )
      expect(Object.keys(scripts)).toContain(words[1])
      continue
    }
    const { code, stdout } = await cli.text([...verb, '--help'])
    expect(code, command).toBe(0)
    expect(stdout, command).toContain(`portcullis ${verb.join(' ')}`)
    for (const option of words.filter((word) => word.startsWith('--')))
      expect(stdout, command).toContain(option)
  }
})

test('the page is what clauses and tags say', () => {
  execFileSync(process.execPath, ['.ci/matrix.ts', '--check'], { cwd: REPOSITORY })
})
