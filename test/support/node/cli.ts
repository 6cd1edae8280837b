/** The command line as a person runs it: a process of its own, with words in and words out. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '../../..')

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly env?: Readonly<Record<string, string>>
  /** What is typed before anything is asked. */
  readonly input?: string
  /** Told everything that was said so far: what to type now, or that it is not time yet. */
  readonly answers?: readonly ((said: string) => Promise<string | undefined>)[]
  /** Run by `script`, which gives it a terminal. */
  readonly terminal?: boolean
}

/** Runs the command line and answers when it has ended. */
function runCli(words: readonly string[], options: Running = {}): Promise<Ran> {
  const { env = {}, input, answers = [], terminal = false } = options
  const [program, args] = terminal
    ? ['script', ['-qec', [process.execPath, 'src/cli/main.ts', ...words].join(' '), '/dev/null']]
    : [process.execPath, ['src/cli/main.ts', ...words]]
  const child = spawn(program, args, { cwd: ROOT, env: { ...process.env, ...env } })
  const out = { stdout: '', stderr: '' }
  const waiting = [...answers]
  if (input !== undefined) child.stdin.write(input)
  if (waiting.length === 0) child.stdin.end()

  let busy = Promise.resolve()
  const answer = async () => {
    const [next] = waiting
    const typed = await next?.(out.stdout + out.stderr)
    if (typed === undefined) return
    waiting.shift()
    child.stdin.write(typed)
    // A terminal that hangs up would end what runs in it.
    if (waiting.length === 0 && !terminal) child.stdin.end()
  }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      out[name] += text
      busy = busy.then(answer)
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...out }))
  })
}

export interface Document {
  readonly code: number | null
  // oxlint-disable-next-line typescript/no-explicit-any -- what it is, each test says by reading it
  readonly document: any
  readonly stderr: string
}

/** The command line with a folder of its own for what it keeps. */
export class Cli {
  readonly #folder: () => string

  constructor(folder: () => string) {
    this.#folder = folder
  }

  /** Runs a command as it is. */
  text(words: readonly string[], { env = {}, ...options }: Running = {}): Promise<Ran> {
    return runCli(words, { env: { PORTCULLIS_STATE: this.#folder(), ...env }, ...options })
  }

  /** Runs a command with --json; answers its one document. */
  async json(words: readonly string[], options: Running = {}): Promise<Document> {
    const { code, stdout, stderr } = await this.text([...words, '--json'], options)
    if (stdout.indexOf('\n') !== stdout.length - 1)
      throw new Error(`${words.join(' ')}: not one document: ${stdout}${stderr}`)
    return { code, document: JSON.parse(stdout), stderr }
  }

  path(name: string): string {
    return path.join(this.#folder(), name)
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- of JSON files that the tests know
  read(name: string): any {
    return JSON.parse(fs.readFileSync(this.path(name), 'utf8'))
  }

  /** Who may read the file. */
  modeOf(name: string): number {
    return fs.statSync(this.path(name)).mode & 0o777
  }
}
