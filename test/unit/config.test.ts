import { expect, test } from 'vitest'
import {
  COSIGNATURE,
  ED25519,
  formatVkey,
  noteKey,
  type SignatureType,
} from '../../src/audit/note.ts'
import { readConfig } from '../../src/config.ts'
import { readWitnesses } from '../../src/config-witness.ts'
import { toBase64 } from '../../src/lib/bytes.ts'
import { must } from '../support/tlog.ts'

const RING = `1:${toBase64(new Uint8Array(32).fill(1))}`
const GOOD = {
  ORIGIN_URL: 'https://broker.example',
  ISSUER: 'https://gateway.example',
  CREDENTIAL_KEK: RING,
  CREDENTIAL_ID_KEY: RING,
  // The example key of RFC 8037, appendix A.1.
  ASSERTION_KEY: JSON.stringify({
    kty: 'OKP',
    crv: 'Ed25519',
    kid: 'test',
    d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  }),
  AUDIT_ORIGIN: 'gateway.example/audit',
  // Another one of RFC 8032, section 7.1: test 2.
  AUDIT_LOG_KEYS: JSON.stringify([
    {
      kty: 'OKP',
      crv: 'Ed25519',
      d: 'TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs',
      x: 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw',
    },
  ]),
}

const WITNESS = witness(0)
const LOG = `log ${vkey(ED25519, 9)}`

function vkey(type: SignatureType, seed: number): string {
  return formatVkey(must(noteKey('w.example', type, new Uint8Array(32).fill(seed))))
}

function witness(i: number): string {
  return `witness w${i} ${vkey(COSIGNATURE, i)} https://w.example`
}

function* nine(): Generator<string> {
  for (let i = 0; i < 9; i += 1) yield witness(i)
}

test('takes witnesses with their quorum, by plain HTTP only behind the local edge', async () => {
  const AUDIT_WITNESSES = `${WITNESS}\n${witness(1)}\ngroup g any w0 w1\nquorum g\n`
  await expect(readConfig({ ...GOOD, AUDIT_WITNESSES })).resolves.toBeDefined()
  const plain = AUDIT_WITNESSES.replaceAll('https', 'http')
  await expect(readConfig({ ...GOOD, AUDIT_WITNESSES: plain })).rejects.toThrow('https URL')
  const local = { ...GOOD, AUDIT_WITNESSES: plain, PLAIN_HTTP: 'allowed' }
  await expect(readConfig(local)).resolves.toBeDefined()
  expect(readWitnesses(local)).toMatchObject({ ok: true, value: { quorum: 'g' } })
  expect(readWitnesses({ AUDIT_WITNESSES: '' })).toMatchObject({ value: { quorum: 'none' } })
})

test('reads what a deployment sets', async () => {
  const config = await readConfig(GOOD)
  expect(config.originUrl.origin).toBe('https://broker.example')
  expect(config.issuer).toBe('https://gateway.example')
  expect(config.plainHttpAllowed).toBe(false)
  expect((await readConfig({ ...GOOD, PLAIN_HTTP: 'allowed' })).plainHttpAllowed).toBe(true)
})

test('publishes the public half of the assertion key, and no more', async () => {
  const { assertionKey } = await readConfig(GOOD)
  expect(assertionKey.publicJwk).toEqual({
    kty: 'OKP',
    crv: 'Ed25519',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
    kid: 'test',
    alg: 'EdDSA',
    use: 'sig',
  })
})

test('knows the audit log by its name and its public key', async () => {
  const { logKeys } = await readConfig(GOOD)
  expect(logKeys.origin).toBe('gateway.example/audit')
  expect(logKeys.vkeys).toEqual([expect.stringMatching(/^gateway\.example\/audit\+[0-9a-f]{8}\+A/)])
})

test('reads which keys were restored from an older state, and how often', async () => {
  const { epochs } = await readConfig({ ...GOOD, RESTORED_KEYS: 'key_a:1, key_b:12' })
  expect([...epochs]).toEqual([
    ['key_a', 1],
    ['key_b', 12],
  ])
  expect((await readConfig({ ...GOOD, RESTORED_KEYS: '' })).epochs.size).toBe(0)
})

