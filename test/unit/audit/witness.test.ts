/** The client of one witness, against one that follows the specification and one that does not. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { consistencyProof, MissingObject } from '../../../src/audit/log-objects.ts'
import { parseCheckpoint } from '../../../src/audit/checkpoint.ts'
import { parseNote, parseVkey, type NoteKey } from '../../../src/audit/note.ts'
import { verifyCheckpoint } from '../../../src/audit/trust.ts'
import { addCheckpoint, type Submission, type WitnessAnswer } from '../../../src/audit/witness.ts'
import { conflict, FakeWitness, witnessKey } from '../../support/fake-witness.ts'
import { fiveRounds, logKeys, ORIGIN, type LogWorld } from '../../support/log-world.ts'
import { must, policyOf, type TestKey } from '../../support/tlog.ts'

const NAME = 'witness.example/w1'
/** Long enough for one that answers, short enough to wait for one that does not. */
const PATIENCE_MS = 300

let own: TestKey
let stranger: TestKey
let logKey: NoteKey
let world: LogWorld
let witness: FakeWitness

beforeAll(async () => {
  own = await witnessKey(NAME, 21)
  stranger = await witnessKey(NAME, 22)
  const keys = await logKeys(1)
  logKey = must(parseVkey(must(keys.vkeys[0])))
  ;({ world } = await fiveRounds(keys))
})

beforeEach(() => {
  witness = new FakeWitness(own, () => [logKey])
})

/** Submits the checkpoint of one round. */
async function submit(
  round: number,
  oldSize: number,
  patienceMs = PATIENCE_MS,
): Promise<WitnessAnswer> {
  const submission = submissionOf(round, oldSize)
  const asked = { key: own.key, url: 'https://witness.example/prefix' }
  return addCheckpoint(asked, submission, witness.fetch, patienceMs)
}

function submissionOf(round: number, oldSize: number): Submission {
  const note = must(world.published[round])
  const { text } = must(parseNote(note))
  const { size } = must(parseCheckpoint(text))
  const { read } = world.ports()
  return { note, text, size, oldSize, prove: (old) => consistencyProof(old, size, read) }
}

const SIZES = [101, 202, 303, 404, 505]

test('I11: what a witness cosigned is what a verifier takes, round by round', async () => {
  const policy = policyOf(
    `log ${must(world.keys.vkeys[0])}`,
    `witness w ${witness.vkey}`,
    'quorum w',
  )
  let oldSize = 0
  for (const [round, size] of SIZES.entries()) {
    const { result, ignoredLines } = await submit(round, oldSize)
    const note = must(world.published[round])
    expect(ignoredLines).toBe(0)
    expect(await verifyCheckpoint(note, policy)).toMatchObject({ ok: false })
    expect(await verifyCheckpoint(note + must(result.line), policy)).toMatchObject({
      ok: true,
      value: { checkpoint: { origin: ORIGIN, size }, hasQuorum: true },
    })
    oldSize = size
  }
  expect(witness.asked).toHaveLength(5)
  expect(must(witness.asked[0])).toBe(`old 0\n\n${must(world.published[0])}`)
  expect(must(witness.asked[1])).toMatch(/^old 101\n(?:[A-Za-z0-9+/]{43}=\n)+\n/)
})

test('asks again from the size that the witness knows of, once', async () => {
  await submit(0, 0)
  expect((await submit(3, 303)).result.line).toMatch(/^— witness\.example\/w1 /)
  expect(witness.asked.map((body) => body.split('\n')[0])).toEqual(['old 0', 'old 303', 'old 101'])
  expect((await submit(3, 404)).result.line, 'the same once more').toBeDefined()
})

