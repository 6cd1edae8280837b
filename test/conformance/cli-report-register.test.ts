/** `portcullis report register`: the file that is shipped, one that is kept, and one that cannot be used. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Cli } from '../support/node/cli.ts'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-register-'))
const cli = new Cli(() => root)
afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true })
})

describe('the register', () => {
  test('that is shipped names no date, and one that is kept marks what is overdue', async () => {
    const shipped = await cli.text(['report', 'register', '--to', '2026-11-23', '--json'])
    const { sections } = JSON.parse(shipped.stdout)
    const figures = sections[0].figures.map(({ id, value }: { id: string; value: number }) => [
      id,
      value,
    ])
    const { items, unknown } = Object.fromEntries(figures)
    expect(items).toBeGreaterThan(5)
    expect(unknown).toBe(items)
    const file = path.join(root, 'register.json')
    const item = { id: 'kill-drill', title: 'A drill', last: '2025-06-30', everyMonths: 12 }
    fs.writeFileSync(file, JSON.stringify({ v: 1, items: [item] }))
    const words = [
      'report',
      'register',
      '--register',
      file,
      '--format',
      'csv',
      '--to',
      '2026-11-23',
    ]
    const { stdout } = await cli.text(words)
    expect(stdout).toContain('kill-drill,A drill,not recorded,12,2025-06-30,2026-06-30,OVERDUE,')
    fs.writeFileSync(file, '{"v":1,"items":[{"id":"x","title":"y","last":"soon"}]}')
    const { code, stderr } = await cli.text(words)
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('items.0.last'),
    })
  })
})