test.each<[string, Record<string, unknown>]>([
  ['RESTORED_KEYS', { RESTORED_KEYS: 'key_a' }],
  ['RESTORED_KEYS', { RESTORED_KEYS: 'key_a:0' }],
  ['RESTORED_KEYS', { RESTORED_KEYS: 'key_a:1,key_a:2' }],
  ['ORIGIN_URL', { ORIGIN_URL: undefined }],
  ['ORIGIN_URL', { ORIGIN_URL: 'http://broker.example' }],
  ['ORIGIN_URL', { ORIGIN_URL: 'https://broker.example/api' }],
  ['ORIGIN_URL', { ORIGIN_URL: 'https://user@broker.example' }],
  ['ISSUER', { ISSUER: 'gateway' }],
  ['PLAIN_HTTP', { PLAIN_HTTP: 'yes' }],
  ['CREDENTIAL_KEK', { CREDENTIAL_KEK: 'short' }],
  ['CREDENTIAL_ID_KEY', { CREDENTIAL_ID_KEY: 7 }],
  ['AUDIT_ORIGIN', { AUDIT_ORIGIN: '' }],
  ['AUDIT_ORIGIN', { AUDIT_ORIGIN: 'the audit log' }],
  ['AUDIT_LOG_KEYS', { AUDIT_LOG_KEYS: '[]' }],
  ['AUDIT_LOG_KEYS', { AUDIT_LOG_KEYS: GOOD.AUDIT_LOG_KEYS.replace('TM0I', '!!!!') }],
  ['AUDIT_WITNESSES', { AUDIT_WITNESSES: 7 }],
  ['AUDIT_WITNESSES: line 1', { AUDIT_WITNESSES: 'witness w1 key https://w.example\nquorum w1' }],
  ['AUDIT_WITNESSES: no quorum', { AUDIT_WITNESSES: WITNESS }],
  ['https URL', { AUDIT_WITNESSES: `${WITNESS.replace('https', 'http')}\nquorum none` }],
  ['https URL', { AUDIT_WITNESSES: `${WITNESS}?a=b\nquorum none` }],
  ['https URL', { AUDIT_WITNESSES: `${WITNESS.replace('https://w.example', '')}\nquorum none` }],
  ['AUDIT_ORIGIN, not', { AUDIT_WITNESSES: `${LOG}\n${WITNESS}\nquorum none` }],
  ['more than 8', { AUDIT_WITNESSES: `${[...nine()].join('\n')}\nquorum none` }],
  ['ASSERTION_KEY', { ASSERTION_KEY: '{}' }],
  ['ASSERTION_KEY', { ASSERTION_KEY: GOOD.ASSERTION_KEY.replace('nWGx', '!!!!') }],
])('names %s when it cannot be used (%j)', async (name, change) => {
  await expect(readConfig({ ...GOOD, ...change })).rejects.toThrow(name)
})

// @control owasp/API8
test('names every problem at once, and no value', async () => {
  const canary = 'canary-2b7a'
  const reading = readConfig({
    ORIGIN_URL: canary,
    ISSUER: canary,
    CREDENTIAL_KEK: canary,
    ASSERTION_KEY: canary,
    AUDIT_ORIGIN: `${canary} ${canary}`,
    AUDIT_LOG_KEYS: canary,
    AUDIT_WITNESSES: `${canary}\nquorum ${canary}"${canary}`,
  })
  const error: unknown = await reading.catch((reason: unknown) => reason)
  const message = error instanceof Error ? error.message : ''
  for (const name of [
    'ORIGIN_URL',
    'ISSUER',
    'CREDENTIAL_KEK',
    'CREDENTIAL_ID_KEY',
    'ASSERTION_KEY',
    'AUDIT_ORIGIN',
    'AUDIT_LOG_KEYS',
    'AUDIT_WITNESSES: line 1',
    'AUDIT_WITNESSES: line 2',
  ]) {
    expect(message).toContain(name)
  }
  expect(message).not.toContain(canary)
})
