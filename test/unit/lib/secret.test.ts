import { expect, test } from 'vitest'
import { Secret } from '../../../src/lib/secret.ts'
import { utf8 } from '../../../src/lib/bytes.ts'

const secret = new Secret(utf8('canary-a5f1'))

// @control mission/masking
test('a secret cannot be printed, however it is turned into text', () => {
  const inspect = Reflect.get(secret, Symbol.for('nodejs.util.inspect.custom'))
  const texts = [
    String(secret),

    JSON.stringify({ secret }),
    Reflect.apply(inspect, secret, []),
  ]
  for (const text of texts) {
    expect(text).toContain('[secret]')
    expect(text).not.toContain('canary')
  }
  expect(Object.values(secret)).toEqual([])
})

test('reveal answers the bytes', () => {
  expect(new TextDecoder().decode(secret.reveal())).toBe('canary-a5f1')
})