describe('takes no cosignature', () => {
  test.each<[string, string, () => Promise<Response>]>([
    ['of a log that it does not know', 'unknown_log', async () => status(404)],
    ['of a note that its key did not sign', 'bad_signature', async () => status(403)],
    ['of what does not follow', 'inconsistent', async () => status(422)],
    ['of what it cannot read', 'failed', async () => status(400)],
    ['while it is down', 'failed', async () => status(503)],
    ['from elsewhere', 'redirected', async () => status(307, { location: 'https://a.example' })],
    ['from one that knows more', 'ahead', async () => conflict(102)],
    ['at odds about the root', 'conflict', async () => conflict(0)],
    ['in a loop of sizes', 'conflict', async () => conflict(witness.asked.length)],
    ['with a size of another type', 'conflict', async () => conflict(7, 'text/plain')],
    ['with no size', 'conflict', async () => conflict('')],
    ['with a size that is no number', 'conflict', async () => conflict('1e1')],
    ['with a size beyond all numbers', 'conflict', async () => conflict('9'.repeat(16))],
    ['that is too long', 'oversized', async () => new Response('x'.repeat(16_385))],
    ['that is not there', 'not_cosigned', async () => new Response('')],
    ['from where nobody answers', 'unreachable', async () => Promise.reject(new TypeError('no'))],
    ['that never comes', 'timeout', async () => new Promise<Response>(() => undefined)],
    ['that never ends', 'timeout', async () => new Response(new ReadableStream())],
  ])('%s: %s', async (_name, trouble, instead) => {
    witness.instead = instead
    expect((await submit(0, 0)).result).toEqual({ trouble })
    expect(witness.asked.length).toBeLessThanOrEqual(2)
  })

  test.each<[string, () => Response]>([
    ['knows of the very size, and so of another root', () => conflict(0)],
    ['says a size in no type of the protocol', () => conflict(7, 'text/plain')],
    ['knows of a larger log', () => conflict(102)],
  ])('and does not ask one again that %s', async (_name, answer) => {
    witness.instead = async () => answer()
    await submit(0, 0)
    expect(witness.asked).toHaveLength(1)
  })

  test('from a witness that keeps its deadline and not the whole of it', async () => {
    witness.instead = async (_url, { signal }) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(must(signal).reason))
      })
    const before = performance.now()
    expect((await submit(0, 0)).result).toEqual({ trouble: 'timeout' })
    expect(performance.now() - before).toBeLessThan(PATIENCE_MS + 200)
  })

  test('I11: that is over another checkpoint, of another key, or no cosignature at all', async () => {
    const text = (round: number) => must(parseNote(must(world.published[round]))).text
    const lines = [
      await witness.line(text(1)),
      await witness.line(text(0), stranger),
      // Another key under the id of the right one.
      await witness.line(text(0), { ...stranger, key: own.key }),
      // The right key under another id.
      await witness.line(text(0), { ...own, key: stranger.key }),
      must(world.published[0]).split('\n').at(-2) ?? '',
      'no line of a note',
    ]
    witness.instead = async () => new Response(lines.join('\n'))
    expect(await submit(0, 0)).toEqual({ result: { trouble: 'not_cosigned' }, ignoredLines: 6 })
    const right = await witness.line(text(0))
    witness.instead = async () => new Response([...lines, right, ''].join('\n'))
    expect(await submit(0, 0)).toEqual({ result: { line: right }, ignoredLines: 6 })
  })
})

test('a log whose own tiles cannot be read is no trouble of a witness', async () => {
  const broken = async () => Promise.reject(new MissingObject('tile/0/000', 'it is not there'))
  const asked = { key: own.key, url: 'https://witness.example' }
  const submission = { ...submissionOf(1, 101), prove: broken }
  await expect(addCheckpoint(asked, submission, witness.fetch)).rejects.toThrow(MissingObject)
})

test('says what it is asked, and goes where it was told and nowhere else', async () => {
  const inits: [string, RequestInit][] = []
  witness.instead = async (...asked) => {
    inits.push(asked)
    return status(307, { location: 'https://a.example' })
  }
  await submit(0, 0)
  expect(inits).toHaveLength(1)
  expect(inits[0]).toMatchObject([
    'https://witness.example/prefix/add-checkpoint',
    { method: 'POST', redirect: 'manual' },
  ])
})

function status(code: number, headers: Record<string, string> = {}): Response {
  return new Response('', { status: code, headers })
}
