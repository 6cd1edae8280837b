/** A server of the operating system's packages as a contender: a template filled in, one process on its own core. */
import { spawn, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Missing, type World } from './contender.ts'
import type { BenchKey } from './keys.ts'
import { ON_ITS_CORE } from './machine.ts'

/** How long a server may take to listen, in milliseconds. */
const START_MS = 10_000

/** @throws {Missing} unless all of these files are there. */
export function needFiles(files: readonly string[], remedy: string): void {
  const missing = files.filter((file) => !fs.existsSync(file))
  if (missing.length > 0) throw new Missing(`${missing.join(', ')} is not here. ${remedy}`)
}

/** A new folder of this contender. */
export function newFolder(world: World, name: string): string {
  const folder = path.join(world.folder, name)
  fs.mkdirSync(folder, { recursive: true })
  return folder
}

/** The keys that a server of one dialect knows. */
export function compactKeys(world: World): readonly BenchKey[] {
  return world.keys.filter(({ dialect }) => dialect === 'compact')
}

/** The text of a template in the repository, with a value for each `@NAME@`. */
export function filled(
  world: World,
  template: string,
  values: Readonly<Record<string, string | number>>,
): string {
  const text = fs.readFileSync(path.join(world.root, template), 'utf8')
  return text.replaceAll(/@([A-Z_]+)@/g, (placeholder, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`Cannot fill ${placeholder} of ${template}`)
    return String(value)
  })
}

/** A port of 127.0.0.1 that nobody listens on: these servers cannot say which one they were given. */
export async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('Cannot find a free port')
  return address.port
}

export interface Server {
  readonly pid: number
  stop(): Promise<void>
}

/** Starts the command, which stays in the foreground, and waits until it answers. */
export async function startServer(command: readonly string[], port: number): Promise<Server> {
  const [program = '', ...words] = [...ON_ITS_CORE, ...command]
  const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => (said += String(chunk)))
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      said += error.message
      resolve()
    })
    child.on('exit', () => resolve())
  })
  const deadlineMs = Date.now() + START_MS
  while (!(await answers(port))) {
    if (hasEnded(child) || Date.now() > deadlineMs) {
      child.kill('SIGKILL')
      throw new Error(`${command[0]} did not start: ${said}`)
    }
    await delay(20)
  }
  const { pid } = child
  if (pid === undefined) throw new Error(`${command[0]} has no process id`)
  return {
    pid,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function hasEnded({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null
}

/** Whether it has a worker that answers: a connection alone is made as soon as somebody listens. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' })
    socket.on('connect', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'))
    socket.on('data', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false)).on('close', () => resolve(false))
  })
}
