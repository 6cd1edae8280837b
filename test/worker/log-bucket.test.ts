/** The audit log's bucket: what R2 does with the conditions under which the log writes. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, test } from 'vitest'
import { logBucket } from '../../durable-objects/log-bucket.ts'
import { must } from '../support/tlog.ts'

beforeEach(async () => {
  const { objects } = await env.AUDIT.list()
  await env.AUDIT.delete(objects.map(({ key }) => key))
})

// @control pci/10.3
test('an object is created once, and keeps its first octets', async () => {
  const { create, read } = logBucket(env.AUDIT)
  expect(await create('tile/0/000', Uint8Array.of(1))).toBe('created')
  expect(await create('tile/0/000', Uint8Array.of(2))).toBe('exists')
  expect(await create('tile/0/000', Uint8Array.of(1))).toBe('exists')
  expect(await read('tile/0/000')).toEqual(Uint8Array.of(1))
  expect(await read('tile/0/001')).toBeUndefined()
})

test('an object that is locked exists; one that could not be written does not', async () => {
  const { create } = logBucket(env.AUDIT)
  await create('tile/0/000', Uint8Array.of(1))
  const locked = new Proxy(env.AUDIT, {
    get(bucket, name) {
      if (name === 'put') return () => Promise.reject(new Error('locked'))
      const member: unknown = Reflect.get(bucket, name)
      return typeof member === 'function' ? member.bind(bucket) : member
    },
  })
  expect(await logBucket(locked).create('tile/0/000', Uint8Array.of(2))).toBe('exists')
  await expect(logBucket(locked).create('tile/0/001', Uint8Array.of(2))).rejects.toThrow('locked')
})

test('of several that create one object at the same time one does', async () => {
  const { create } = logBucket(env.AUDIT)
  const answers = await Promise.all(
    [1, 2, 3, 4].map(async (octet) => create('x', Uint8Array.of(octet))),
  )
  expect(answers.filter((answer) => answer === 'created')).toHaveLength(1)
})

test('the checkpoint is swapped only for the one that was read', async () => {
  const { publish, readCheckpoint } = logBucket(env.AUDIT)
  const first = must(await publish('one', undefined))
  expect(await publish('two', undefined)).toBeUndefined()
  expect(await publish('two', 'another')).toBeUndefined()
  expect(await readCheckpoint()).toEqual({ note: 'one', etag: first })
  const second = must(await publish('two', first))
  expect(await publish('three', first)).toBeUndefined()
  expect(await readCheckpoint()).toEqual({ note: 'two', etag: second })
  const object = must((await env.AUDIT.head('log/checkpoint')) ?? undefined)
  expect(object.httpMetadata?.contentType).toBe('text/plain; charset=utf-8')
})
