// `npm test`: everything that needs nothing but Node, in two lanes beside each other, which take about as long. What mostly
// waits is in the second: for alarms, for windows that pass. With words of its own it is vitest with these, in one lane.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const SECOND = [
  'cost',
  'sweep',
  'evidence',
  'siem-push',
  'restore',
  'flood-cold',
  'crash',
  'cli-session',
  'clocks',
  'idempotent-create',
  'idempotent-rotation',
  'mass-assignment',
  'controls',
  'kill',
  'risk-controls',
  'two-admins',
  'report-demo',
  'report-reconciliation',
].map((name) => `test/conformance/${name}.test.ts`)

const PROJECTS = ['unit', 'worker', 'conformance'].flatMap((name) => ['--project', name])
const words = process.argv.slice(2)

function vitest(args, lane, stdio) {
  const { COVERAGE, ...rest } = process.env
  const counted = lane === 'main' && COVERAGE !== undefined ? { COVERAGE } : {}
  const env = { ...rest, ...counted, TEST_LANE: lane }
  const child = spawn('vitest', ['run', ...args], {
    stdio,
    env,
    shell: process.platform === 'win32',
  })
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)))
}

if (words.length > 0) process.exit(await vitest([...PROJECTS, ...words], 'main', 'inherit'))

const missing = SECOND.filter((file) => !fs.existsSync(file))
if (missing.length > 0) throw new Error(`There is no ${missing.join(', ')}`)

const log = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-test-')), 'patient.log')
const out = fs.openSync(log, 'w')
const codes = await Promise.all([
  vitest([...PROJECTS, ...SECOND.flatMap((file) => ['--exclude', file])], 'main', 'inherit'),
  vitest(['--project', 'conformance', ...SECOND], 'patient', ['ignore', out, out]),
])
process.stdout.write(`\nThe second lane, which ran beside that:\n${fs.readFileSync(log, 'utf8')}`)
fs.rmSync(path.dirname(log), { recursive: true })
process.exitCode = Math.max(...codes)
