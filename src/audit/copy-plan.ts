/** Which objects of the log a copy lacks: the tiles that grew full since the last one, and the partial ones of now. */
import { TILE_WIDTH, tileName, type Tile } from './tile.ts'

/**
 * The objects that a log of `to` leaves needs and a copy of the log of `from` leaves lacks, full tiles first.
 *
 * @param most how many at most; the copy then holds no whole log yet and goes on.
 */
export function lackingObjects(from: number, to: number): readonly string[] {
  const full: Tile[] = []
  const partial: Tile[] = []
  let [before, now] = [from, to]
  for (let level = 0; now > 0; level += 1) {
    const kinds = level === 0 ? (['entries', 0] as const) : ([level] as const)
    for (const kind of kinds) {
      const last = Math.floor(now / TILE_WIDTH)
      for (let index = Math.floor(before / TILE_WIDTH); index < last; index += 1)
        full.push({ level: kind, index, width: TILE_WIDTH })
      const width = now % TILE_WIDTH
      if (width > 0) partial.push({ level: kind, index: last, width })
    }
    before = Math.floor(before / TILE_WIDTH)
    now = Math.floor(now / TILE_WIDTH)
  }
  return [...full, ...partial].map(tileName)
}
