/** A witness by the letter of C2SP tlog-witness v1.0.0, in memory, which can be made to misbehave. */
import { openCheckpoint } from '../../src/audit/checkpoint.ts'
import { cosign } from '../../src/audit/cosignature.ts'
import { EMPTY_ROOT, isConsistent, type TreeHead } from '../../src/audit/merkle.ts'
import { COSIGNATURE, formatVkey, signatureLine, type NoteKey } from '../../src/audit/note.ts'
import { base64, testKey, type TestKey } from './tlog.ts'

const MOST_PROOF_LINES = 63

export class FakeWitness {
  readonly #own: TestKey
  readonly #logKeys: () => readonly NoteKey[]
  /** What it cosigned last. */
  head: TreeHead = { size: 0, root: EMPTY_ROOT }
  /** The bodies that it was sent. */
  readonly asked: string[] = []
  /** What it says in place of its answer. */
  instead: ((url: string, init: RequestInit) => Promise<Response>) | undefined

  constructor(own: TestKey, logKeys: () => readonly NoteKey[]) {
    this.#own = own
    this.#logKeys = logKeys
  }

  get vkey(): string {
    return formatVkey(this.#own.key)
  }

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { body } = init
    if (!(body instanceof Uint8Array)) throw new TypeError('Not asked in octets')
    this.asked.push(new TextDecoder().decode(body))
    return this.instead === undefined ? this.answer(url, init) : this.instead(url, init)
  }

  async answer(url: string, { body, method }: RequestInit): Promise<Response> {
    if (method !== 'POST' || !url.endsWith('/add-checkpoint'))
      return new Response('', { status: 405 })
    const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : ''
    const split = text.indexOf('\n\n')
    const [old = '', ...proof] = text.slice(0, split).split('\n')
    if (!/^old (?:0|[1-9][0-9]*)$/.test(old) || proof.length > MOST_PROOF_LINES)
      return new Response('malformed\n', { status: 400 })
    return this.#judge(Number(old.slice(4)), proof.map(base64), text.slice(split + 2))
  }

  async #judge(old: number, proof: readonly Uint8Array[], note: string): Promise<Response> {
    const opened = await openCheckpoint(note, this.#logKeys())
    if (!opened.ok) return new Response('', { status: 403 })
    const { checkpoint, text } = opened.value
    if (old > checkpoint.size) return new Response('', { status: 400 })
    if (old !== this.head.size) return conflict(this.head.size)
    if (old === checkpoint.size && !isConsistent(this.head, checkpoint, []))
      return conflict(this.head.size)
    if (!isConsistent(this.head, checkpoint, proof)) return new Response('', { status: 422 })
    this.head = checkpoint
    return new Response(await this.line(text))
  }

  /** Its signature line for a checkpoint's text. */
  async line(text: string, own = this.#own): Promise<string> {
    return signatureLine(await cosign(text, 1_800_000_000, own.key, own.privateKey))
  }
}

export function conflict(size: number | string, type = 'text/x.tlog.size'): Response {
  return new Response(`${size}\n`, { status: 409, headers: { 'content-type': type } })
}

export async function witnessKey(name: string, seed: number): Promise<TestKey> {
  return testKey(name, new Uint8Array(32).fill(seed), COSIGNATURE)
}
