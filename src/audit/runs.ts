/** Whole numbers as runs: sorted, apart from each other, both ends included. */
export type Run = readonly [first: number, last: number]

/** The runs with one more. */
export function addRun(runs: readonly Run[], [first, last]: Run): readonly Run[] {
  const apart = runs.filter(([from, to]) => to < first - 1 || from > last + 1)
  const touching = runs.filter(([from, to]) => to >= first - 1 && from <= last + 1)
  const joined: Run = [
    Math.min(first, ...touching.map(([from]) => from)),
    Math.max(last, ...touching.map(([, to]) => to)),
  ]
  return [...apart, joined].toSorted(([a], [b]) => a - b)
}
