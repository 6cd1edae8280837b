/** The verifier against a signer that is not ours: `http-message-sig`, with each rule of the profile broken once. */
import { createSignature, type SignatureComponent } from 'http-message-sig'
import { describe, expect, test } from 'vitest'
import { fromBase64, sha256, toBase64, utf8 } from '../../../src/lib/bytes.ts'
import { ID, NOW, SECRET, verdictOn, type Sent } from '../../support/request.ts'

const URL_ = 'https://gw.example/v1/orders?dry=1'
const BODY = '{"symbol":"BTC-USD"}'
const COMPONENTS = ['@method', '@authority', '@path', '@query', 'content-digest']
const PARAMETERS = {
  created: NOW / 1000,
  nonce: 'nonce-0123456789abcdef',
  keyid: ID,
  tag: 'portcullis',
}

interface Choices {
  readonly components?: readonly SignatureComponent[]
  readonly parameters?: Readonly<Record<string, string | number | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly label?: string
  readonly body?: string
  /** What the signer calls itself; it signs with HMAC-SHA256 all the same. */
  readonly algorithm?: string
}

async function digest(body: string): Promise<string> {
  return `sha-256=:${toBase64(await sha256(utf8(body)))}:`
}

/** A request signed by the library. */
async function foreign({
  components = COMPONENTS,
  parameters = {},
  headers = {},
  label = 'sig1',
  body = BODY,
  algorithm = 'hmac-sha256',
}: Choices = {}): Promise<Sent> {
  const own = body === '' ? {} : { 'content-digest': await digest(body) }
  const all = { ...own, ...headers }
  const key = await crypto.subtle.importKey(
    'raw',
    fromBase64(SECRET) ?? new Uint8Array(),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const merged = Object.entries({ ...PARAMETERS, ...parameters }).filter(
    ([, value]) => value !== undefined,
  )
  const { signature, signatureInput } = await createSignature(
    {
      kind: 'request',
      method: 'POST',
      targetUri: URL_,
      requestTarget: URL_.slice('https://gw.example'.length),
      fields: Object.entries(all).map(([name, value]) => ({ name, value })),
    },
    {
      label,
      components,
      parameters: Object.fromEntries(merged),
      signer: {
        algorithm,
        sign: async (data) => new Uint8Array(await crypto.subtle.sign('HMAC', key, data)),
      },
    },
  )
  return {
    method: 'POST',
    url: URL_,
    body,
    headers: { ...all, signature, 'signature-input': signatureInput },
  }
}

const verdict = (sent: Sent) => verdictOn('rfc9421', sent)

describe('accepts what another library signed', () => {
  test.each<[string, Choices]>([
    ['with the required components', {}],
    ['in another order', { components: COMPONENTS.toReversed() }],
    [
      'with more components',
      {
        components: [...COMPONENTS, '@target-uri', '@scheme', '@request-target', 'x-tag'],
        headers: { 'x-tag': ' a  b ' },
      },
    ],
    ['under another label', { label: 'my-label' }],
    ['naming the algorithm', { parameters: { alg: 'hmac-sha256' } }],
    ['with an expiry', { parameters: { expires: NOW / 1000 + 5 } }],
    ['without a body', { components: COMPONENTS.slice(0, 4), body: '' }],
  ])('%s', async (_how, choices) => {
    expect(await verdict(await foreign(choices))).toBe('verified')
  })

  test('beside signatures that are not for us', async () => {
    const ours = await foreign()
    const theirs = await foreign({
      label: 'other',
      parameters: { tag: 'somebody-else' },
      components: ['@method'],
    })
    const both = (name: string) => `${theirs.headers[name]}, ${ours.headers[name]}`
    const headers = {
      ...ours.headers,
      signature: both('signature'),
      'signature-input': both('signature-input'),
    }
    expect(await verdict({ ...ours, headers })).toBe('verified')
  })

  test('with SHA-512, and with both digests', async () => {
    const sha512 = `sha-512=:${toBase64(new Uint8Array(await crypto.subtle.digest('SHA-512', utf8(BODY))))}:`
    expect(await verdict(await foreign({ headers: { 'content-digest': sha512 } }))).toBe('verified')
    const both = `${sha512}, ${await digest(BODY)}`
    expect(await verdict(await foreign({ headers: { 'content-digest': both } }))).toBe('verified')
  })
})

describe('refuses', () => {
  test.each(COMPONENTS)('a signature that leaves %s open', async (missing) => {
    const components = COMPONENTS.filter((name) => name !== missing)
    expect(await verdict(await foreign({ components }))).not.toBe('verified')
  })

  test('a target URI in place of path and query', async () => {
    expect(
      await verdict(await foreign({ components: ['@method', '@target-uri', 'content-digest'] })),
    ).toBe('unauthorized')
  })

  test.each(['idempotency-key', 'pc-otp'])('a %s that is sent and not covered', async (name) => {
    expect(await verdict(await foreign({ headers: { [name]: '"x"' } }))).toBe('unauthorized')
  })

  test.each<[string, Choices, string]>([
    ['no creation time', { parameters: { created: undefined } }, 'malformed_request'],
    ['no nonce', { parameters: { nonce: undefined } }, 'malformed_request'],
    ['no key id', { parameters: { keyid: undefined } }, 'malformed_request'],
    ['no tag', { parameters: { tag: undefined } }, 'unauthorized'],
    ['another tag', { parameters: { tag: 'Portcullis' } }, 'unauthorized'],
    ['an unknown parameter', { parameters: { extra: 1 } }, 'malformed_request'],
    [
      'an expiry before the creation',
      { parameters: { expires: NOW / 1000 - 1 } },
      'malformed_request',
    ],
    ['a key id of other characters', { parameters: { keyid: 'a b' } }, 'malformed_request'],
    [
      'another algorithm',
      { parameters: { alg: 'hmac-sha512' }, algorithm: 'hmac-sha512' },
      'not verified',
    ],
  ])('%s', async (_what, choices, code) => {
    expect(await verdict(await foreign(choices))).toBe(code)
  })

  test.each<[string, (sent: Sent) => Record<string, string>]>([
    [
      'a label in one field only',
      ({ headers }) => ({ signature: (headers['signature'] ?? '').replace('sig1', 'sig2') }),
    ],
    [
      'a second signature with our tag',
      ({ headers }) => ({
        signature: `${headers['signature']}, ${headers['signature']?.replace('sig1', 'sig2')}`,
        'signature-input': `${headers['signature-input']}, ${headers['signature-input']?.replace('sig1', 'sig2')}`,
      }),
    ],
    [
      'a covered component twice',
      ({ headers }) => ({
        'signature-input': (headers['signature-input'] ?? '').replace(
          '"@method"',
          '"@method" "@method"',
        ),
      }),
    ],
    [
      'an unknown derived component',
      ({ headers }) => ({
        'signature-input': (headers['signature-input'] ?? '').replace(
          '"@method"',
          '"@method" "@toString"',
        ),
      }),
    ],
    [
      'a component with a parameter',
      ({ headers }) => ({
        'signature-input': (headers['signature-input'] ?? '').replace('"@method"', '"@method";req'),
      }),
    ],
    [
      'a covered header that is absent',
      ({ headers }) => ({
        'signature-input': (headers['signature-input'] ?? '').replace(
          '"@method"',
          '"@method" "x-none"',
        ),
      }),
    ],
    ['a signature that is a string', () => ({ signature: 'sig1="AAAA"' })],
    ['a field that does not parse', () => ({ 'signature-input': 'sig1=(' })],
    [
      'a fractional creation time',
      ({ headers }) => ({
        'signature-input': (headers['signature-input'] ?? '').replace(
          /created=\d+/,
          'created=1800000000.5',
        ),
      }),
    ],
  ])('%s', async (_what, change) => {
    const sent = await foreign()
    expect(await verdict({ ...sent, headers: { ...sent.headers, ...change(sent) } })).toBe(
      'malformed_request',
    )
  })

  test.each<[string, (right: string) => string]>([
    ['of another body', (right) => right.replace(/:.{4}/, ':AAAA')],
    ['by a deprecated algorithm alone', () => 'md5=:AAAA:'],
    ['that does not parse', () => 'sha-256='],
    ['of which one is wrong', (right) => `${right}, sha-512=:AAAA:`],
    ['that is not bytes', () => 'sha-256="x"'],
  ])('a content digest %s, though the signature covers it', async (_what, change) => {
    const headers = { 'content-digest': change(await digest(BODY)) }
    expect(await verdict(await foreign({ headers }))).toBe('unauthorized')
  })
})
