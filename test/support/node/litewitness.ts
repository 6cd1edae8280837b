/** A witness that is not ours: torchwood's litewitness, with a key in an ssh-agent of its own, on a free port. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { COSIGNATURE, noteKey, type NoteKey } from '../../../src/audit/note.ts'
import { toBase64 } from '../../../src/lib/bytes.ts'
import { EMPTY_ROOT } from '../../../src/audit/merkle.ts'
import { must } from '../tlog.ts'

const PATIENCE_MS = 10_000
const KEY_BYTES = 32

export class Litewitness {
  readonly name = 'witness.example/w1'
  readonly #folder: string
  readonly #program: string
  readonly #started: ChildProcess[] = []
  #url = ''

  /** @param program the built litewitness. */
  constructor(folder: string, program: string) {
    this.#folder = folder
    this.#program = program
  }

  /** Starts it with a new key, for one log. Answers the witness's key. */
  async start(log: NoteKey, logVkey: string): Promise<NoteKey> {
    const file = (name: string) => path.join(this.#folder, name)
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file('key')])
    this.#spawn('ssh-agent', ['-D', '-a', file('agent')])
    await until(() => fs.existsSync(file('agent')))
    const env = { ...process.env, SSH_AUTH_SOCK: file('agent') }
    execFileSync('ssh-add', ['-q', file('key')], { env, stdio: 'ignore' })
    const listed = execFileSync('ssh-keygen', ['-lf', file('key.pub')], { encoding: 'utf8' })
    this.#knowLog(file('witness.db'), log, logVkey)
    const port = await freePort()
    this.#url = `http://127.0.0.1:${port}`
    const options = {
      db: file('witness.db'),
      name: this.name,
      'ssh-agent': file('agent'),
      key: must(/SHA256:\S+/.exec(listed)?.[0]),
      listen: `127.0.0.1:${port}`,
    }
    this.#spawn(
      this.#program,
      Object.entries(options).map(([name, value]) => `-${name}=${value}`),
    )
    await until(async () => (await fetch(this.#url).catch(() => undefined))?.ok ?? false)
    const [, blob = ''] = fs.readFileSync(file('key.pub'), 'utf8').split(' ')
    const publicKey = new Uint8Array(Buffer.from(blob, 'base64').subarray(-KEY_BYTES))
    return must(noteKey(this.name, COSIGNATURE, publicKey))
  }

  /** As its own `witnessctl add-log` and `add-key` do, which do not build without a module that is not there. */
  #knowLog(file: string, { name }: NoteKey, vkey: string): void {
    const database = new DatabaseSync(file)
    database.exec(`
      CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
      CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));`)
    database.prepare('INSERT INTO log VALUES (?, 0, ?)').run(name, toBase64(EMPTY_ROOT))
    database.prepare('INSERT INTO key VALUES (?, ?)').run(name, vkey)
    database.close()
  }

  /** Where it is asked. */
  get url(): string {
    return this.#url
  }

  /** Resolves when nobody answers any more. */
  async stop(): Promise<void> {
    const running = this.#started.splice(0).filter(({ exitCode }) => exitCode === null)
    const ended = running.map(async (child) => once(child, 'exit'))
    for (const child of running) child.kill()
    await Promise.all(ended)
  }

  #spawn(program: string, words: readonly string[]): void {
    this.#started.push(spawn(program, words, { stdio: 'ignore' }))
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + PATIENCE_MS
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error('The witness did not come up')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
