import { expect, test } from 'vitest'
import { knownSecrets } from '../../../src/cli/known-secrets.ts'
import { secretDigest, secretProblem } from '../../../src/credential/strength.ts'
import { fromBase64, fromHex, toBase64, toBase64Url, toHex, utf8 } from '../../../src/lib/bytes.ts'

/** Any 32 bytes that look random. */
const RANDOM =
  fromHex('05341740aa7f0c444d993931b0dc7dbd0745ceabc54c23e0eeade02343e05c9f') ?? expect.fail()

async function digestsOf(text: string): Promise<readonly string[]> {
  return (await knownSecrets(text)).map(({ key }) => key.replace('known-secret:', ''))
}

test.each([
  ['hexadecimal', toHex(RANDOM)],
  ['hexadecimal in capitals', toHex(RANDOM).toUpperCase()],
  ['base64', toBase64(RANDOM)],
  ['base64 without padding', toBase64(RANDOM).replace('=', '')],
  ['base64url', toBase64Url(RANDOM)],
])('a secret published in %s is known as bytes and as that text', async (_how, line) => {
  const digests = await digestsOf(`${line}\n`)
  expect(digests).toContain(await secretDigest(RANDOM))
  expect(digests).toContain(await secretDigest(utf8(line)))
  const known = (digest: string) => digests.includes(digest)
  expect(await secretProblem(RANDOM)).toBeUndefined()
  expect(await secretProblem(RANDOM, known)).toBe('The secret was published')
  expect(await secretProblem(utf8(line), known)).toBe('The secret was published')
})

test('whatever a dialect reads a line as is refused: for its form, or because it is known', async () => {
  const line = toHex(RANDOM)
  const digests = await digestsOf(line)
  const known = (digest: string) => digests.includes(digest)
  for (const read of [utf8(line), RANDOM, fromBase64(line) ?? expect.fail('not base64')])
    expect(await secretProblem(read, known)).toBeDefined()
})

test('what is refused for its form has no entry', async () => {
  expect(await knownSecrets('correct horse battery staple, thirty-two octets and more')).toEqual([])
})

test('each is there once, blank lines are nothing, and no line of the file is in the answer', async () => {
  const line = toBase64(RANDOM)
  const entries = await knownSecrets(`\n${line}\r\n\n${line}\n  ${line}  \n`)
  expect(entries.map(({ key }) => key)).toEqual([...new Set(entries.map(({ key }) => key))])
  expect(JSON.stringify(entries)).not.toContain(line)
  for (const { key } of entries) expect(key).toMatch(/^known-secret:[0-9a-f]{64}$/)
  expect(await knownSecrets('\n\n')).toEqual([])
})
