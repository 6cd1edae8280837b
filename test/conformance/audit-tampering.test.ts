/** I11: any change, removal, reordering or truncation of recorded history is found, and the place is named. */
import { beforeAll, describe, expect, test } from 'vitest'
import { COSIGNATURE } from '../../src/audit/note.ts'
import { FINDING_CODES, ruleOf, type FindingCode } from '../../src/audit/verify/rules.ts'
import { Case, type Forgery, type Signers } from '../support/node/audit-case.ts'
import type { Draft } from '../support/node/audit-draft.ts'
import { makeKey } from '../support/node/audit-export.ts'
import { ON_CHECKPOINTS, ON_LOG, ON_RECORDS } from '../support/node/audit-forgeries.ts'
import { History } from '../support/node/audit-history.ts'
import { ON_HISTORY, ON_KEYS, ON_ROUNDS } from '../support/node/audit-lies-rounds.ts'
import { ON_CALLS, ON_CHAINS, ON_NUMBERS, ON_TEXTS } from '../support/node/audit-lies.ts'
import { must } from '../support/tlog.ts'

let signers: Signers
let draft: Draft

beforeAll(async () => {
  const witnesses = [
    await makeKey('w1.example', COSIGNATURE),
    await makeKey('w2.example', COSIGNATURE),
  ]
  signers = { log: await makeKey(), witnesses }
  draft = [...new History(7, 12, 500).rounds(1_100)]
})

const FORGERIES: Readonly<Record<string, readonly Forgery[]>> = {
  'without the log’s key, in the records': ON_RECORDS,
  'without the log’s key, in the log’s objects': ON_LOG,
  'without the log’s key, in the checkpoints': ON_CHECKPOINTS,
  'by whoever runs the log, in the texts of records': ON_TEXTS,
  'by whoever runs the log, in the numbers': ON_NUMBERS,
  'by whoever runs the log, in admissions and outcomes': ON_CALLS,
  'by whoever runs the log, in whose a record is': ON_CHAINS,
  'by whoever runs the log, in its rounds': ON_ROUNDS,
  'by whoever runs the log, with its keys': ON_KEYS,
  'by whoever runs the log, in what it shows to whom': ON_HISTORY,
}

/** What is missed is missed where it was expected. */
const CONSEQUENCES: readonly FindingCode[] = ['number-missing', 'outcome-without-admission']

describe.each(Object.entries(FORGERIES))('%s', (_, forgeries) => {
  // @control mission/audit-log mifid/16-retention rts6/18 17a-4(f)(2)(i)(A) pci/10.3
  test.each(forgeries.map((forgery) => [forgery.name, forgery] as const))(
    '%s is found',
    async (_name, { forge, says }) => {
      const made = new Case(draft, signers)
      const index = await forge(made)
      const verification = await made.verify()
      expect(verification.ok).toBe(false)
      const found = verification.findings.filter(({ code }) => code === says)
      expect(verification.counts).toHaveProperty(says)
      const { claim, todo } = must(found[0])
      expect(verification.claims.find(({ id }) => id === claim)).toMatchObject({ status: 'fail' })
      expect(todo).not.toBe('')
      if (index !== undefined) {
        expect(found.map(({ place }) => place.index)).toContain(index)
        // Nothing before it is called broken, unless it is broken because of it.
        const first = must(verification.first)
        if (!CONSEQUENCES.includes(first.code)) expect(first.place.index).toBe(index)
      }
    },
  )
})

test('each thing that can be found is found in one of these', () => {
  const breaking = FINDING_CODES.filter((code) => ruleOf(code).note !== true)
  const said = new Set<FindingCode>(
    Object.values(FORGERIES).flatMap((all) => all.map(({ says }) => says)),
  )
  // Asked for on the command line, not found in a log.
  const others: readonly FindingCode[] = ['key-missing']
  expect(breaking.filter((code) => !said.has(code) && !others.includes(code))).toEqual([])
})
