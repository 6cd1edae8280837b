import { expect, test } from 'vitest'
import { sign, type SigningCredential } from '../../../src/client/sign.ts'

const REQUEST = { method: 'GET', url: 'https://gw.example/v1/account' }

test.each<[string, SigningCredential]>([
  ['no secret', { id: 'pc1', dialect: 'compact' }],
  ['a secret that is no base64', { id: 'pc1', dialect: 'compact', secret: 'not base64' }],
  ['no private key', { id: 'pc1', dialect: 'rfc9421', alg: 'ed25519' }],
  ['a private key that is none', { id: 'pc1', dialect: 'rfc9421', alg: 'ed25519', privateKey: '' }],
  ['a dialect without it', { id: 'pc1', dialect: 'compact', alg: 'ed25519', privateKey: 'AAAA' }],
])(
  'a credential with %s signs nothing, and says why without saying what it holds',
  async (_what, credential) => {
    const failing = sign(REQUEST, credential)
    await expect(failing).rejects.toThrow(/^Cannot sign the request/)
    await expect(failing).rejects.not.toThrow(/not base64 |AAAA/)
  },
)

test('two signatures of one request differ: each names its time and a nonce of its own', async () => {
  const secret = btoa('x'.repeat(32))
  const credential = { id: 'pc1', dialect: 'compact', secret } as const
  const [one, two] = [await sign(REQUEST, credential), await sign(REQUEST, credential)]
  expect(one['pc-nonce']).toMatch(/^[0-9a-f]{32}$/)
  expect(one['pc-nonce']).not.toBe(two['pc-nonce'])
  expect(one['pc-signature']).not.toBe(two['pc-signature'])
  expect(Math.abs(Number(one['pc-timestamp']) - Date.now())).toBeLessThan(60_000)
})
