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
  expect(await readBody(null, true)).toEqual({ ok: true, value: new Uint8Array() })
  expect(await readBody(stream(2, 3), true)).toEqual({ ok: true, value: new Uint8Array(5).fill(7) })
  expect(await readBody(stream(MAX_BODY_BYTES), true)).toMatchObject({ ok: true })
})

test.each([true, false])('refuses one octet more, also when nothing is kept (%s)', async (keep) => {
  expect(await readBody(stream(MAX_BODY_BYTES, 1), keep)).toMatchObject({
    error: { code: 'body_too_large' },
  })
})

test('a body that breaks off is refused', async () => {
  expect(await readBody(stream(3, new Error('gone')), true)).toMatchObject({
    error: { code: 'malformed_request' },
  })
})

test('a stranger’s body is counted and dropped', async () => {
  expect(await readBody(stream(100, 100), false)).toEqual({ ok: true, value: new Uint8Array() })
})
