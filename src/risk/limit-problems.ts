/** What limits name that does not exist: they would be taken, and hold for nothing. */
import type { AccountLimits, FirmLimits, Limits } from './limits.ts'

export type LimitProblem = Readonly<Record<'pointer' | 'reason', string>>

const LISTS = ['restricted', 'allowed', 'halted'] as const
const NO_INSTRUMENT = 'must be an instrument of the policy'

type IsInstrument = (symbol: string) => boolean

/** Of one scope. */
export function limitProblems(limits: Limits, at: string, isInstrument: IsInstrument) {
  const names = LISTS.flatMap((list) =>
    (limits[list] ?? []).flatMap((symbol, i) =>
      isInstrument(symbol) ? [] : [{ pointer: `${at}/${list}/${i}`, reason: NO_INSTRUMENT }],
    ),
  )
  const hours = (limits.hours ?? []).flatMap(({ from, to }, i) =>
    from < to
      ? []
      : [
          {
            pointer: `${at}/hours/${i}`,
            reason:
              'must end after it begins: hours past midnight are two, to 24:00 and from 00:00',
          },
        ],
  )
  return [...names, ...hours]
}

function symbolProblems(
  symbols: Readonly<Record<string, Limits>>,
  at: string,
  isInstrument: IsInstrument,
): readonly LimitProblem[] {
  return Object.entries(symbols).flatMap(([symbol, limits]) => [
    ...(isInstrument(symbol) ? [] : [{ pointer: pointer(at, symbol), reason: NO_INSTRUMENT }]),
    ...limitProblems(limits, pointer(at, symbol), isInstrument),
  ])
}

export function firmProblems(
  { firm, symbols }: FirmLimits,
  at: string,
  isInstrument: IsInstrument,
) {
  return [
    ...limitProblems(firm, `${at}/firm`, isInstrument),
    ...symbolProblems(symbols, `${at}/symbols`, isInstrument),
  ]
}

/** @param isKey whether the account has that key. */
export function accountProblems(
  { account, keys, symbols }: AccountLimits,
  at: string,
  isInstrument: IsInstrument,
  isKey: (id: string) => boolean,
): readonly LimitProblem[] {
  return [
    ...limitProblems(account, `${at}/account`, isInstrument),
    ...Object.entries(keys).flatMap(([id, limits]) => [
      ...(isKey(id)
        ? []
        : [{ pointer: pointer(`${at}/keys`, id), reason: 'must be a key of the account' }]),
      ...limitProblems(limits, pointer(`${at}/keys`, id), isInstrument),
    ]),
    ...symbolProblems(symbols, `${at}/symbols`, isInstrument),
  ]
}

function pointer(at: string, name: string): string {
  return `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}
