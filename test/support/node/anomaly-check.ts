/** Runs the volume detector over folders of series and has its scores judged by the benchmark's own scorer. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { STATE_BYTES, VolumeDetector } from '../../../src/guard/volume.ts'

const SHARED = path.resolve(import.meta.dirname, '../../../../shared')
/** The labelled series and their scorer: third-party data beside the repository. */
export const SERIES = path.join(SHARED, 'data/nab/data')
export const SCORER = path.join(SHARED, 'tools/nab-score.mjs')

export interface Scored {
  /** The file's path in its folder. */
  readonly file: string
  readonly values: number
  readonly alarms: number
  readonly stateBytes: number
}

/** Scores every series of a folder and writes `timestamp,anomaly_score` under the same names. */
export function scoreFolder(from: string, to: string): readonly Scored[] {
  const files = fs.globSync('**/*.csv', { cwd: from }).toSorted()
  return files.map((file) => {
    const { lines, ...scored } = scoreSeries(fs.readFileSync(path.join(from, file), 'utf8'))
    const target = path.join(to, file)
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.writeFileSync(target, lines.join('\n').concat('\n'))
    return { file, ...scored }
  })
}

/** One detector reads the rows in their order and knows of none before it comes. */
function scoreSeries(text: string) {
  const detector = new VolumeDetector()
  const lines = ['timestamp,anomaly_score']
  let alarms = 0
  for (const row of text.trim().split(/\r?\n/).slice(1)) {
    const [time = '', value = ''] = row.split(',')
    const { score, alarm } = detector.observe(epochMs(time), Number(value))
    if (alarm) alarms += 1
    lines.push(`${time},${score}`)
  }
  const stateBytes = detector.encode().length
  return { lines, alarms, values: lines.length - 1, stateBytes }
}

/** Times of the series name no zone: any will do, as long as it has no summer time. */
function epochMs(time: string): number {
  return Date.parse(`${time.slice(0, 19).replace(' ', 'T')}Z`)
}

/** The scorer's three lines; with a threshold, its figures for that one instead of for the best. */
export function judge(scores: string, threshold?: number): readonly string[] {
  const words = threshold === undefined ? [] : ['--threshold', String(threshold)]
  const text = execFileSync(process.execPath, [SCORER, scores, ...words], { encoding: 'utf8' })
  return text.trim().split('\n')
}

/** The figure of a line such as `standard 52.00 threshold 0.5`. */
export function figureOf(lines: readonly string[], profile: string): number {
  const line = lines.find((each) => each.startsWith(`${profile} `))
  return Number(line?.split(/\s+/)[1])
}

/** The marks: Random Cut Forest and KNN-CAD on the same series, by their published scores. */
export const MARKS = { least: 52, aim: 64 } as const
const MOST_BYTES = 2_048

/** What is missed, a sentence each. */
export function missed(all: readonly Scored[], standard: number): readonly string[] {
  const problems = all
    .filter(({ file, alarms }) => file.startsWith('artificialNoAnomaly') && alarms > 0)
    .map(({ file, alarms }) => `${file} has no anomaly, and ${alarms} alarms`)
  if (STATE_BYTES > MOST_BYTES || all.some(({ stateBytes }) => stateBytes !== STATE_BYTES))
    problems.push(`The state is larger than ${MOST_BYTES} octets, or not of one size`)
  if (!(standard >= MARKS.aim))
    problems.push(`The standard score ${standard} is below ${MARKS.aim} (least: ${MARKS.least})`)
  return problems
}
