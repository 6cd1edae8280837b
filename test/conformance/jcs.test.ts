/** The published test data of RFC 8785: input, and the one text that everybody arrives at. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { canonical } from '../../src/lib/jcs.ts'

const FOLDER = path.resolve(import.meta.dirname, '../../../shared/data/jcs/testdata')

if (fs.existsSync(FOLDER)) {
  test.each(fs.readdirSync(path.join(FOLDER, 'input')))('%s', (name) => {
    const read = (folder: string) => fs.readFileSync(path.join(FOLDER, folder, name), 'utf8')
    expect(canonical(JSON.parse(read('input')))).toBe(read('output').trimEnd())
  })
} else {
  test.skipIf(process.env['CI'] === undefined)('there is no ../shared/data/jcs', () => {
    expect.fail('The published test data of RFC 8785 are missing')
  })
}
