import {
  array,
  assert,
  constantFrom,
  integer,
  property,
  record,
  shuffledSubarray,
} from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Calls, type Numbered } from '../../../src/audit/verify/calls.ts'
import type { FindingCode } from '../../../src/audit/verify/rules.ts'

/** Long after everything that is made here. */
const SETTLED = 10_000_000

type Part = Pick<Numbered, 'type' | 'first' | 'last' | 'atMs'>

function found(parts: readonly Part[], settledMs = SETTLED): (readonly [FindingCode, number])[] {
  const all: (readonly [FindingCode, number])[] = []
  const calls = new Calls((code, { sequence, index }) => all.push([code, sequence ?? index ?? 0]))
  for (const part of parts)
    calls.take({ ...part, place: { index: part.first }, record: undefined }, settledMs)
  calls.end(settledMs)
  return all
}

const KINDS = ['read', 'order', 'unknown', 'gap'] as const

/** The parts of a call of each kind, at a time that goes with its number. */
function partsOf(kind: (typeof KINDS)[number], number: number): Part[] {
  const at = { first: number, last: number, atMs: number * 1_000 }
  if (kind === 'read') return [{ ...at, type: 'outcome' }]
  if (kind === 'gap') return [{ ...at, type: 'gap', atMs: at.atMs + 60_000 }]
  const end = kind === 'order' ? 'outcome' : 'unknown'
  return [
    { ...at, type: 'admission' },
    { ...at, type: end },
  ]
}

const histories = array(constantFrom(...KINDS), { minLength: 1, maxLength: 40 }).map((kinds) =>
  kinds.flatMap((kind, i) => partsOf(kind, i + 1)),
)
/** In any order: what is on its way overtakes. */
const arrivals = histories.chain((parts) =>
  shuffledSubarray(parts, { minLength: parts.length, maxLength: parts.length }),
)

describe('the numbers of a key', () => {
  test('are whole in whatever order their parts arrive', () => {
    assert(
      property(arrivals, (parts) => {
        expect(found(parts)).toEqual([])
      }),
    )
  })

  test('are not whole without any one of their parts, unless the end is still to come', () => {
    assert(
      property(arrivals, integer({ min: 0, max: 1_000 }), (parts, pick) => {
        const removed = parts[pick % parts.length]
        if (removed === undefined) return
        const rest = parts.filter((part) => part !== removed)
        const later = rest.some(({ last }) => last > removed.last)
        const isAlone = !rest.some(({ first }) => first === removed.first)
        const codes = found(rest).map(([code]) => code)
        if (isAlone) expect(codes).toEqual(later ? ['number-missing'] : [])
        else if (removed.type === 'unknown') expect(codes).toEqual(['admission-open'])
        else if (removed.type === 'outcome') expect(codes).toEqual(['admission-open'])
        // Of an outcome without its record there is no telling whether it was admitted.
        else expect(codes.filter((code) => code !== 'unknown-without-admission')).toEqual([])
        expect(found(rest, -1)).toEqual([])
      }),
    )
  })

  test('are not given twice', () => {
    const twice = record({ parts: arrivals, pick: integer({ min: 0, max: 1_000 }) })
    assert(
      property(twice, ({ parts, pick }) => {
        const again = parts[pick % parts.length]
        if (again === undefined) return
        const codes = found([...parts, again]).map(([code]) => code)
        expect(codes).toEqual([again.type === 'gap' ? 'gap-twice' : 'part-twice'])
      }),
    )
  })

  test('say where one is missing', () => {
    const parts = [1, 2, 5, 6, 9].flatMap((number) => partsOf('read', number))
    expect(found(parts)).toEqual([
      ['number-missing', 3],
      ['number-missing', 7],
    ])
  })

  test('go on far beyond after a restore, if the gap is said', () => {
    const far = 2 ** 40
    const parts: Part[] = [
      ...partsOf('read', 1),
      { type: 'gap', first: 2, last: far, atMs: 90_000 },
      { type: 'outcome', first: far + 1, last: far + 1, atMs: 91_000 },
    ]
    expect(found(parts)).toEqual([])
    expect(found(parts.toSpliced(1, 1))).toEqual([['number-missing', 2]])
  })
})
