/**
 * Reads the tags of tests: a line `// @control CLAUSE …` among the comment lines directly above a test. What the formatter
 * does to a file is relied upon: a test begins its line, and is indented more deeply than what it is in. Whatever cannot
 * be read is a problem, never passed over.
 */

export interface TaggedTest {
  readonly file: string
  /** Of the tag, from 1. */
  readonly line: number
  /** What it is in, and its own name last. */
  readonly names: readonly string[]
  readonly clauses: readonly string[]
}

export interface Tags {
  readonly tests: readonly TaggedTest[]
  readonly problems: readonly string[]
}

const MARK = '@control'
const TAG = /^( *)\/\/ @control((?: \S+)+)$/
const COMMENT = /^ *\/\//
/** These make many tests of one, or run them beside each other; whatever else is written there may leave them out. */
const HARMLESS: ReadonlySet<string> = new Set(['each', 'concurrent', 'sequential'])
/** In the options of a test, or in its body: left out all the same. */
const LEFT_OUT = /\b(?:skip|todo|fails)(?:\s*:|\()/

export function readTags(file: string, text: string): Tags {
  const lines = text.split('\n')
  const [tests, problems] = [new Array<TaggedTest>(), new Array<string>()]
  for (let at = 0; at < lines.length; at += 1) {
    if (!(lines[at] ?? '').includes(MARK)) continue
    const read = readTag(lines, at)
    const where = `${file}:${at + 1}`
    if (typeof read === 'string') problems.push(`${where}: ${read}`)
    else tests.push({ file, line: at + 1, ...read })
    // Comments that follow belong to the same test: their tags were read with the first.
    while (COMMENT.test(lines[at + 1] ?? '')) at += 1
  }
  return { tests, problems }
}

/** What a tag says of the test below it, or what is wrong with it. */
function readTag(
  lines: readonly string[],
  from: number,
): Pick<TaggedTest, 'names' | 'clauses'> | string {
  const clauses: string[] = []
  let at = from
  for (; COMMENT.test(lines[at] ?? ''); at += 1) {
    const line = lines[at] ?? ''
    const [, , words] = TAG.exec(line) ?? []
    if (words !== undefined) clauses.push(...words.trim().split(' '))
    else if (line.includes(MARK)) return 'a tag is written // @control CLAUSE'
  }
  if (clauses.length === 0) return 'a tag is written // @control CLAUSE'
  const own = readBlock(lines, at)
  if (own?.what !== 'test') return 'a tag stands directly above a test'
  const blocks = [...enclosing(lines, at), own]
  for (const { what, name, modifiers, header } of blocks) {
    if (name === undefined) return `the name of a ${what} cannot be read`
    const left = modifiers.find((modifier) => !HARMLESS.has(modifier))
    if (left !== undefined) return `"${name}" may be left out: ${what}.${left}`
    if (LEFT_OUT.test(header)) return `"${name}" may be left out by its options`
  }
  if (LEFT_OUT.test(bodyOf(lines, at))) return `"${own.name}" may be left out as it runs`
  return { names: blocks.map(({ name = '' }) => name), clauses }
}

interface Block {
  readonly what: 'test' | 'describe'
  readonly modifiers: readonly string[]
  readonly name: string | undefined
  /** From the name to where its function begins. */
  readonly header: string
}

const TEXT = String.raw`\s*(['"\x60])((?:\\.|(?!\Q)[^\\])*)\Q`

function readBlock(lines: readonly string[], at: number): Block | undefined {
  const [, indent = '', what, dotted = ''] =
    /^( *)(test|describe)\b((?:\.[A-Za-z]+)*)/.exec(lines[at] ?? '') ?? []
  if (what !== 'test' && what !== 'describe') return undefined
  const modifiers = dotted.split('.').slice(1)
  const text = lines.slice(at).join('\n').slice(indent.length)
  // After a table or a condition the name is in the second pair of brackets: on the first line, or where its line is
  // indented like the test's own.
  const called = modifiers.some((modifier) => /each$|[fF]or$|If$/.test(modifier))
  const before = called
    ? String.raw`(?:[^\n]*|[^]*?\n${indent}(?! )[^\n]*)\)\(`
    : String.raw`[\w.]+\(`
  const found = new RegExp(`^${before}${TEXT.replaceAll(String.raw`\Q`, String.raw`\1`)}`).exec(
    text,
  )
  if (found === null) return { what, modifiers, name: undefined, header: '' }
  const [whole, , name] = found
  const rest = text.slice(whole.length)
  return { what, modifiers, name, header: rest.slice(0, Math.max(0, rest.indexOf('=>'))) }
}

/** The blocks that a line is in, the outermost first. */
function enclosing(lines: readonly string[], from: number): readonly Block[] {
  const blocks: Block[] = []
  let indent = indentOf(lines[from] ?? '')
  for (let at = from - 1; at >= 0 && indent > 0; at -= 1) {
    const line = lines[at] ?? ''
    if (line.trim() === '' || indentOf(line) >= indent) continue
    const block = readBlock(lines, at)
    if (block === undefined) continue
    blocks.unshift(block)
    indent = indentOf(line)
  }
  return blocks
}

/** What stands between the first line of a test and the last. */
function bodyOf(lines: readonly string[], at: number): string {
  const indent = indentOf(lines[at] ?? '')
  const end = lines.findIndex(
    (line, index) => index > at && indentOf(line) === indent && /^ *\}/.test(line),
  )
  return lines.slice(at + 1, end === -1 ? undefined : end).join('\n')
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}
