import { beforeAll, describe, expect, test } from 'vitest'
import { openCheckpoint } from '../../../src/audit/checkpoint.ts'
import { cosign } from '../../../src/audit/cosignature.ts'
import { parseLogProof } from '../../../src/audit/log-proof.ts'
import {
  COSIGNATURE,
  formatNote,
  formatVkey,
  parseNote,
  parseVkey,
  signNote,
} from '../../../src/audit/note.ts'
import { parsePolicy, signersOf, verifyCheckpoint } from '../../../src/audit/trust.ts'
import { hex, must, policyOf, testKey } from '../../support/tlog.ts'
import vectors from '../../vectors/tlog.json' with { type: 'json' }

const VECTOR = vectors.tlog_proof

describe('a policy', () => {
  const { log_vkey: LOG, witness_vkey: W1 } = VECTOR
  let w2 = ''
  let w3 = ''
  beforeAll(async () => {
    const vkey = async (name: string, value: number) =>
      formatVkey((await testKey(name, new Uint8Array(32).fill(value), COSIGNATURE)).key)
    w2 = await vkey('two.example', 2)
    w3 = await vkey('three.example', 3)
  })

  test('counts witnesses in groups of groups', async () => {
    const policy = policyOf(
      '# comment',
      '',
      `  log\t${LOG} https://log.example/`,
      `witness A ${W1} https://w.example/`,
      `witness B ${w2}`,
      `witness C ${w3}`,
      'group pair 2 A B',
      'group both all pair C',
      'quorum both',
    )
    expect(policy.witnesses.get('A')?.url).toBe('https://w.example/')
    const proof = must(parseLogProof(VECTOR.leaf_3_proof))
    expect(await signersOf(proof.checkpoint, policy)).toMatchObject({
      ok: true,
      value: { witnesses: [{ name: 'A' }], hasQuorum: false },
    })
    const { text, signatures } = must(parseNote(proof.checkpoint))
    const more = await Promise.all(
      [2, 3].map(async (value, i) => {
        const name = i === 0 ? 'two.example' : 'three.example'
        const key = await testKey(name, new Uint8Array(32).fill(value), COSIGNATURE)
        return cosign(text, 1_800_000_000, key.key, key.privateKey)
      }),
    )
    const [two, three] = [must(more[0]), must(more[1])]
    const signed = (...others: typeof signatures) =>
      verifyCheckpoint(formatNote({ text, signatures: [...signatures, ...others] }), policy)
    expect(await signed(two)).toMatchObject({ ok: false })
    expect(await signed(three)).toMatchObject({ ok: false })
    expect(await signed(two, three)).toMatchObject({ ok: true })
  })

  test('may ask for no witness at all, or for any', async () => {
    const { checkpoint } = must(parseLogProof(VECTOR.leaf_3_proof))
    const bare = checkpoint.replace(/— witness.*\n/, '')
    expect(await verifyCheckpoint(bare, policyOf(`log ${LOG}`, 'quorum none'))).toMatchObject({
      ok: true,
    })
    const any = policyOf(
      `log ${LOG}`,
      `witness A ${W1}`,
      `witness B ${w2}`,
      'group any any A B',
      'quorum any',
    )
    expect(await verifyCheckpoint(checkpoint, any)).toMatchObject({ ok: true })
    expect(await verifyCheckpoint(bare, any)).toMatchObject({ ok: false })
  })

  test('does not take one log for another', async () => {
    const { checkpoint } = must(parseLogProof(VECTOR.leaf_3_proof))
    const other = await testKey('other.example', new Uint8Array(32).fill(9))
    const { text } = must(parseNote(checkpoint))
    const forged = formatNote({
      text,
      signatures: [await signNote(text, other.key, other.privateKey)],
    })
    const policy = policyOf(`log ${LOG}`, `log ${formatVkey(other.key)}`, 'quorum none')
    expect(await verifyCheckpoint(forged, policy)).toEqual({
      ok: false,
      error: 'a checkpoint of another log than its key',
    })
    expect(await openCheckpoint(forged, [other.key])).toMatchObject({ ok: false })
  })

  test('says everything that is wrong with it, by line', () => {
    const policy = parsePolicy(
      [
        'log',
        `log ${W1}`,
        `log ${LOG} https://log.example/ more`,
        `log ${LOG}`,
        `log ${LOG.replace('a0bfb4a0', 'a0bfb4a1')}`,
        `log ${LOG}`,
        `witness none ${W1}`,
        `witness A ${LOG}`,
        `witness A ${W1}`,
        `witness B ${W1}`,
        `witness A ${w2}`,
        'group G 2 A',
        'group G 01 A',
        'group G all',
        'group G any A later',
        'group none any A',
        'group G all A A',
        'quorum',
        'quorum nobody',
        'quorum A B',
        'quorum A',
        'quorum none',
        'monitor x',
        'quorum A\r',
      ].join('\n'),
    )
    expect(policy.ok ? [] : policy.error).toEqual([
      'line 1: a log needs the vkey of an Ed25519 key',
      'line 2: a log needs the vkey of an Ed25519 key',
      'line 3: a log has a key and a URL, and no more',
      'line 5: a log needs the vkey of an Ed25519 key',
      'line 6: the key of another log',
      'line 7: the name "none" is taken',
      'line 8: a witness needs a name and the vkey of cosignatures',
      'line 10: the key of another witness',
      'line 11: the name "A" is taken',
      'line 12: "2" is not all, any, or a number from 1 to 1',
      'line 13: "01" is not all, any, or a number from 1 to 1',
      'line 14: a group needs a name, how many make it, and members',
      'line 15: "later" is not defined above',
      'line 16: the name "none" is taken',
      'line 17: "A" is a member already',
      'line 18: a quorum is one name',
      'line 19: "nobody" is not defined above',
      'line 20: a quorum is one name',
      'line 22: a second quorum',
      'line 23: "monitor" is none of log, witness, group and quorum',
      'line 24: a control character',
    ])
    expect(parsePolicy(`log ${LOG}\n`)).toEqual({ ok: false, error: ['no quorum line'] })
  })

  test('a key that goes by two names is one witness', async () => {
    const again = await testKey('again.example', hex(VECTOR.witness_seed_hex), COSIGNATURE)
    expect(again.key.publicKey).toEqual(parseVkey(W1)?.publicKey)
    expect(parsePolicy(`witness A ${W1}\nwitness B ${formatVkey(again.key)}\nquorum A`)).toEqual({
      ok: false,
      error: ['line 2: the key of another witness'],
    })
  })
})
