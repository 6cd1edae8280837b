import { assert, constantFrom, jsonValue, oneof, property, string, tuple } from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { isRecord, readRecord } from '../../../src/audit/record.ts'
import { isObject } from '../../../src/lib/json.ts'
import { exactly } from '../../../src/lib/shape.ts'
import { AnyRecord } from '../../support/any-record.ts'

/** A record that went through a file, and perhaps somebody's hands. */
function changed(record: unknown, path: number, by: unknown): unknown {
  const value: unknown = JSON.parse(JSON.stringify(record))
  if (!isObject(value)) return value
  const names = Object.keys(value)
  const name = names[path % (names.length + 1)] ?? 'unlisted'
  const inner = value[name]
  if (isObject(inner) && path % 2 === 0) return { ...value, [name]: changed(inner, path >> 1, by) }
  if (by !== undefined) return { ...value, [name]: by }
  const { [name]: _gone, ...rest } = value
  return rest
}

describe('whether it is a record, exactly', () => {
  test('is what reading it says: that it is one, and that nothing of it is lost', () => {
    const other = oneof(
      jsonValue(),
      string({ maxLength: 3_000 }),
      constantFrom(undefined, -1, 0.5, 2 ** 60, '', []),
    )
    let records = 0
    assert(
      property(AnyRecord, tuple(constantFrom(...Array(40).keys()), other), (record, [path, by]) => {
        for (const value of [
          changed(record, 0, undefined),
          JSON.parse(JSON.stringify(record)),
          changed(record, path, by),
        ]) {
          const read = readRecord(value)
          const isSame = read !== undefined && isEqual(read, value)
          expect(isRecord(value)).toBe(isSame)
          if (isSame) records += 1
        }
      }),
      { numRuns: 2_000 },
    )
    expect(records).toBeGreaterThan(2_000)
  })

  // Each in a list of its own: a list would be taken for the arguments.
  test.each([
    [null],
    ['x'],
    [1],
    [[]],
    [{}],
    [{ type: 'nothing' }],
    [{ type: 'constructor' }],
    [{ type: ['gap'] }],
  ])('not %j', (value) => {
    expect(isRecord(value)).toBe(false)
  })
})

function isEqual(one: unknown, other: unknown): boolean {
  try {
    expect(one).toStrictEqual(other)
    return true
  } catch {
    return false
  }
}

test('members that the prototype has are none', () => {
  const is = exactly(v.object({ a: v.optional(v.string()) }))
  expect(is(JSON.parse('{"__proto__":{"a":"x"}}'))).toBe(false)
  expect(is({ constructor: 1 })).toBe(false)
  expect(is({})).toBe(true)
})

test.each(['__proto__', 'prototype', 'constructor'])('a record without the name %s', (name) => {
  const schema = v.record(v.string(), v.number())
  const value: unknown = JSON.parse(`{"${name}":1}`)
  expect(v.parse(schema, value)).toEqual({})
  expect(exactly(schema)(value)).toBe(false)
})

test('what it cannot compile is thrown, not passed', () => {
  const is = exactly(v.date())
  expect(() => is(new Date())).toThrow(TypeError)
  const short = exactly(v.pipe(v.string(), v.email()))
  expect(() => short('x')).toThrow(TypeError)
})
