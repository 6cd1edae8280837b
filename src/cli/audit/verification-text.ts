/** What a verification found, for people. */
import type { Claim, Finding, Place } from '../../audit/verify/findings.ts'
import type { Verification } from '../../audit/verify.ts'
import { facts, MOST_COLUMNS, wrap } from '../table.ts'

const STATUS = { pass: 'PASS', fail: 'FAIL', unchecked: '----' } as const

/** Findings that are shown one by one; the others are counted. */
const SHOWN = 12

export function verificationText(verification: Verification): string {
  const { claims, findings, first } = verification
  const breaking = findings.filter(({ breaks }) => breaks)
  const notes = findings.filter(({ breaks }) => !breaks)
  const others = breaking.filter((finding) => finding !== first).slice(0, SHOWN)
  return [
    about(verification),
    claims.map(claimLine).join('\n'),
    ...(first === undefined ? [] : [`The first that is broken\n${findingText(first)}`]),
    ...(others.length === 0 ? [] : [`Found, too\n${others.map(findingText).join('\n')}`]),
    ...(notes.length === 0 ? [] : [`To know\n${notes.map(findingText).join('\n')}`]),
    verdict(verification),
  ].join('\n\n')
}

function about({ log, signedBy, witnesses, period }: Verification): string {
  if (log === undefined) return 'There is no checkpoint that can be read.'
  return facts([
    ['log', log.origin],
    ['leaves', log.size.toLocaleString('en')],
    ['root', log.root],
    ['signed by', signedBy.join(', ') || 'nobody whom you trust'],
    ...witnesses.map(
      ({ name, atSeconds }) => ['witnessed', `${name}, ${isoOf(atSeconds * 1_000)}`] as const,
    ),
    ...(period === undefined
      ? []
      : [['rounds', `${isoOf(period.firstAt)} to ${isoOf(period.lastAt)}`] as const]),
  ])
}

export function isoOf(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString()
}

function claimLine({ status, title, figures, found }: Claim): string {
  const counted = figuresText(figures)
  const shown = [title, ...(counted === '' ? [] : [counted])].join(': ')
  const count = found === 0 ? '' : ` (${found.toLocaleString('en')} found)`
  return `${STATUS[status]}  ${wrap(`${shown}${count}`.split(' '), MOST_COLUMNS - 6).join('\n      ')}`
}

export function figuresText(figures: Claim['figures']): string {
  return Object.entries(figures)
    .map(([name, figure]) => `${name} ${figure.toLocaleString('en')}`)
    .join(', ')
}

/** Where it was found, and what to do. */
function findingText({ code, place, text, todo }: Finding): string {
  const where = placeText(place)
  const lines = [...(where === '' ? [] : [where]), `${code}: ${text}`, `→ ${todo}`]
  return lines
    .map((line) => `  ${wrap(line.split(' '), MOST_COLUMNS - 6).join('\n      ')}`)
    .join('\n')
}

export function placeText({ index, chain, sequence, uid, file }: Place): string {
  return [
    ...(index === undefined ? [] : [`leaf ${index}`]),
    ...(chain === undefined ? [] : [`chain ${chain}`]),
    ...(sequence === undefined ? [] : [`number ${sequence}`]),
    ...(uid === undefined ? [] : [`record ${uid}`]),
    ...(file === undefined ? [] : [file]),
  ].join(', ')
}

export function verdict({ ok, claims, findings }: Verification): string {
  if (!ok) {
    const failed = claims.filter(({ status }) => status === 'fail').length
    return `NOT VERIFIED: ${failed} of ${claims.length} claims failed.`
  }
  const isOwnWord = findings.some(({ code }) => code === 'key-from-export')
  return isOwnWord
    ? 'VERIFIED, on the word of the export itself: who signed it is not proved.'
    : 'VERIFIED: this is the history that the log signed, whole and unchanged.'
}
