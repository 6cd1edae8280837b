// `npm run prove -- AREA`: a proof at full size, its output kept under docs/evidence/.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** The file or files of each; the folder a file is in is the project that runs it. */
const AREAS = {
  model: 'test/unit/guard/model.test.ts',
  replay: 'test/conformance/order.test.ts',
  limits: 'test/conformance/limits.test.ts',
  crash: 'test/conformance/crash.test.ts',
  fence: 'test/conformance/fence.test.ts',
  hostile: 'test/conformance/hostile.test.ts',
  framing: 'test/conformance/framing.test.ts',
  garbage: 'test/conformance/garbage.test.ts',
  ccxt: 'test/conformance/ccxt-binance.test.ts',
  restore: 'test/conformance/restore.test.ts',
  race: 'test/conformance/race.test.ts',
  cost: 'test/conformance/cost.test.ts',
  naughty: 'test/conformance/naughty.test.ts',
  flood: 'test/conformance/flood.test.ts',
  revocation: 'test/conformance/revocation.test.ts',
  rotation: 'test/conformance/rotation.test.ts',
  kill: 'test/conformance/kill.test.ts',
  audit: 'test/conformance/audit-size.test.ts',
  adapters: 'test/conformance/order-adapters.test.ts',
  report: 'test/conformance/report-size.test.ts',
  reconciliation: 'test/conformance/report-reconciliation-size.test.ts',
  risk: [
    'test/unit/risk/corpus.test.ts',
    'test/conformance/risk.test.ts',
    'test/conformance/risk-controls.test.ts',
    'test/conformance/risk-record.test.ts',
    'test/conformance/risk-octets.test.ts',
  ],
}

const area = process.argv[2]
if (area === undefined || !Object.hasOwn(AREAS, area)) {
  process.stderr.write(
    `Usage: npm run prove -- AREA, where AREA is one of ${Object.keys(AREAS).join(', ')}\n`,
  )
  process.exit(2)
}

const files = [AREAS[area]].flat()
const versions = JSON.parse(fs.readFileSync('package.json', 'utf8')).devDependencies
const head = [
  `proof of: ${area} (${files.join(', ')})`,
  `date: ${new Date().toISOString().slice(0, 10)}`,
  `machine: ${os.availableParallelism()} cores, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.platform()} ${os.arch()}`,
  `versions: node ${process.versions.node}, miniflare ${versions.miniflare}, wrangler ${versions.wrangler}`,
  '',
]
const projects = new Set(files.map((file) => file.split('/')[1]))
const words = [
  'run',
  ...[...projects].flatMap((name) => ['--project', name]),
  '--reporter',
  'verbose',
  ...files,
]
const child = spawn('vitest', words, {
  env: { ...process.env, PORTCULLIS_PROVE: 'full', NO_COLOR: '1', FORCE_COLOR: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
})
let output = ''
child.stdout.on('data', (chunk) => {
  output += chunk
  process.stdout.write(chunk)
})
child.once('exit', (code) => {
  // Without the machine's own paths: what counts is what was found.
  const kept = output
    .split('\n')
    .filter((line) => /^found:|^\s+(?:✓|×|Tests|Test Files|Duration)|\s(?:✓|×)\s/.test(line))
  const file = path.join('docs', 'evidence', `${area}.txt`)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, `${[...head, ...kept.map((line) => line.trimEnd())].join('\n')}\n`)
  process.stdout.write(`\nKept in ${file}\n`)
  process.exitCode = code ?? 1
})
