/** Results as they are kept: Markdown to read, and JSON that another run is compared with. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'
import * as v from 'valibot'
import { besides } from './arguments.ts'
import { machine } from './machine.ts'
import { PLACED } from './stage.ts'
import { agrees } from './statistics.ts'
import { asMarkdown, digits, interval, type Ratio, type Section } from './table.ts'

const RatioSchema = v.object({
  name: v.string(),
  median: v.number(),
  low: v.number(),
  high: v.number(),
})
const ResultsSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ date: v.string(), mode: v.string(), ratios: v.array(RatioSchema) }),
)
export type Results = v.InferOutput<typeof ResultsSchema>

/** @throws when the file is missing or is not one of these. */
export function readResults(file: string): Results {
  return v.parse(ResultsSchema, fs.readFileSync(file, 'utf8'))
}

/** Writes the sections, and beside them their ratios. */
export function writeResults(
  out: string,
  sections: readonly Section[],
  about: readonly string[],
  quick: boolean,
): void {
  const head = `# What it costs to stand in between\n\nMade by \`npm run bench\`. Change nothing here: run it again.\n\n`
  const lines = about.map((line) => `- ${line}\n`).join('')
  fs.writeFileSync(out, `${head}${lines}\n${sections.map(asMarkdown).join('\n')}`)
  const results: Results = {
    date: today(),
    mode: quick ? 'quick' : 'full',
    ratios: sections.flatMap(({ ratios }) => [...ratios].map(rounded)),
  }
  fs.writeFileSync(besides(out), `${JSON.stringify(results, undefined, 2)}\n`)
}

function rounded({ name, median, low, high }: Ratio): Ratio {
  const round = (value: number) => Number(value.toPrecision(4))
  return { name, median: round(median), low: round(low), high: round(high) }
}

function today(): string {
  return new Date().toISOString().slice(0, 10)
}

/** The date, the machine and who took part, a line each. */
export function aboutThisRun(root: string, quick: boolean): string[] {
  return [
    `date: ${today()}${quick ? ', quick' : ''}`,
    `machine: ${machine()}; ${PLACED}`,
    `versions: node ${process.versions.node}, ${['workerd', 'miniflare', 'hono'].map((name) => `${name} ${packageVersion(root, name)}`).join(', ')}, ` +
      `haproxy ${programVersion('/usr/sbin/haproxy', /version (\d+\.\d+\.\d+)/)}, nginx ${programVersion('/usr/sbin/nginx', /nginx\/(\S+)/)}`,
  ]
}

function packageVersion(root: string, name: string): string {
  const file = path.join(root, 'node_modules', name, 'package.json')
  const { version }: { version: string } = createRequire(import.meta.url)(file)
  return version
}

function programVersion(program: string, pattern: RegExp): string {
  if (!fs.existsSync(program)) return 'missing'
  // nginx says it on the other stream.
  const said = execFileSync('/bin/sh', ['-c', `${program} -v 2>&1`], { encoding: 'utf8' })
  return pattern.exec(said)?.[1] ?? 'unknown'
}

/** Each stored ratio against this run's, a line each, and whether all agree. */
export function compared(stored: Results, found: readonly Ratio[]): { text: string; all: boolean } {
  const lines = stored.ratios.map((before) => {
    const now = found.find(({ name }) => name === before.name)
    const agreed = now !== undefined && agrees(before, now.median)
    const text = now === undefined ? 'not measured' : digits(now.median)
    const stated = `${digits(before.median)} (${interval(before)})`
    return {
      agreed,
      line: `${agreed ? 'agrees  ' : 'DIFFERS '} ${before.name}: ${stated}, now ${text}`,
    }
  })
  const count = lines.filter(({ agreed }) => agreed).length
  const text = `${lines.map(({ line }) => line).join('\n')}\nagrees: ${count} of ${lines.length}\n`
  return { text, all: count === lines.length && count > 0 }
}
