/**
 * Whether limits let more through than others did. What only tightens is in force at once and takes one person; what
 * loosens anything takes more (SEC Rule 15c3-5(d), RTS 6 Art 20).
 */
import { readDecimal } from '../lib/decimal.ts'
import type { AccountLimits, Limits } from './limits.ts'

type Member = keyof Limits

/** Less is tighter; no limit at all is the loosest. */
function more(before: string | undefined, after: string | undefined): boolean {
  if (before === undefined) return false
  return after === undefined || (readDecimal(after) ?? 0n) > (readDecimal(before) ?? 0n)
}

function moreOf(before: number | undefined, after: number | undefined): boolean {
  return before !== undefined && (after === undefined || after > before)
}

interface Often {
  readonly most: number
  readonly windowSeconds: number
}

/** As tight only if whatever the one refuses the other refuses, too: no more, in no shorter a time. */
function oftener(before: Often | undefined, after: Often | undefined): boolean {
  if (before === undefined) return false
  return (
    after === undefined || after.most > before.most || after.windowSeconds < before.windowSeconds
  )
}

function lacks(before: readonly string[] | undefined, after: readonly string[] | undefined) {
  return before?.some((one) => after?.includes(one) !== true) === true
}

const LOOSER: Readonly<Record<Member, (before: Limits, after: Limits) => boolean>> = {
  maxQuantity: (before, after) => more(before.maxQuantity, after.maxQuantity),
  maxOrderValue: (before, after) => more(before.maxOrderValue, after.maxOrderValue),
  collarPercent: (before, after) => more(before.collarPercent, after.collarPercent),
  maxOpenValue: (before, after) => more(before.maxOpenValue, after.maxOpenValue),
  maxDailyValue: (before, after) => more(before.maxDailyValue, after.maxDailyValue),
  maxDailyOrders: (before, after) => moreOf(before.maxDailyOrders, after.maxDailyOrders),
  messages: ({ messages: before = [] }, { messages: after = [] }) =>
    before.some((one) => after.every((other) => oftener(one, other))),
  lookAlikes: (before, after) => oftener(before.lookAlikes, after.lookAlikes),
  repeats: (before, after) => oftener(before.repeats, after.repeats),
  restricted: (before, after) => lacks(before.restricted, after.restricted),
  allowed: ({ allowed: before }, { allowed: after }) =>
    before !== undefined && (after === undefined || lacks(after, before)),
  reduceOnly: (before, after) => before.reduceOnly === true && after.reduceOnly !== true,
  // Whether hours cover others is not worked out: whoever changes them may be letting more through.
  hours: ({ hours: before }, { hours: after }) =>
    before !== undefined && JSON.stringify(before) !== JSON.stringify(after),
  halted: (before, after) => lacks(before.halted, after.halted),
}

const MEMBERS: readonly Member[] = [
  'maxQuantity',
  'maxOrderValue',
  'collarPercent',
  'maxOpenValue',
  'maxDailyValue',
  'maxDailyOrders',
  'messages',
  'lookAlikes',
  'repeats',
  'restricted',
  'allowed',
  'reduceOnly',
  'hours',
  'halted',
]

/** The members that let more through than they did. */
export function loosened(before: Limits, after: Limits): readonly Member[] {
  return MEMBERS.filter((member) => LOOSER[member](before, after))
}

/** The same against everything that holds or will hold again: what is looser than any of it. */
export function loosenedAny(befores: readonly AccountLimits[], after: AccountLimits) {
  return [...new Set(befores.flatMap((before) => loosenedAccount(before, after)))]
}

/** The same of everything that was set for an account, each as `<scope>.<member>`. */
function loosenedAccount(before: AccountLimits, after: AccountLimits): readonly string[] {
  const scopes = (one: AccountLimits) =>
    new Map<string, Limits>([
      ['account', one.account],
      ...Object.entries(one.keys).map(([id, limits]) => [`keys.${id}`, limits] as const),
      ...Object.entries(one.symbols).map(([id, limits]) => [`symbols.${id}`, limits] as const),
    ])
  const afterwards = scopes(after)
  return [...scopes(before)].flatMap(([scope, limits]) =>
    loosened(limits, afterwards.get(scope) ?? {}).map((member) => `${scope}.${member}`),
  )
}
