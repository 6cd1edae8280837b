import * as v from 'valibot'
import { expect, test } from 'vitest'
import { readJson } from '../../../src/admin/call.ts'
import { Addresses, Id, Instant, Line, Permissions, Roles } from '../../../src/admin/fields.ts'
import { utf8 } from '../../../src/lib/bytes.ts'

function problemsOf(body: string | Uint8Array, schema: v.GenericSchema = v.strictObject({})) {
  const read = readJson(typeof body === 'string' ? utf8(body) : body, schema)
  return read.ok ? [] : read.error.members?.['errors']
}

test('a body is read in one way alone, or not at all', () => {
  const notJson = [{ pointer: '', reason: 'not JSON, or a member is there twice' }]
  for (const body of ['', 'x', '{', '{"a":1,"a":2}', '{"a":1}{}'])
    expect(problemsOf(body)).toEqual(notJson)
  expect(problemsOf(new Uint8Array([0x22, 0xff, 0x22]))).toEqual(notJson)
  expect(problemsOf('{}')).toEqual([])
})

test('every problem is told with its place, as RFC 6901 writes it, and none with its value', () => {
  const schema = v.strictObject({ roles: Roles, limits: v.array(v.strictObject({ name: Id })) })
  const body = { roles: ['king'], limits: [{ name: 'ok' }, { name: '../x' }], 'a/b~c': 'secret' }
  const problems = problemsOf(JSON.stringify(body), schema)
  expect(problems).toEqual(
    expect.arrayContaining([
      { pointer: '/roles/0', reason: expect.stringContaining('must be one of') },
      { pointer: '/limits/1/name', reason: expect.stringContaining('1 to 64') },
      { pointer: '/a~1b~0c', reason: 'is not a member of this body' },
    ]),
  )
  expect(JSON.stringify(problems)).not.toMatch(/king|\.\.\/x|secret/)
})

test('a text that is no time is told once', () => {
  const schema = v.strictObject({ at: Instant })
  for (const at of ['bad', '2026-01-31T12:00:00+05', '2026-02-30T12:00:00Z'])
    expect(problemsOf(JSON.stringify({ at }), schema)).toEqual([
      { pointer: '/at', reason: 'must be a time such as 2026-01-31T12:00:00Z' },
    ])
})

test('a member’s name cannot make the answer long', () => {
  const body = JSON.stringify({ ['x'.repeat(5_000)]: 1 })
  expect(JSON.stringify(problemsOf(body)).length).toBeLessThan(200)
})

test.each([
  ['an id', Id, ['usr_1', 'A-b_9', 'x'.repeat(64)], ['', '_a', 'a b', 'é', 'x'.repeat(65), 1]],
  ['a line', Line, ['why not', 'é 🙂'], ['', '  ', 'a\nb', 'a\u202Eb', 'a\u0000', 'x'.repeat(201)]],
  ['networks', Addresses, [[], ['192.0.2.0/24', '::1']], [['x'], ['192.0.2.0/33'], '::1']],
  [
    'an instant',
    Instant,
    ['2026-01-31T12:00:00Z'],
    ['2026-01-31', 'now', '2026-13-31T12:00:00Z', '2026-02-30T12:00:00Z'],
  ],
  ['permissions', Permissions, [[], ['order.write']], [['x'], ['order.write', 'order.write']]],
] as const)('%s is what it says and nothing else', (_what, schema, good, bad) => {
  for (const value of good) expect(v.is(schema, value)).toBe(true)
  for (const value of bad) expect(v.is(schema, value)).toBe(false)
})
