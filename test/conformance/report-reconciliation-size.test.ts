/** A month of calls beside the origin's journal of it: what was planted is found, and nothing else, in little memory. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Raw } from '../support/node/raw-records.ts'
import { found, rounds } from '../support/node/size.ts'

const CALLS = rounds(10_000, 1_000_000)
/** With what the runtime takes for itself. */
const MOST_MEGABYTES = 400
/** Left to itself the runtime lets garbage lie while there is room: with little room what is used shows. */
const HEAP = ['--max-old-space-size=160', '--max-semi-space-size=8']
const MEASURE = path.resolve(import.meta.dirname, '../support/node/reconciliation-measure.ts')
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-reconciliation-'))

afterAll(() => fs.rmSync(root, { recursive: true, force: true }))

test(
  'what was planted in a month’s journal is found, and nothing else, in memory that does not grow with it',
  { timeout: 1_200_000 },
  () => {
    const words = [...HEAP, MEASURE, String(CALLS), root]
    const said: Raw = JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' }))
    const { figures, planted, seconds, megabytes } = said
    const octets = fs.statSync(path.join(root, 'journal.jsonl')).size
    found(`${CALLS} calls, a journal of ${figures.lines} lines and ${octets} octets`)
    found(
      `${seconds.toFixed(1)} s, at most ${megabytes.toFixed(0)} MiB: ${JSON.stringify(figures)}`,
    )
    expect(figures).toMatchObject({
      missing: planted.missing,
      altered: planted.altered,
      twice: planted.twice,
      extra: planted.twice + planted.strange,
      unreadable: 0,
      'not-judged': 0,
    })
    expect(planted.missing).toBeGreaterThan(0)
    expect(figures.arrived).toBe(planted.arrived ?? 0)
    expect(figures['never-arrived']).toBeGreaterThanOrEqual(planted['never-arrived'] ?? 0)
    expect(megabytes).toBeLessThan(MOST_MEGABYTES)
  },
)
