import { array, assert, integer, oneof, property, constant, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeEntries,
  encodeEntries,
  ENTRY_BYTES,
  parseTileName,
  partialTilesOf,
  placeOf,
  tileName,
  tilesOf,
} from '../../../src/audit/tile.ts'
import { concat } from '../../../src/lib/bytes.ts'

test('names tiles as tlog-tiles does', () => {
  expect(tileName({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067')
  expect(tileName({ level: 1, index: 0, width: 17 })).toBe('tile/1/000.p/17')
  expect(tileName({ level: 'entries', index: 1_000, width: 1 })).toBe('tile/entries/x001/000.p/1')
})

test('a tile has one name, and the name gives the tile', () => {
  assert(
    property(
      oneof(constant('entries' as const), integer({ min: 0, max: 63 })),
      oneof(integer({ min: 0, max: 2_000 }), integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
      integer({ min: 1, max: 256 }),
      (level, index, width) => {
        const tile = { level, index, width }
        expect(parseTileName(tileName(tile))).toEqual(tile)
      },
    ),
  )
})

test.each([
  'tile/0/0',
  'tile/0/1234',
  'tile/0/x000/001',
  'tile/0/001/234',
  'tile/0/x001/x234/067.p/256',
  'tile/0/000.p/0',
  'tile/0/000.p/01',
  'tile/00/000',
  'tile/01/000',
  'tile/64/000',
  'tile/-1/000',
  'tile/entry/000',
  'tile/0/000.p/',
  'tile/0/000/',
  '/tile/0/000',
  'tile/0/000\n',
  'tile/0/x999/x999/x999/x999/x999/x999/999',
  'checkpoint',
])('%j is no name of a tile', (name) => {
  expect(parseTileName(name)).toBeUndefined()
})

test('a log of 70,000 leaves consists of what the specification says', () => {
  const names = tilesOf(70_000).map(tileName)
  const of = (start: string) => names.filter((name) => name.startsWith(start))
  expect(of('tile/entries/')).toHaveLength(274)
  expect(of('tile/0/')).toHaveLength(274)
  expect(of('tile/0/').at(-1)).toBe('tile/0/273.p/112')
  expect(of('tile/1/')).toEqual(['tile/1/000', 'tile/1/001.p/17'])
  expect(of('tile/2/')).toEqual(['tile/2/000.p/1'])
  expect(of('tile/3/')).toEqual([])
  expect(tilesOf(256).map(tileName)).toEqual(['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1'])
  expect(tilesOf(0)).toEqual([])
})

test('the right edge is every partial tile', () => {
  for (const size of [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000])
    expect(partialTilesOf(size)).toEqual(tilesOf(size).filter(({ width }) => width < 256))
})

test('finds a node in the tile that holds it, and only nodes that the log has', () => {
  const at = (level: number, index: number, size: number) => {
    const { tile, first, count } = placeOf({ level, index }, size)
    return [tileName(tile), first, count]
  }
  expect(at(0, 3, 7)).toEqual(['tile/0/000.p/7', 3, 1])
  expect(at(2, 0, 7)).toEqual(['tile/0/000.p/7', 0, 4])
  expect(at(7, 1, 256)).toEqual(['tile/0/000', 128, 128])
  expect(at(8, 0, 256)).toEqual(['tile/1/000.p/1', 0, 1])
  expect(at(9, 2, 2_000)).toEqual(['tile/1/000.p/7', 4, 2])
  expect(() => at(3, 0, 7)).toThrow('Cannot find node 0 of level 3 in 7')
  expect(() => at(0, 7, 7)).toThrow(RangeError)
})

test('entries come out of a bundle as they went in, and a bundle has no octet to spare', () => {
  assert(
    property(array(uint8Array({ maxLength: 300 }), { maxLength: 20 }), (entries) => {
      const bundle = encodeEntries(entries)
      expect(decodeEntries(bundle)).toEqual(entries)
      expect(decodeEntries(concat(bundle, Uint8Array.of(0)))).toBeUndefined()
      expect(decodeEntries(concat(bundle, Uint8Array.of(0, 1)))).toBeUndefined()
      if (bundle.length > 0 && (entries.at(-1)?.length ?? 0) > 0)
        expect(decodeEntries(bundle.subarray(0, -1))).toBeUndefined()
    }),
  )
})

test('an entry has at most 65,535 octets', () => {
  const largest = new Uint8Array(ENTRY_BYTES).fill(7)
  expect(decodeEntries(encodeEntries([largest]))).toEqual([largest])
  expect([...encodeEntries([largest]).subarray(0, 2)]).toEqual([0xff, 0xff])
  expect(() => encodeEntries([new Uint8Array(ENTRY_BYTES + 1)])).toThrow('65536 octets')
})
