// Builds the Worker as a deployment would, for each environment, and holds it to its budget.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const BUDGET_BYTES = 640 * 1024
const ENVIRONMENTS = ['staging', 'production']

for (const environment of ENVIRONMENTS) {
  const folder = path.join('dist', environment)
  fs.rmSync(folder, { recursive: true, force: true })
  const words = ['deploy', '--dry-run', '--env', environment, '--outdir', folder]
  execFileSync('wrangler', words, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, WRANGLER_LOG: 'error' },
  })
  const { size } = fs.statSync(path.join(folder, 'index.js'))
  const line = `${environment}: ${(size / 1024).toFixed(1)} KiB minified, budget ${BUDGET_BYTES / 1024} KiB`
  process.stdout.write(`${line}\n`)
  if (size > BUDGET_BYTES) {
    process.stderr.write(
      'The bundle is over its budget. Look at what was added: npx esbuild --analyze\n',
    )
    process.exitCode = 1
  }
}
