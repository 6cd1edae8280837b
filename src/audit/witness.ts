/**
 * Asks one witness to cosign a checkpoint: `add-checkpoint` of C2SP tlog-witness v1.0.0. Nothing that it says is taken
 * on trust: what counts is a cosignature by its key over this very checkpoint. Whom to ask is for `witnesses.ts`.
 */
import { toBase64, utf8 } from '../lib/bytes.ts'
import { verifyCosignature } from './cosignature.ts'
import { parseSignatureLine, signatureLine, type NoteKey } from './note.ts'

export interface Witness {
  readonly key: NoteKey
  /** Its submission prefix, without a slash at the end. */
  readonly url: string
}

export interface Submission {
  /** The signed note, and its parts. */
  readonly note: string
  readonly text: string
  readonly size: number
  /** What the witness is believed to have cosigned last. */
  readonly oldSize: number
  /** Shows that this checkpoint follows from the one of an older size. */
  readonly prove: (oldSize: number) => Promise<readonly Uint8Array[]>
}

/** Why a witness did not cosign. */
export type WitnessTrouble =
  | 'timeout'
  | 'unreachable'
  | 'redirected'
  /** Its answer is longer than any of the protocol. */
  | 'oversized'
  /** 404: it was not told of this log. */
  | 'unknown_log'
  /** 403: none of the log's keys that it knows has signed. */
  | 'bad_signature'
  /** 422: what it cosigned before did not grow into this. */
  | 'inconsistent'
  /** 409, and it does not say of which size, or says another each time, or knows another root of this size. */
  | 'conflict'
  /** 409: it says that it cosigned a larger log of this name. That was made elsewhere, or forgotten here. */
  | 'ahead'
  /** 200 without a cosignature of its key over this checkpoint. */
  | 'not_cosigned'
  | 'failed'

export interface WitnessAnswer {
  /** Its signature line, or why there is none. */
  readonly result:
    | { readonly line: string; readonly trouble?: never }
    | { readonly line?: never; readonly trouble: WitnessTrouble }
  /** How many lines of its answer were something else. */
  readonly ignoredLines: number
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Before a checkpoint is published its witnesses are waited for so long, and all of them at the same time. */
export const WITNESS_MS = 2_000

/** A cosignature takes some 200 octets; a witness that is changing its key sends two. */
const MOST_ANSWER_BYTES = 16_384

interface Reply {
  readonly status: number
  readonly mediaType: string
  readonly text: string
}

/**
 * The witness's cosignature of the checkpoint. Asks once more when it says that it knows of another size.
 *
 * @throws what `prove` throws: that the log's own tiles cannot be read is no trouble of a witness.
 */
export async function addCheckpoint(
  witness: Witness,
  submission: Submission,
  fetch: Fetch,
  patienceMs = WITNESS_MS,
): Promise<WitnessAnswer> {
  const signal = AbortSignal.timeout(patienceMs)
  // Not every body that is being read ends when its request is aborted.
  const timeout = new Promise<WitnessAnswer>((resolve) => {
    signal.addEventListener('abort', () => resolve(without('timeout')), { once: true })
  })
  const post = (oldSize: number) => submit(witness, submission, oldSize, { fetch, signal })
  return Promise.race([exchange(witness, submission, post), timeout])
}

async function exchange(
  witness: Witness,
  { text, size, oldSize }: Submission,
  post: (oldSize: number) => Promise<Reply | WitnessTrouble>,
): Promise<WitnessAnswer> {
  const first = await post(oldSize)
  if (typeof first === 'string') return without(first)
  if (first.status !== 409) return judge(witness, text, first)
  const known = sizeOf(first)
  if (known === undefined || known === oldSize) return without('conflict')
  if (known > size) return without('ahead')
  const second = await post(known)
  return typeof second === 'string' ? without(second) : judge(witness, text, second)
}

async function submit(
  { url }: Witness,
  { note, prove }: Submission,
  oldSize: number,
  { fetch, signal }: { readonly fetch: Fetch; readonly signal: AbortSignal },
): Promise<Reply | WitnessTrouble> {
  const proof = await prove(oldSize)
  const lines = proof.map((hash) => `${toBase64(hash)}\n`).join('')
  try {
    const response = await fetch(`${url}/add-checkpoint`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8', 'user-agent': 'Portcullis' },
      body: utf8(`old ${oldSize}\n${lines}\n${note}`),
      // Who is asked was configured, and a witness is nobody to change it.
      redirect: 'manual',
      signal,
    })
    const text = await textOf(response)
    if (text === undefined) return 'oversized'
    const [mediaType = ''] = (response.headers.get('content-type') ?? '').split(';')
    return { status: response.status, mediaType: mediaType.trim().toLowerCase(), text }
  } catch {
    return signal.aborted ? 'timeout' : 'unreachable'
  }
}

/** What was answered, or `undefined` when it is too long. */
async function textOf({ body }: Response): Promise<string | undefined> {
  if (body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let left = MOST_ANSWER_BYTES
  for await (const chunk of body) {
    left -= chunk.length
    if (left < 0) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** The size that the witness cosigned last, by its answer 409. */
function sizeOf({ mediaType, text }: Reply): number | undefined {
  if (mediaType !== 'text/x.tlog.size' || !/^(?:0|[1-9][0-9]{0,15})\n?$/.test(text))
    return undefined
  const size = Number(text)
  return Number.isSafeInteger(size) ? size : undefined
}

async function judge(
  witness: Witness,
  checkpoint: string,
  { status, text }: Reply,
): Promise<WitnessAnswer> {
  if (status !== 200) return without(troubleOf(status))
  const lines = text.split('\n').filter((line) => line !== '')
  for (const line of lines) {
    const taken = await cosignatureOf(witness, checkpoint, line)
    if (taken !== undefined) return { result: { line: taken }, ignoredLines: lines.length - 1 }
  }
  return without('not_cosigned', lines.length)
}

/** The line as it is published, if it is what the witness was asked for. Other keys of its own are not ours to judge. */
async function cosignatureOf(
  { key }: Witness,
  checkpoint: string,
  line: string,
): Promise<string | undefined> {
  const signature = parseSignatureLine(line)
  if (signature?.name !== key.name || signature.id !== key.id) return undefined
  const isRight = await verifyCosignature(key, checkpoint, signature.value)
  return isRight ? signatureLine(signature) : undefined
}

function troubleOf(status: number): WitnessTrouble {
  if (status >= 300 && status < 400) return 'redirected'
  if (status === 403) return 'bad_signature'
  if (status === 404) return 'unknown_log'
  if (status === 409) return 'conflict'
  return status === 422 ? 'inconsistent' : 'failed'
}

function without(trouble: WitnessTrouble, ignoredLines = 0): WitnessAnswer {
  return { result: { trouble }, ignoredLines }
}
