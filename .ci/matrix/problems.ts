/** What is wrong with the matrix: it must not say more than its tests show, nor less. */
import type { Clause } from './clause.ts'
import type { TaggedTest } from './tags.ts'

/** Words that promise what no product can, or what was never examined. */
const NEVER_SAID =
  /compliant|complies|certified|immutable|guarantees? compliance|tamper-?proof|best-execution report|transaction report(?!ing)/i

const ID = /^[\w.()/+-]+$/

/**
 * @param exists whether there is such a file or folder in the repository.
 * @returns every problem, in plain words.
 */
export function matrixProblems(
  clauses: readonly Clause[],
  tests: readonly TaggedTest[],
  exists: (path: string) => boolean,
): readonly string[] {
  const ids = clauses.map(({ id }) => id)
  return [
    ...ids.flatMap((id, index) =>
      ids.indexOf(id) === index ? [] : [`${id}: there are two clauses of this name`],
    ),
    ...tests.flatMap(({ file, line, clauses: named }) =>
      named
        .filter((id) => !ids.includes(id))
        .map((id) => `${file}:${line}: there is no clause ${id}`),
    ),
    ...clauses.flatMap((clause) => clauseProblems(clause, testsOf(clause, tests).length, exists)),
  ]
}

/** The tests that are tagged with a clause. */
export function testsOf({ id }: Clause, tests: readonly TaggedTest[]): readonly TaggedTest[] {
  return tests.filter(({ clauses }) => clauses.includes(id))
}

function clauseProblems(
  { id, name, asks, state, code = [], evidence = '', broker }: Clause,
  shown: number,
  exists: (path: string) => boolean,
): readonly string[] {
  const said = [name, asks, evidence, broker].join(' ')
  const never = NEVER_SAID.exec(said)?.[0]
  const built = state === 'built'
  return [
    ID.test(id) ? '' : 'is no name that a tag can have',
    built && shown === 0 ? 'is said to be built, and no test is tagged with it' : '',
    built && code.length === 0 ? 'is said to be built, and nothing says where' : '',
    !built && shown > 0 ? `is said to be ${state}, and ${shown} tests are tagged with it` : '',
    !built && (code.length > 0 || evidence !== '')
      ? `is said to be ${state}, and has code or evidence`
      : '',
    ...code.map((path) => (exists(path) ? '' : `there is no ${path}`)),
    never === undefined ? '' : `never say "${never}"`,
  ]
    .filter((problem) => problem !== '')
    .map((problem) => `${id}: ${problem}`)
}
