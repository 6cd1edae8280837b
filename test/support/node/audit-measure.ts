/** Verifies an export in a process of its own, and says what it took: how long, and how much memory at most. */
import { verifyExport } from '../../../src/audit/verify.ts'
import { exportFolder } from '../../../src/cli/audit/folder.ts'
import { verifyOptions } from '../../../src/cli/audit/trust-options.ts'

const [folder = '', vkey = ''] = process.argv.slice(2)
const source = exportFolder(folder)
const begunMs = performance.now()
const { ok, claims, counts } = await verifyExport(
  source,
  await verifyOptions({ key: [vkey] }, source),
)
const seconds = (performance.now() - begunMs) / 1_000
// In kilobytes.
const { maxRSS } = process.resourceUsage()
const said = { ok, claims, counts, seconds, megabytes: maxRSS / 1_024 }
process.stdout.write(`${JSON.stringify(said)}\n`)
