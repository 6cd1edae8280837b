import { describe, expect, test } from 'vitest'
import { formatCheckpoint, openCheckpoint, parseCheckpoint } from '../../../src/audit/checkpoint.ts'
import {
  COSIGNATURE,
  formatNote,
  formatVkey,
  noteKey,
  openNote,
  parseNote,
  parseVkey,
  signNote,
} from '../../../src/audit/note.ts'
import { base64, hex, must, testKey, type TestKey } from '../../support/tlog.ts'
import vectors from '../../vectors/tlog.json' with { type: 'json' }

const seed = (value: number) => new Uint8Array(32).fill(value)
const TEXT = 'first line\n\nthird line\n'

async function signed(text: string, ...keys: readonly TestKey[]): Promise<string> {
  const signatures = keys.map(async ({ key, privateKey }) => signNote(text, key, privateKey))
  return formatNote({ text, signatures: await Promise.all(signatures) })
}

describe('a vkey', () => {
  const others = [vectors.sumdb_note.vkey, vectors.sum_golang_org.vkey]
  const ours = [vectors.tlog_proof.log_vkey, vectors.tlog_proof.witness_vkey]

  test.each([...others, ...ours])('%s is read and written again', (vkey) => {
    expect(formatVkey(must(parseVkey(vkey)))).toBe(vkey)
  })

  test('gives the type of its signatures', async () => {
    expect(parseVkey(vectors.tlog_proof.witness_vkey)?.type).toBe(COSIGNATURE)
    const { key } = await testKey('audit.gw.example/log1', hex(vectors.tlog_proof.log_seed_hex))
    expect(formatVkey(key)).toBe(vectors.tlog_proof.log_vkey)
  })

  test.each([
    ['another id', (vkey: string) => vkey.replace('+c74f20a3', '+c74f20a4')],
    ['an id in capitals', (vkey: string) => vkey.replace('c74f20a3', 'C74F20A3')],
    ['another name', (vkey: string) => vkey.replace('Neumann', 'Newman')],
    ['no name', (vkey: string) => vkey.replace('PeterNeumann', '')],
    ['another type', (vkey: string) => vkey.replace('+ARp', '+Ahp')],
    ['a short key', (vkey: string) => vkey.slice(0, -4)],
    ['spare octets', (vkey: string) => `${vkey}AAAA`],
    ['white space', (vkey: string) => `${vkey}\n`],
  ])('with %s is none', (_name, change) => {
    expect(parseVkey(change(vectors.sumdb_note.vkey))).toBeUndefined()
  })

  test.each(['', 'a b', 'a+b', 'a\u00a0b', 'a\u0085b', 'a\u2028b', 'a\tb', '\ud800'])(
    'of a key called %j is none',
    (name) => {
      expect(noteKey(name, 1, seed(1))).toBeUndefined()
    },
  )
})

