/** What a person is shown once: the authenticator's secret, recovery codes. */
import { qrText } from './qr.ts'
import { table } from './table.ts'

export function enrolmentText({ uri, secret }: { uri: string; secret: string }): string {
  return [
    'Scan this with an authenticator app, now: it is not shown again.',
    '',
    qrText(uri),
    `Or type it in:  ${secret.replaceAll(/.{4}(?=.)/g, '$& ')}`,
    `As a link:      ${uri}`,
  ].join('\n')
}

const CODES_A_LINE = 2

export function recoveryText(codes: readonly string[]): string {
  const rows = Array.from({ length: Math.ceil(codes.length / CODES_A_LINE) }, (_, row) =>
    Array.from({ length: CODES_A_LINE }, (_none, at) => codes[row * CODES_A_LINE + at] ?? ''),
  )
  const [, ...lines] = table([{ title: '' }, { title: '' }], rows).split('\n')
  return [
    'Recovery codes: each works once in place of a one-time password. Keep them on paper; they are not shown again.',
    '',
    ...lines.map((line) => `  ${line}`),
  ].join('\n')
}
