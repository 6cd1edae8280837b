import { expect, test } from 'vitest'
import { readBody } from '../../../src/gateway/body.ts'
import { MAX_BODY_BYTES } from '../../../src/gateway/receive.ts'

function stream(...chunks: (number | Error)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const next = chunks.shift()
      if (next === undefined) controller.close()
      else if (next instanceof Error) controller.error(next)
      else controller.enqueue(new Uint8Array(next).fill(7))
    },
  })
}

test('reads what was sent, up to the cap', async () => {
  expect(await readBody(null)).toEqual({ ok: true, value: new Uint8Array() })
  expect(await readBody(stream(2, 3))).toEqual({ ok: true, value: new Uint8Array(5).fill(7) })
  expect(await readBody(stream(MAX_BODY_BYTES))).toMatchObject({ ok: true })
})

test('refuses one octet more', async () => {
  expect(await readBody(stream(MAX_BODY_BYTES, 1))).toMatchObject({
    error: { code: 'body_too_large' },
  })
})

test('a body that breaks off is refused', async () => {
  expect(await readBody(stream(3, new Error('gone')))).toMatchObject({
    error: { code: 'malformed_request' },
  })
})