describe('a note', () => {
  test('that Go signed is opened', async () => {
    const { note, text, vkey } = vectors.sumdb_note
    const opened = await openNote(note, [must(parseVkey(vkey))])
    expect(opened).toMatchObject({ ok: true, value: { text } })
  })

  test('is known by its last empty line, and is written as it was read', async () => {
    const a = await testKey('a.example', seed(1))
    const note = await signed(TEXT, a)
    const parsed = must(parseNote(note))
    expect(parsed.text).toBe(TEXT)
    expect(formatNote(parsed)).toBe(note)
    expect(await openNote(note, [a.key])).toMatchObject({ ok: true, value: { text: TEXT } })
  })

  test('is not opened by a key of the same name, nor of the same id', async () => {
    const [a, b] = await Promise.all([testKey('a.example', seed(1)), testKey('a.example', seed(2))])
    const note = await signed(TEXT, a)
    const unknown = { ok: false, error: 'no trusted key signed it' }
    expect(await openNote(note, [b.key])).toEqual(unknown)
    expect(await openNote(note, [{ ...a.key, name: 'b.example' }])).toEqual(unknown)
    expect(await openNote(note, [])).toEqual(unknown)
  })

  test('says which trusted keys signed, each once, and passes over the others', async () => {
    const keys = await Promise.all([1, 2, 3].map(async (i) => testKey(`k${i}.example`, seed(i))))
    const [a, b, c] = [must(keys[0]), must(keys[1]), must(keys[2])]
    const note = await signed(TEXT, c, b, b, a)
    const opened = await openNote(note, [a.key, b.key])
    expect(opened.ok && opened.value.signed.map(({ key }) => key.name)).toEqual([
      'k2.example',
      'k1.example',
    ])
  })

  test('with a wrong signature of a trusted key is refused, whoever else signed', async () => {
    const [a, b] = await Promise.all([testKey('a.example', seed(1)), testKey('b.example', seed(2))])
    const other = await signNote('other\n', b.key, b.privateKey)
    const good = await signNote(TEXT, a.key, a.privateKey)
    const note = formatNote({ text: TEXT, signatures: [good, other] })
    expect(await openNote(note, [a.key, b.key])).toEqual({
      ok: false,
      error: 'a signature is wrong',
    })
    expect(await openNote(note, [a.key])).toMatchObject({ ok: true })
  })

  test('may have a hundred signatures, and no more', async () => {
    const a = await testKey('a.example', seed(1))
    const strangers = (count: number) =>
      Array.from({ length: count }, (_, i) => ({
        name: `s${i}.example`,
        id: '00000000',
        value: new Uint8Array(64),
      }))
    const good = await signNote(TEXT, a.key, a.privateKey)
    const note = (count: number) =>
      formatNote({ text: TEXT, signatures: [...strangers(count), good] })
    expect(await openNote(note(99), [a.key])).toMatchObject({ ok: true })
    expect(parseNote(note(100))).toBeUndefined()
  })

  test('of a post-quantum signature beside ours is opened', async () => {
    const a = await testKey('a.example', seed(1))
    const large = { name: 'pq.example', id: '01020304', value: new Uint8Array(4_900) }
    const good = await signNote(TEXT, a.key, a.privateKey)
    const note = formatNote({
      text: TEXT,
      signatures: [...Array.from({ length: 16 }, () => large), good],
    })
    expect(await openNote(note, [a.key])).toMatchObject({ ok: true })
  })

  test.each<[string, (note: string) => string]>([
    ['no newline at the end', (note) => note.slice(0, -1)],
    ['a line behind', (note) => `${note}more\n`],
    ['an empty line behind', (note) => `${note}\n`],
    ['no signature', (note) => note.slice(0, note.lastIndexOf('\n\n') + 2)],
    ['no empty line', (note) => note.replaceAll('\n\n', '\n')],
    ['a hyphen for the dash', (note) => note.replace('—', '-')],
    ['two spaces', (note) => note.replace('— ', '—  ')],
    ['a carriage return', (note) => note.replace('first line', 'first line\r')],
    ['a control character', (note) => note.replace('first', 'f\u0007rst')],
    ['half a character', (note) => note.replace('first', '\ud800')],
    ['base64 with white space', (note) => note.replace(/(.{4})\n$/, ' $1\n')],
    ['base64 without padding', (note) => note.replace(/=\n$/, '\n')],
    ['too many octets', (note) => 'x'.repeat(1_000_000) + note],
  ])('with %s is none', async (_name, change) => {
    const note = await signed(TEXT, await testKey('a.example', seed(1)))
    expect(change(note)).not.toBe(note)
    expect(parseNote(change(note))).toBeUndefined()
  })
})

describe('a checkpoint', () => {
  const root = base64(vectors.tlog_proof.root_7)
  const good = { origin: 'log.example', size: 7, root }

  test('is read as it was written', () => {
    for (const size of [0, 1, 10, Number.MAX_SAFE_INTEGER])
      expect(parseCheckpoint(formatCheckpoint({ ...good, size }))).toEqual({ ...good, size })
  })

  test.each<[string, (text: string) => string]>([
    ['a zero in front', (text) => text.replace('\n7\n', '\n07\n')],
    ['a sign', (text) => text.replace('\n7\n', '\n+7\n')],
    ['an exponent', (text) => text.replace('\n7\n', '\n7e0\n')],
    ['a negative size', (text) => text.replace('\n7\n', '\n-7\n')],
    ['minus nothing', (text) => text.replace('\n7\n', '\n-0\n')],
    [
      'a size beyond what is counted exactly',
      (text) => text.replace('\n7\n', '\n9007199254740993\n'),
    ],
    ['no size', (text) => text.replace('\n7\n', '\n\n')],
    ['white space', (text) => text.replace('\n7\n', '\n7 \n')],
    ['no origin', (text) => text.replace('log.example', '')],
    ['a short root', (text) => text.replace(/.{4}=\n$/, '\n')],
    ['no newline at the end', (text) => text.slice(0, -1)],
    ['a line behind', (text) => `${text}extension\n`],
    ['an empty line behind', (text) => `${text}\n`],
    ['another base64 of the root', (text) => text.replace(/M=\n$/, 'N=\n')],
  ])('with %s is none', (_name, change) => {
    const text = formatCheckpoint(good)
    expect(change(text)).not.toBe(text)
    expect(parseCheckpoint(change(text))).toBeUndefined()
  })

  test('is opened by the key of its own log alone', async () => {
    const [log, other] = await Promise.all([
      testKey('log.example', seed(1)),
      testKey('other.example', seed(2)),
    ])
    const note = await signed(formatCheckpoint(good), log, other)
    expect(await openCheckpoint(note, [log.key])).toMatchObject({
      ok: true,
      value: { checkpoint: good },
    })
    expect(await openCheckpoint(note, [other.key])).toEqual({
      ok: false,
      error: 'a checkpoint of another log than its key',
    })
    const text = await signed('hello\n', log)
    expect(await openCheckpoint(text, [log.key])).toEqual({ ok: false, error: 'not a checkpoint' })
  })
})
