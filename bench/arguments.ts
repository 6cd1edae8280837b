/** What was asked for on the command line. */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { ROWS } from './rows.ts'

export interface Arguments {
  readonly quick: boolean
  /** Names of rows, `steps`, `scale` and `cost`; all when it is missing. */
  readonly only: readonly string[] | undefined
  /** The Markdown file to write; the JSON file is beside it. */
  readonly out: string | undefined
  /** The JSON file to compare with. */
  readonly again: string | undefined
}

export const USAGE = `Usage: npm run bench -- [--quick] [--only NAME,NAME] [--out FILE.md | --again [FILE.json]]
where NAME is steps, scale, cost or one of ${ROWS.map(({ name }) => name).join(', ')}
`

/** What can be asked for beside rows. */
const PARTS = ['steps', 'scale', 'cost']
const RESULTS = 'bench/results.md'

/** @throws {TypeError} when it makes no sense. */
export function readArguments(words: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      out: { type: 'string' },
      again: { type: 'boolean', default: false },
    },
  })
  const { quick, again } = values
  const [file, ...more] = positionals
  if (more.length > 0 || (file !== undefined && !again)) throw new TypeError('Too many words')
  if (again && (values.out !== undefined || values.only !== undefined)) {
    throw new TypeError('--again writes nothing and compares everything')
  }
  if (values.out !== undefined && path.extname(values.out) !== '.md') {
    throw new TypeError('--out names a file that ends in .md')
  }
  const only = values.only?.split(',')
  const unknown = only?.filter((name) => !isKnown(name)) ?? []
  if (unknown.length > 0) throw new TypeError(`There is no ${unknown.join(', ')}`)
  const isWhole = !quick && only === undefined && !again
  return {
    quick,
    only,
    out: values.out ?? (isWhole ? RESULTS : undefined),
    again: again ? (file ?? besides(RESULTS)) : undefined,
  }
}

function isKnown(name: string): boolean {
  return PARTS.includes(name) || ROWS.some((row) => row.name === name)
}

/** The JSON file of a Markdown file. */
export function besides(out: string): string {
  return out.replace(/\.md$/, '.json')
}
