/** What this machine is, and what a process has used of it: by Linux's own accounting, in `/proc`. */
import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'

/** Before this process is kept off one of them. */
const CORES = os.availableParallelism()
/** The core that the contender under test has for itself; client and origin share the others. */
const CONTENDER_CORE = '0'
const OTHER_CORES = `1-${CORES - 1}`

const canPin = spawnSync('taskset', ['--version']).status === 0 && CORES > 1

/** What stands before a contender's command, so that it runs on its own core; nothing where that cannot be said. */
export const ON_ITS_CORE: readonly string[] = canPin ? ['taskset', '-c', CONTENDER_CORE] : []

/** Keeps this process, and what it starts from now on, off the contender's core. */
export function leaveTheCore(): void {
  if (canPin) execFileSync('taskset', ['-a', '-cp', OTHER_CORES, String(process.pid)])
}

/**
 * Nanoseconds that the threads of these processes have been on a core, kernel time included
 * (`/proc/PID/task/TID/schedstat`, first field).
 */
export function cpuNanoseconds(pids: readonly number[]): number {
  let sum = 0
  for (const pid of pids) {
    for (const thread of fs.readdirSync(`/proc/${pid}/task`)) {
      const [onCore] = fs.readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
      sum += Number(onCore)
    }
  }
  return sum
}

/** Resident memory that no other process shares, in bytes (`RssAnon` of `/proc/PID/status`). */
export function memoryBytes(pids: readonly number[]): number {
  const kilobytes = (pid: number) =>
    Number(/^RssAnon:\s+(\d+) kB$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  return pids.reduce((sum, pid) => sum + kilobytes(pid) * 1_024, 0)
}

/** In one line. */
export function machine(): string {
  const [cpu] = os.cpus()
  const memory = `${Math.round(os.totalmem() / 2 ** 30)} GiB`
  const kernel = `${os.platform()} ${os.release().split('-')[0]} ${os.arch()}`
  const placed = canPin
    ? 'the contender alone on one core, client and origin on the other'
    : 'no process bound to a core'
  return `${CORES} cores of ${cpu?.model.trim() ?? 'an unknown processor'}, ${memory}, ${kernel}; ${placed}`
}
