/** The demo's broker as a process: tests stop it, let it go on and end it. */
import fs from 'node:fs'
import type { Demo } from './demo.ts'

/** Of the broker that this demo started. */
export function brokerPid(demo: Demo): number {
  for (const entry of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = fs.readFileSync(`/proc/${entry}/cmdline`, 'utf8')
      const parent = /^PPid:\s+(\d+)$/m.exec(fs.readFileSync(`/proc/${entry}/status`, 'utf8'))?.[1]
      if (command.includes('broker/main.ts') && Number(parent) === demo.pid) return Number(entry)
    } catch {
      // It ended while we looked.
    }
  }
  throw new Error('No broker')
}

/** Nothing that is sent meanwhile is answered. */
export async function whileSilent<T>(demo: Demo, action: () => Promise<T>): Promise<T> {
  const pid = brokerPid(demo)
  process.kill(pid, 'SIGSTOP')
  try {
    return await action()
  } finally {
    process.kill(pid, 'SIGCONT')
  }
}
