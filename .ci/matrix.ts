/** `npm run docs:controls`: writes docs/controls/matrix.md from the clauses and the tags; with --check it only compares. */
import fs from 'node:fs'
import { CHAPTERS } from './matrix/chapters.ts'
import { page } from './matrix/page.ts'
import { matrixProblems } from './matrix/problems.ts'
import { readTags } from './matrix/tags.ts'

const FILE = 'docs/controls/matrix.md'

const files = fs.globSync('test/**/*.test.ts').toSorted()
const read = files.map((file) => readTags(file, fs.readFileSync(file, 'utf8')))
const tests = read.flatMap((tags) => tags.tests)
const clauses = CHAPTERS.flatMap((chapter) => chapter.clauses)
const text = page(CHAPTERS, tests)
const problems = [
  ...read.flatMap((tags) => tags.problems),
  ...matrixProblems(clauses, tests, (path) => fs.existsSync(path)),
]
if (process.argv.includes('--check')) {
  const same = fs.existsSync(FILE) && fs.readFileSync(FILE, 'utf8') === text
  if (!same) problems.push(`${FILE} is not what clauses and tags say: run npm run docs:controls`)
} else {
  fs.writeFileSync(FILE, text)
}
for (const problem of problems) process.stderr.write(`${problem}\n`)
process.exitCode = problems.length === 0 ? 0 : 1
