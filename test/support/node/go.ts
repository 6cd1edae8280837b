/** Go programs of the tests: `go` is found on the path or where it installs itself. */
import { execFileSync } from 'node:child_process'
import path from 'node:path'

const PATH = [process.env['PATH'] ?? '', '/usr/local/go/bin'].join(path.delimiter)
const env = { ...process.env, PATH }

/** Builds a Go program, that of the folder or one that its module names as a tool, into a file. */
export function buildGo(folder: string, output: string, program = '.'): void {
  execFileSync('go', ['build', '-mod=readonly', '-o', output, program], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** The second number of Go's version, 24 of 1.24.5; 0 without Go. */
export function goMinor(): number {
  try {
    const version = execFileSync('go', ['env', 'GOVERSION'], { env, encoding: 'utf8' })
    return Number(/^go1\.(\d+)/.exec(version)?.[1] ?? 0)
  } catch {
    return 0
  }
}
