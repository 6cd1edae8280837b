/** Tags of tests: what is read, and what is a problem. */
import { describe, expect, test } from 'vitest'
import { readTags } from '../../../.ci/matrix/tags.ts'

/** Not written as one: this file is read for tags, too. */
const MARK = ['@', 'control'].join('')

function read(text: string) {
  return readTags('test/x.test.ts', text.replaceAll('@TAG', MARK))
}

describe('a tag', () => {
  test('belongs to the test below it, with all that the test is in', () => {
    const text = `
describe('outer', () => {
  test('another', () => {})

  describe("the inner", () => {
    // A reason.
    // @TAG a/1(b) c
    // Another reason.
    // @TAG d
    test('shows it', async () => {
      expect(1).toBe(1)
    })
  })
})
`
    expect(read(text)).toEqual({
      tests: [
        {
          file: 'test/x.test.ts',
          line: 7,
          names: ['outer', 'the inner', 'shows it'],
          clauses: ['a/1(b)', 'c', 'd'],
        },
      ],
      problems: [],
    })
  })

  test.each([
    ['of one line', `test.each([1, 2])('is %i', (n) => {})`, 'is %i'],
    ['of a table', `test.each([\n  ['a(', ')("b'],\n  ['c', 'd'],\n])('is %s', () => {})`, 'is %s'],
    [
      'of a typed table',
      `test.each<[string, (n: number) => Map<string, X>]>([\n  ['a', (n) => f(n)('x')],\n])(\n  'is %s',\n  () => {},\n)`,
      'is %s',
    ],
    ['in a template', 'test(`is ${code}`, () => {})', 'is ${code}'],
    [
      'on a line of its own',
      `test(\n  'is long',\n  { timeout: 1_000 },\n  () => {},\n)`,
      'is long',
    ],
    ['with a quote', `test('is \\'so\\'', () => {})`, String.raw`is \'so\'`],
  ])('reads a name %s', (_what, text, name) => {
    expect(read(`// @TAG a\n${text}\n`)).toMatchObject({ tests: [{ names: [name] }], problems: [] })
  })

  test('finds its way out of a table and past other tests', () => {
    const text = `
describe.each([
  ['x', 1],
])('of %s', (x) => {
  const fixture = {
    deep: [
      1,
    ],
  }

  test('first', () => {
    expect(x).toBe('x')
  })

  // @TAG a
  test('second', () => {})
})
`
    expect(read(text).tests).toMatchObject([{ names: ['of %s', 'second'] }])
  })
})

describe('what may be left out shows nothing:', () => {
  test.each([
    ['a test that is', `test.skip('x', () => {})`],
    ['one that is still to be written', `test.todo('x')`],
    ['one that has to fail', `test.fails('x', () => {})`],
    ['one on a condition', `test.skipIf(!there)('x', () => {})`],
    ['one that runs on a condition', `test.runIf(there)('x', () => {})`],
    ['one whose options say so', `test('x', { skip: !there }, () => {})`],
    ['one that leaves itself out', `test('x', ({ skip }) => {\n  skip()\n})`],
    [
      'one that leaves itself out later',
      `test('x', (context) => {\n  if (y) context.skip('z')\n})`,
    ],
  ])('%s', (_what, text) => {
    const { tests, problems } = read(`// @TAG a\n${text}\n`)
    expect(tests).toEqual([])
    expect(problems).toEqual([expect.stringMatching(/^test\/x\.test\.ts:1: "x" may be left out/)])
  })

  test.each([
    ['a group that is', `describe.skip('g', () => {`],
    ['a group on a condition', `describe.skipIf(\n  !there && !here,\n)('g', () => {`],
    ['a group in one', `describe.todo('g', () => {\n  describe('h', () => {`],
  ])('what is in %s', (_what, text) => {
    const inner = '    // @TAG a\n    test("x", () => {})\n'
    expect(read(`${text}\n${inner}})\n`).problems).toEqual([
      expect.stringContaining('"g" may be left out: describe.'),
    ])
  })
})

describe('a problem is a tag', () => {
  test.each([
    ['above nothing', '// @TAG a\n\ntest("x", () => {})', 'directly above a test'],
    ['above a group', '// @TAG a\ndescribe("x", () => {})', 'directly above a test'],
    ['at the end', '// @TAG a', 'directly above a test'],
    ['beside code', 'test("x", () => {}) // @TAG a', 'a tag is written'],
    ['without a clause', '// @TAG\ntest("x", () => {})', 'a tag is written'],
    ['in another comment', '/* @TAG a */\ntest("x", () => {})', 'a tag is written'],
    ['after a good one', '// @TAG a\n// and @TAG b\ntest("x", () => {})', 'a tag is written'],
    ['within a sentence', '// See @TAG a\ntest("x", () => {})', 'a tag is written'],
    ['above a name that is made elsewhere', '// @TAG a\ntest(NAME, () => {})', 'cannot be read'],
  ])('%s', (_where, text, problem) => {
    const { tests, problems } = read(text)
    expect(tests).toEqual([])
    expect(problems).toEqual([expect.stringContaining(problem)])
  })
})
