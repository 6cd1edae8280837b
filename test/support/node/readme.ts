import fs from 'node:fs'
import path from 'node:path'

/** The code block of the README that is marked with this name: what the README shows is what the tests run. */
export function readmeBlock(name: string): string {
  const readme = fs.readFileSync(path.resolve(import.meta.dirname, '../../../README.md'), 'utf8')
  const [, block] = new RegExp('```\\w+ ' + name + '\n([\\s\\S]*?)\n```').exec(readme) ?? []
  if (block === undefined) throw new Error(`The README has no block marked ${name}`)
  return block
}
