// Adds up what the test runners printed at their ends, and fails when one printed nothing or a test failed.
import fs from 'node:fs'

const total = { passed: 0, failed: 0, skipped: 0 }
let silent = false

for (const file of process.argv.slice(2)) {
  const text = fs.readFileSync(file, 'utf8')
  const vitest = [...text.matchAll(/^\s*Tests\s+(.*)\(\d+\)\s*$/gm)].map(([, line]) => line)
  const others = [...text.matchAll(/^\s*\d+ (?:pass|fail|skip)$/gm)].map(([line]) => line)
  const counts = (vitest.length > 0 ? vitest : others).join(' | ')
  if (counts === '') {
    process.stdout.write(`no test ran: ${file}\n`)
    silent = true
  }
  for (const [, number, word] of counts.matchAll(/(\d+) (pass|fail|skip)/g)) {
    total[{ pass: 'passed', fail: 'failed', skip: 'skipped' }[word]] += Number(number)
  }
}
process.stdout.write(
  `tests: ${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`,
)
process.exitCode = silent || total.failed > 0 || total.passed === 0 ? 1 : 0
