import { beforeAll, describe, expect, test } from 'vitest'
import { cosign, cosignedAtSeconds, verifyCosignature } from '../../../src/audit/cosignature.ts'
import { formatLogProof, parseLogProof, verifyLogProof } from '../../../src/audit/log-proof.ts'
import { inclusionProof } from '../../../src/audit/log-objects.ts'
import { COSIGNATURE, formatNote, formatVkey, signNote } from '../../../src/audit/note.ts'
import { concat, utf8 } from '../../../src/lib/bytes.ts'
import { hex, must, Objects, policyOf, testKey, type TestKey } from '../../support/tlog.ts'
import vectors from '../../vectors/tlog.json' with { type: 'json' }

const VECTOR = vectors.tlog_proof
const LEAF = utf8(must(VECTOR.leaves[3]))

const POLICY = policyOf(`log ${VECTOR.log_vkey}`, `witness w1 ${VECTOR.witness_vkey}`, 'quorum w1')

let log: TestKey
let witness: TestKey
beforeAll(async () => {
  log = await testKey('audit.gw.example/log1', hex(VECTOR.log_seed_hex))
  witness = await testKey('witness.example/w1', hex(VECTOR.witness_seed_hex), COSIGNATURE)
})

describe('a proof of logging', () => {
  test('that another program verified is verified', async () => {
    expect(await verifyLogProof(VECTOR.leaf_3_proof, LEAF, POLICY)).toMatchObject({
      ok: true,
      value: {
        index: 3,
        checkpoint: { origin: 'audit.gw.example/log1', size: 7 },
        witnesses: [{ name: 'w1', atSeconds: VECTOR.witness_time }],
      },
    })
  })

  test('is made octet for octet as another program made it', async () => {
    const objects = new Objects()
    objects.append(VECTOR.leaves.map(utf8))
    const text = `audit.gw.example/log1\n7\n${VECTOR.root_7}\n`
    const checkpoint = formatNote({
      text,
      signatures: [
        await signNote(text, log.key, log.privateKey),
        await cosign(text, VECTOR.witness_time, witness.key, witness.privateKey),
      ],
    })
    const hashes = await inclusionProof(3, 7, objects.read)
    expect(formatLogProof({ index: 3, hashes, checkpoint })).toBe(VECTOR.leaf_3_proof)
    expect([formatVkey(log.key), formatVkey(witness.key)]).toEqual([
      VECTOR.log_vkey,
      VECTOR.witness_vkey,
    ])
  })

  test('may carry what an application wants, for which nobody vouches', async () => {
    const proof = must(parseLogProof(VECTOR.leaf_3_proof))
    const text = formatLogProof({ ...proof, extra: utf8('more') })
    expect(text.split('\n')[1]).toBe('extra bW9yZQ==')
    expect(parseLogProof(text)).toEqual({ ...proof, extra: utf8('more') })
    expect(await verifyLogProof(text, LEAF, POLICY)).toMatchObject({ ok: true })
  })

  test.each<[string, string, (text: string) => string]>([
    [
      'of another index',
      'the entry is not at that place',
      (text) => text.replace('index 3', 'index 2'),
    ],
    [
      'of an index beyond',
      'the entry is not at that place',
      (text) => text.replace('index 3', 'index 7'),
    ],
    [
      'with another hash',
      'the entry is not at that place',
      (text) => text.replace('\nl1f', '\nl2f'),
    ],
    ['without a hash', 'the entry is not at that place', (text) => text.replace(/\nl1f.*/, '')],
    ['with another root', 'a signature is wrong', (text) => text.replace('\nsUL', '\nsVL')],
    ['with another size', 'a signature is wrong', (text) => text.replace('\n7\n', '\n8\n')],
    ['with another time', 'a signature is wrong', (text) => text.replace('AABqsT', 'AABqsU')],
    [
      'without its witness',
      'too few witnesses signed it',
      (text) => text.replace(/— witness.*\n/, ''),
    ],
    [
      'without its log',
      'a checkpoint of another log than its key',
      (text) => text.replace(/— audit.*\n/, ''),
    ],
    ['of another format', 'not a proof', (text) => text.replace('@v1', '@v2')],
    ['with a zero in front', 'not a proof', (text) => text.replace('index 3', 'index 03')],
    ['with a short hash', 'not a proof', (text) => text.replace(/\nl1f.*/, '\nl1fG')],
    [
      'with a line that is none',
      'not a proof',
      (text) => text.replace('index 3\n', 'index 3\nhash\n'),
    ],
    ['without its empty line', 'not a proof', (text) => text.replaceAll('\n\n', '\n')],
  ])('%s is refused: %s', async (_name, problem, change) => {
    expect(change(VECTOR.leaf_3_proof)).not.toBe(VECTOR.leaf_3_proof)
    expect(await verifyLogProof(change(VECTOR.leaf_3_proof), LEAF, POLICY)).toEqual({
      ok: false,
      error: problem,
    })
  })

  test('of another entry is refused', async () => {
    expect(await verifyLogProof(VECTOR.leaf_3_proof, utf8('{}'), POLICY)).toMatchObject({
      ok: false,
    })
  })
})

describe('a cosignature', () => {
  test('is no signature of a note, nor the other way round', async () => {
    const text = 'log.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n'
    const cosigned = await cosign(text, 1_800_000_000, witness.key, witness.privateKey)
    expect(await verifyCosignature(witness.key, text, cosigned.value)).toBe(true)
    expect(await verifyCosignature({ ...witness.key, type: 1 }, text, cosigned.value)).toBe(false)
    const plain = await signNote(text, witness.key, witness.privateKey)
    const timed = concat(cosigned.value.subarray(0, 8), plain.value)
    expect(await verifyCosignature(witness.key, text, timed)).toBe(false)
    expect(await verifyCosignature(witness.key, text, plain.value)).toBe(false)
  })

  test('says its time', () => {
    const at = (...octets: readonly number[]) =>
      cosignedAtSeconds(concat(Uint8Array.from(octets), new Uint8Array(64)))
    expect(at(0, 0, 0, 0, 0x6a, 0xb1, 0x3b, 0x80)).toBe(VECTOR.witness_time)
    expect(at(0x80, 0, 0, 0, 0, 0, 0, 0)).toBeUndefined()
    expect(cosignedAtSeconds(new Uint8Array(71))).toBeUndefined()
  })
})
