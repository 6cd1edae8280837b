/**
 * `npm run check:anomaly`: the volume detector over labelled series, scored as the Numenta Anomaly Benchmark does.
 * Prints the scorer's three lines. With DATA_DIR and SCORES_DIR it only writes the scores of that folder.
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { ALARM } from '../src/guard/volume.ts'
import {
  figureOf,
  judge,
  missed,
  scoreFolder,
  SCORER,
  SERIES,
} from '../test/support/node/anomaly-check.ts'

const [from, to] = process.argv.slice(2)
if (from !== undefined && to !== undefined) scoreOnly(from, to)
else if (from !== undefined) stop('usage: npm run check:anomaly [-- DATA_DIR SCORES_DIR]')
else if (!fs.existsSync(SERIES) || !fs.existsSync(SCORER))
  stop(`The labelled series and their scorer are not there: ${SERIES}, ${SCORER}`)
else check()

function scoreOnly(data: string, scores: string): void {
  if (!fs.existsSync(data)) return stop(`There is no folder ${data}`)
  const all = scoreFolder(data, scores)
  if (all.length === 0) return stop(`There is no series (**/*.csv) in ${data}`)
  process.stderr.write(`Wrote the scores of ${all.length} series to ${scores}\n`)
}

function check(): void {
  const scores = fs.mkdtempSync(path.join(os.tmpdir(), 'anomaly-'))
  try {
    const all = scoreFolder(SERIES, scores)
    const lines = judge(scores)
    process.stdout.write(`${lines.join('\n')}\n`)
    process.stderr.write(`At the detector's own threshold:\n${judge(scores, ALARM).join('\n')}\n`)
    const problems = missed(all, figureOf(lines, 'standard'))
    for (const problem of problems) process.stderr.write(`${problem}\n`)
    process.exitCode = problems.length === 0 ? 0 : 1
  } finally {
    fs.rmSync(scores, { recursive: true })
  }
}

function stop(problem: string): void {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 2
}
