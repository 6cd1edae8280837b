/** Receipts are signed with the log's own key: nothing that it signs so may ever pass for a checkpoint. */
import {
  assert,
  asyncProperty,
  integer,
  oneof,
  property,
  record,
  string,
  constant,
} from 'fast-check'
import { expect, test } from 'vitest'
import { parseCheckpoint } from '../../../src/audit/checkpoint.ts'
import { parseVkey, verifyEd25519 } from '../../../src/audit/note.ts'
import { receiptText } from '../../../src/audit/receipt.ts'
import { logKeys, ORIGIN } from '../../support/log-world.ts'
import { must } from '../../support/tlog.ts'

const ROOT = 'A'.repeat(43) + '='

/** Among others, what would make a checkpoint if the lines around it were not there. */
const member = oneof(
  string({ unit: 'binary' }),
  constant(`log\n7\n${ROOT}\n`),
  constant(`7\n${ROOT}`),
  constant(`\n7\n${ROOT}\n\n`),
  constant('7'),
  constant(ROOT),
)
const receipts = record({ keyId: member, commit: member, sequence: integer(), atMs: integer() })

/** Looser than ours: as a reader of C2SP tlog-checkpoint who takes extension lines. */
function looksLikeCheckpoint(text: string, origin: string): boolean {
  const [name, size = '', root = ''] = text.split('\n')
  return name === origin && /^[0-9]+$/.test(size) && /^[A-Za-z0-9+/]{43}=$/.test(root)
}

test('I11: no receipt is a checkpoint, whatever its members and the name of its log are', () => {
  assert(
    property(oneof(member, constant('portcullis-receipt/v1')), receipts, (origin, receipt) => {
      const text = receiptText(origin, receipt)
      expect(parseCheckpoint(text)).toBeUndefined()
      // A log is known by its key's name, which has no newline; a receipt's second line is that name.
      if (!/[\n]/.test(origin)) expect(looksLikeCheckpoint(text, origin)).toBe(false)
    }),
    { numRuns: 2_000 },
  )
})

test('I11: the log signs nothing but a text that says first that it is a receipt', async () => {
  const keys = await logKeys(1)
  const key = must(parseVkey(must(keys.vkeys[0])))
  await assert(
    asyncProperty(receipts, async (receipt) => {
      const text = receiptText(ORIGIN, receipt)
      expect(text.startsWith('portcullis-receipt/v1\n')).toBe(true)
      expect(await verifyEd25519(key, text, await keys.signReceipt(receipt))).toBe(true)
    }),
  )
})
