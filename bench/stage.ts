/** What a run stands on: a folder, a PKI, the origin, and whoever was started. All of it ends with the run. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openPki, type Pki } from '../demo/pki.ts'
import type { Running, World } from './contender.ts'
import type { BenchKey } from './keys.ts'

const MEMORY = '/dev/shm'
/**
 * Databases are in memory where the system has a place for them: the disk of this machine is not what an object's writes
 * wait for in production, and whoever else uses it would be in the results.
 */
const PLACE = fs.existsSync(MEMORY) ? MEMORY : os.tmpdir()

/** For the head of the results. */
export const PLACED = PLACE === MEMORY ? 'databases in memory' : 'databases on disk'

/** Each contender that is to show its job has a port of the origin for itself. */
const ORIGIN_PORTS = 8

export class Stage {
  readonly root: string
  readonly #folder: string
  readonly #pki: Pki
  readonly #origin: ChildProcess
  readonly #originPorts: readonly number[]
  readonly #started = new Set<Promise<Running>>()
  readonly #pids = new Set<number>()
  #stopping: Promise<void> | undefined

  private constructor(
    root: string,
    folder: string,
    pki: Pki,
    origin: ChildProcess,
    originPorts: readonly number[],
  ) {
    this.root = root
    this.#folder = folder
    this.#pki = pki
    this.#origin = origin
    this.#originPorts = originPorts
    // Whatever happened, nothing is left. Miniflare ends this process by itself at a signal, and what it does not know
    // of would stay for ever.
    process.on('exit', () => this.#leaveNothing())
  }

  static async open(root: string): Promise<Stage> {
    const folder = fs.mkdtempSync(path.join(PLACE, 'portcullis-bench-'))
    const pki = await openPki(path.join(folder, 'pki'))
    const origin = spawn(
      process.execPath,
      [path.join(root, 'bench/origin.ts'), path.join(folder, 'pki'), String(ORIGIN_PORTS)],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    const [line] = await once(origin.stdout, 'data')
    return new Stage(root, folder, pki, origin, String(line).trim().split(' ').map(Number))
  }

  get originPid(): number {
    return this.#origin.pid ?? 0
  }

  /** Whether the run was interrupted: what fails from then on is no news. */
  get isStopping(): boolean {
    return this.#stopping !== undefined
  }

  /** @param index which port of the origin, the same port as any other unless somebody counts there. */
  world(keys: readonly BenchKey[], index = 0): World {
    const originPort = this.#originPorts[index % ORIGIN_PORTS] ?? 0
    return { root: this.root, folder: this.#folder, pki: this.#pki, originPort, keys }
  }

  /** Starts one more, which is stopped with the rest. */
  async start<T extends Running>(begin: () => Promise<T>): Promise<T> {
    if (this.isStopping) throw new Error('Cannot start anything: the run is being stopped')
    const starting = begin()
    this.#started.add(starting)
    try {
      const running = await starting
      for (const pid of running.pids) this.#pids.add(pid)
      return running
    } catch (error) {
      this.#started.delete(starting)
      throw error
    }
  }

  /** Stops one of them before the rest. */
  async end(running: Running): Promise<void> {
    await running.stop()
    for (const pid of running.pids) this.#pids.delete(pid)
    for (const started of this.#started) {
      if ((await started) === running) this.#started.delete(started)
    }
  }

  /** Stops everything, once. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  async #stopAll(): Promise<void> {
    const stopped = [...this.#started].map(async (started) => (await started).stop())
    // One that cannot be stopped is killed at the end.
    await Promise.allSettled(stopped)
    this.#origin.kill()
  }

  #leaveNothing(): void {
    this.#origin.kill('SIGKILL')
    for (const pid of this.#pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended already.
      }
    }
    fs.rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
