import fs from 'node:fs'
import path from 'node:path'

/** The code block of a page that is marked with this name: what the page shows is what the tests run. */
export function readmeBlock(name: string, page = 'README.md'): string {
  const text = fs.readFileSync(path.resolve(import.meta.dirname, '../../..', page), 'utf8')
  const [, block] = new RegExp('```\\w+ ' + name + '\n([\\s\\S]*?)\n```').exec(text) ?? []
  if (block === undefined) throw new Error(`${page} has no block marked ${name}`)
  return block
}
