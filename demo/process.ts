/** Which of our processes still runs, by the file in which it noted its id. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'

/** The process id in `pidFile`, if that process runs and its command line has `word`: ids are reused. */
export function runningProcess(pidFile: string, word: string): number | undefined {
  if (!fs.existsSync(pidFile)) return undefined
  const pid = Number(fs.readFileSync(pidFile, 'utf8'))
  return Number.isInteger(pid) && pid > 1 && commandLine(pid).includes(word) ? pid : undefined
}

function commandLine(pid: number): string {
  try {
    if (fs.existsSync('/proc/self/cmdline')) return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' })
  } catch {
    // No such process.
    return ''
  }
}
