/** The volume detector on labelled series, scored as the Numenta Anomaly Benchmark does. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ALARM } from '../../src/guard/volume.ts'
import {
  figureOf,
  judge,
  MARKS,
  missed,
  scoreFolder,
  SCORER,
  SERIES,
  type Scored,
} from '../support/node/anomaly-check.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'anomaly-test-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))

test('any folder of series is scored: a row for each row, in its order, under the same name', () => {
  const [from, to] = [path.join(folder, 'from'), path.join(folder, 'to')]
  fs.mkdirSync(path.join(from, 'data/some'), { recursive: true })
  const times = Array.from({ length: 1_000 }, (_, i) =>
    new Date(Date.UTC(2026, 0, 5) + i * 300_000).toISOString().slice(0, 19).replace('T', ' '),
  )
  const rows = times.map((time, i) => `${time},${i === 900 ? 1e6 : i % 7}`)
  fs.writeFileSync(path.join(from, 'data/some/one.csv'), ['timestamp,value', ...rows].join('\r\n'))
  const words = ['.ci/anomaly.ts', from, to]
  expect(execFileSync(process.execPath, words, { encoding: 'utf8', stdio: 'pipe' })).toBe('')
  const text = fs.readFileSync(path.join(to, 'data/some/one.csv'), 'utf8')
  const [head, ...scores] = text.trim().split('\n')
  expect(head).toBe('timestamp,anomaly_score')
  expect(scores.map((row) => row.split(',')[0])).toEqual(times)
  const told = scores.flatMap((row, i) => (Number(row.split(',')[1]) >= ALARM ? [i] : []))
  expect(told).toEqual([900])
})

const there = fs.existsSync(SERIES) && fs.existsSync(SCORER)
if (!there) process.stderr.write(`Skipped: there is no ${SERIES}, or no ${SCORER}\n`)

describe.skipIf(!there && process.env['CI'] === undefined)('on the labelled series', () => {
  let all: readonly Scored[] = []
  const scores = path.join(folder, 'scores')
  beforeAll(() => {
    all = scoreFolder(SERIES, scores)
  })

  test('it reaches the marks with one set of parameters, in 2 KiB, with no alarm where nothing happens', () => {
    const lines = judge(scores)
    expect(lines).toHaveLength(3)
    expect(missed(all, figureOf(lines, 'standard'))).toEqual([])
  })

  test('it reaches them at its own threshold, too', () => {
    expect(figureOf(judge(scores, ALARM), 'standard')).toBeGreaterThan(MARKS.aim)
  })

  test('a score depends on nothing that comes after it', () => {
    const half = path.join(folder, 'half')
    const file = 'realKnownCause/nyc_taxi.csv'
    const lines = fs.readFileSync(path.join(SERIES, file), 'utf8').split('\n').slice(0, 4_000)
    fs.mkdirSync(path.join(half, 'realKnownCause'), { recursive: true })
    fs.writeFileSync(path.join(half, file), lines.join('\n'))
    scoreFolder(half, path.join(folder, 'half-scores'))
    const read = (at: string) => fs.readFileSync(path.join(folder, at, file), 'utf8').split('\n')
    expect(read('half-scores').slice(0, 4_000)).toEqual(read('scores').slice(0, 4_000))
  })
})
