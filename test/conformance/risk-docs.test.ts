/** What docs/risk.md shows of limits, against the schemas by which they are read. */
import fs from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { OWN_RISK } from '../../src/admin/risk-others.ts'
import { AccountLimitsSchema, FirmLimitsSchema, LimitsSchema } from '../../src/risk/limits.ts'

const PAGE = fs.readFileSync(path.resolve(import.meta.dirname, '../../docs/risk.md'), 'utf8')
const CAPS = OWN_RISK.find(({ operation }) => operation.id === 'gateway.accounts.self.caps')

function shown(what: string): string {
  const text = PAGE.split(`\`\`\`json ${what}\n`)[1]?.split('```')[0]
  if (text === undefined) throw new Error(`docs/risk.md shows no ${what}`)
  return text
}

describe('docs/risk.md', () => {
  test.each([
    ['limits of an account', AccountLimitsSchema],
    ['limits of the firm', FirmLimitsSchema],
    ['caps', CAPS?.operation.takes ?? v.never()],
  ])('shows %s as they are taken, and nothing that is left out', (what, schema) => {
    const written: unknown = JSON.parse(shown(what))
    expect(v.parse(schema, written)).toEqual(written)
  })

  test('shows every limit that there is', () => {
    const { account } = v.parse(AccountLimitsSchema, JSON.parse(shown('limits of an account')))
    expect(Object.keys(account).toSorted()).toEqual(Object.keys(LimitsSchema.entries).toSorted())
  })
})
