/** The rules of the control matrix: it says no more than its tests show. */
import { describe, expect, test } from 'vitest'
import { CHAPTERS } from '../../../.ci/matrix/chapters.ts'
import type { Clause } from '../../../.ci/matrix/clause.ts'
import { page } from '../../../.ci/matrix/page.ts'
import { matrixProblems } from '../../../.ci/matrix/problems.ts'
import type { TaggedTest } from '../../../.ci/matrix/tags.ts'

const BUILT: Clause = {
  id: 'rule/1(a)',
  name: 'Rule 1(a)',
  asks: 'Something.',
  state: 'built',
  code: ['src/a.ts'],
  evidence: 'portcullis audit verify EXPORT',
  broker: 'The rest.',
}
const PLANNED: Clause = {
  id: 'rule/2',
  name: 'Rule 2',
  asks: 'Something else.',
  state: 'not built yet',
  broker: 'Nothing.',
}
const TEST: TaggedTest = {
  file: 'test/unit/a.test.ts',
  line: 7,
  names: ['a group', 'shows | it'],
  clauses: ['rule/1(a)'],
}

function problems(clauses: readonly Clause[], tests: readonly TaggedTest[] = [TEST]) {
  return matrixProblems(clauses, tests, (path) => path === 'src/a.ts')
}

test('a clause that is built, with its test, and one that is not, are no problem', () => {
  expect(problems([BUILT, PLANNED])).toEqual([])
})

// @control mission/evidence
test.each<[string, readonly Clause[], readonly TaggedTest[], string]>([
  ['is built and has no test', [BUILT], [], 'rule/1(a): is said to be built, and no test is'],
  [
    'is built nowhere',
    [{ ...BUILT, code: [] }],
    [TEST],
    'rule/1(a): is said to be built, and noth',
  ],
  ['is built in no such file', [{ ...BUILT, code: ['src/b.ts'] }], [TEST], 'there is no src/b.ts'],
  [
    'is not built and has a test',
    [BUILT, PLANNED],
    [{ ...TEST, clauses: ['rule/1(a)', 'rule/2'] }],
    'rule/2: is said to be not built yet, and 1 tests are tagged with it',
  ],
  [
    'is with the broker and has a test',
    [{ ...PLANNED, state: 'with the broker' }],
    [{ ...TEST, clauses: ['rule/2'] }],
    'rule/2: is said to be with the broker, and 1 tests',
  ],
  [
    'is not built and has code',
    [BUILT, { ...PLANNED, code: ['src/a.ts'] }],
    [TEST],
    'rule/2: is said to be not built yet, and has code or evidence',
  ],
  ['is there twice', [BUILT, BUILT], [TEST], 'rule/1(a): there are two clauses of this name'],
  [
    'has a name with a space',
    [{ ...PLANNED, id: 'rule 2' }],
    [],
    'rule 2: is no name that a tag can have',
  ],
  [
    'promises what nobody can',
    [{ ...PLANNED, asks: 'SEC-compliant storage.' }],
    [],
    'rule/2: never say "compliant"',
  ],
])('a clause that %s is a problem', (_what, clauses, tests, problem) => {
  expect(problems(clauses, tests)).toEqual([expect.stringContaining(problem)])
})

// @control mission/evidence
test('a tag that names no clause is a problem', () => {
  expect(problems([BUILT], [TEST, { ...TEST, line: 9, clauses: ['rule/9'] }])).toEqual([
    'test/unit/a.test.ts:9: there is no clause rule/9',
  ])
})

describe('the page', () => {
  const text = page([{ title: 'A rule', about: 'About it.', clauses: [BUILT, PLANNED] }], [TEST])

  test('has a row for each clause, with links to code and tests', () => {
    expect(text).toContain(
      '| Rule 1(a)<br>`rule/1(a)` | Something. | [src/a.ts](../../src/a.ts) ' +
        '| [unit/a](../../test/unit/a.test.ts) › a group › shows \\| it ' +
        '| `portcullis audit verify EXPORT` | The rest. | built |\n',
    )
    expect(text).toContain(
      '| Rule 2<br>`rule/2` | Something else. | – | – | – | Nothing. | not built yet |\n',
    )
  })

  test('counts what is built', () => {
    expect(text).toContain('| [A rule](#a-rule) | 1 | 1 | 0 |\n')
  })
})

test('each clause says what it asks for and what stays with the broker, in a sentence', () => {
  const clauses = CHAPTERS.flatMap((chapter) => chapter.clauses)
  expect(clauses.length).toBeGreaterThan(100)
  for (const { id, asks, broker } of clauses) {
    expect(asks, id).toMatch(/^[A-Z].{10,}\.$/)
    expect(broker, id).toMatch(/^[A-Z].*\.$/)
  }
  expect(matrixProblems(clauses, [], () => true).filter((one) => !one.includes('no test'))).toEqual(
    [],
  )
})
