/**
 * Secrets that were published (wallarm/jwt-secrets) against what an import accepts. What a person chose must be
 * refused for what it is. What was random before it was published can be told by a list alone; that, and the few phrases
 * that are too odd to be seen through, are counted here.
 */
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { secretDigest, secretProblem } from '../../src/credential/strength.ts'
import { tally } from '../support/node/tally.ts'

const LIST = path.resolve(import.meta.dirname, '../../../shared/data/secrets/jwt.secrets.list')

/** The line as it is, and the bytes that it is hexadecimal or base64 of, as leniently as anyone decodes. */
function forms(line: string): readonly Uint8Array[] {
  const text = line.trim()
  return [
    Buffer.from(line),
    ...(/^(?:[0-9a-f]{2})+$/i.test(text) ? [Buffer.from(text, 'hex')] : []),
    ...(/^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? [Buffer.from(text, 'base64')] : []),
  ].map((bytes) => Uint8Array.from(bytes))
}

/** What a line that nothing is seen against looks like. */
function classOf(line: string): string {
  const text = line.trim()
  if (/^[0-9a-f]+$/i.test(text)) return 'hexadecimal'
  if (/^[A-Za-z0-9]+$/.test(text)) return 'letters and digits'
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? 'other base64' : 'no encoding'
}

// CI has the data, and fails without it; a stranger's clone skips it, visibly.
describe.skipIf(!fs.existsSync(LIST) && process.env['CI'] === undefined)(
  'published secrets',
  () => {
    const lines = () =>
      [...new Set(fs.readFileSync(LIST, 'utf8').split('\r\n'))].filter((line) => line !== '')

    test('are refused, but for those in which no pattern shows', async () => {
      const all = lines()
      expect(all.length).toBeGreaterThan(100_000)
      const left: string[] = []
      for (const line of all) {
        const problems = await Promise.all(forms(line).map((form) => secretProblem(form)))
        if (problems.includes(undefined)) left.push(line)
      }
      const counts = tally(left.map(classOf))
      process.stdout.write(
        `Of ${all.length} published secrets ${left.length} show no pattern: ${JSON.stringify(counts)}\n`,
      )
      expect(counts).toEqual({
        hexadecimal: 133,
        'letters and digits': 234,
        'other base64': 86,
        'no encoding': 1,
      })

      const known = new Set(
        await Promise.all(left.flatMap(forms).map((form) => secretDigest(form))),
      )
      for (const form of left.flatMap(forms))
        expect(await secretProblem(form, (digest) => known.has(digest))).toBeDefined()
    }, 120_000)
  },
)
