/** Go programs of the tests: found on the path or where Go installs itself, and built once. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const USUAL_PLACE = '/usr/local/go/bin'

/** Builds the Go program of a folder into a file. */
export function buildGo(folder: string, output: string): void {
  const PATH = [process.env['PATH'] ?? '', USUAL_PLACE].join(path.delimiter)
  const found = PATH.split(path.delimiter).some((place) => fs.existsSync(path.join(place, 'go')))
  if (!found) throw new Error('Cannot build: there is no go. Install golang-go')
  execFileSync('go', ['build', '-mod=readonly', '-o', output, '.'], {
    cwd: folder,
    env: { ...process.env, PATH },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
