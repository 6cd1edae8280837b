/** I11 at size: an audit log of a hundred thousand records is verified in seconds, in memory that does not grow with it. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { makeKey, Publishing } from '../support/node/audit-export.ts'
import { History } from '../support/node/audit-history.ts'
import { found, rounds } from '../support/node/size.ts'

const [SMALL, LARGE] = rounds([2_000, 20_000], [10_000, 100_000])
const MOST_SECONDS = 30
/** What the larger log may take more, in megabytes: a fraction of its records. */
const MOST_GROWTH = 24
const KEYS = 300

/** Left to itself the runtime lets garbage lie while there is room: with little room what is used shows. */
const HEAP = ['--max-old-space-size=48', '--max-semi-space-size=4']

const MEASURE = path.resolve(import.meta.dirname, '../support/node/audit-measure.ts')
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-audit-'))
afterAll(() => {
  fs.rmSync(root, { recursive: true, force: true })
})

interface Measured {
  readonly ok: boolean
  readonly seconds: number
  readonly megabytes: number
  readonly counts: Readonly<Record<string, number>>
}

async function measured(records: number): Promise<Measured> {
  const folder = path.join(root, String(records))
  const key = await makeKey()
  const publishing = new Publishing({ keys: [key], keep: [5, 50] })
  for (const item of new History(11, KEYS, 30).rounds(records)) await publishing.take(item)
  const files = await publishing.end()
  files.saveTo(folder)
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0)
  const said = execFileSync(process.execPath, [...HEAP, MEASURE, folder, key.vkey], {
    encoding: 'utf8',
  })
  const result: Measured = JSON.parse(said)
  const { seconds, megabytes } = result
  found(
    `${records} records, ${(bytes / 2 ** 20).toFixed(1)} MiB: verified in ${seconds.toFixed(1)} s, ` +
      `${Math.round(records / seconds)} a second, at most ${megabytes.toFixed(0)} MiB in memory, the runtime's own with it`,
  )
  return result
}

describe('I11: the verifier', () => {
  test(
    'takes seconds, and no more memory for ten times the records',
    { timeout: 300_000 },
    async () => {
      const small = await measured(SMALL)
      expect(small).toMatchObject({ ok: true, counts: {} })
      const large = await measured(LARGE)
      expect(large).toMatchObject({ ok: true, counts: {} })
      expect(large.seconds).toBeLessThan(MOST_SECONDS)
      const growth = large.megabytes - small.megabytes
      found(`ten times the records take ${growth.toFixed(0)} MiB more memory`)
      expect(growth).toBeLessThan(MOST_GROWTH)
    },
  )
})
