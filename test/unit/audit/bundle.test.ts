/** Sealed bundles: what goes in comes out beside its leaf, as long as its key is there and nothing was altered. */
import { expect, test } from 'vitest'
import {
  bundleName,
  openBundle,
  readBundle,
  sealBundle,
  type SealingKey,
} from '../../../src/audit/bundle.ts'
import { keep, saltBytes, saltOfAttempt, type Kept } from '../../../src/audit/kept.ts'
import { commitTo, readLeaf } from '../../../src/audit/leaf.ts'
import {
  admissionRecord,
  readRecord,
  recordText,
  type OutcomeRecord,
} from '../../../src/audit/record.ts'
import { Secret } from '../../../src/lib/secret.ts'

const PEPPER = new Uint8Array(32).fill(7)

function outcome(sequence: number, user: string): OutcomeRecord {
  return {
    v: 1,
    type: 'outcome',
    uid: `r${sequence}:outcome`,
    atMs: 1_800_000_000_000,
    requestId: `r${sequence}`,
    sequence,
    keyId: `key_${user}`,
    user,
    kind: 'read',
    decision: 'forwarded',
    status: 200,
    durationMs: 1,
  }
}

/** Keys by person, in memory. */
function keyring() {
  const keys = new Map<string, SealingKey>()
  const keyOf = ({ subject, class: kind }: Kept): SealingKey => {
    const id = `${kind}:${subject}`
    const key = keys.get(id) ?? {
      id,
      class: kind,
      month: '2027-01',
      key: new Secret(crypto.getRandomValues(new Uint8Array(32))),
    }
    keys.set(id, key)
    return key
  }
  return { keys, keyOf, named: ({ id }: { id: string }) => keys.get(id)?.key }
}

const RECORDS = [outcome(1, 'ann'), outcome(1, 'bob'), outcome(2, 'ann')]

async function sealed() {
  const ring = keyring()
  const slots = [
    { number: 5, records: RECORDS.slice(0, 2).map((record) => keep(record)) },
    { number: 6, records: RECORDS.slice(2).map((record) => keep(record)) },
  ]
  const name = bundleName('3', 5)
  const bundle = await sealBundle(name, slots, PEPPER, ring.keyOf)
  return { ring, name, bundle: readBundle(JSON.stringify(bundle), name) }
}

test('records come out in order, each committed to by its leaf', async () => {
  const { ring, bundle, name } = await sealed()
  expect([bundle.first, bundle.last, name]).toEqual([5, 6, '3/000000000005'])
  const opened = await openBundle(bundle, ring.named)
  for (const [i, one] of opened.entries()) {
    const leaf = readLeaf(one.leaf)
    if (!('text' in one) || leaf === undefined) throw new Error('not opened')
    expect(one.text).toBe(recordText(RECORDS[i] ?? outcome(9, 'nobody')))
    expect(leaf.commit).toBe(commitTo(saltBytes(one.salt), one.text))
    expect([leaf.in, leaf.seq, leaf.type]).toEqual([name, RECORDS[i]?.sequence, 'outcome'])
  }
})

test('a bundle says nothing of whose records are in it', async () => {
  const { bundle } = await sealed()
  const text = JSON.stringify(bundle.slots)
  expect(text).not.toMatch(/ann|bob|key_/)
  const chains = bundle.slots.flatMap(({ leaves }) => leaves.map((leaf) => readLeaf(leaf)?.chain))
  expect(chains[0]).toBe(chains[2])
  expect(chains[0]).not.toBe(chains[1])
})

test('without a person’s key their records stay shut, and everybody else’s open', async () => {
  const { ring, bundle } = await sealed()
  ring.keys.delete('read:ann')
  const opened = await openBundle(bundle, ring.named)
  expect(opened.map((one) => 'text' in one)).toEqual([false, true, false])
  expect(opened.every(({ leaf }) => readLeaf(leaf) !== undefined)).toBe(true)
})

test('what was altered does not open; nor does a bundle under another name', async () => {
  const { ring, bundle, name } = await sealed()
  const [first, ...rest] = bundle.groups
  if (first === undefined) throw new Error('no group')
  const flipped = {
    ...first,
    sealed:
      `A${first.sealed.slice(1)}` === first.sealed
        ? `B${first.sealed.slice(1)}`
        : `A${first.sealed.slice(1)}`,
  }
  await expect(openBundle({ ...bundle, groups: [flipped, ...rest] }, ring.named)).rejects.toThrow(
    'altered',
  )
  const moved = { ...bundle, name: bundleName('3', 6) }
  await expect(openBundle(moved, ring.named)).rejects.toThrow('altered')
  expect(() => readBundle(JSON.stringify(moved), name)).toThrow('another name')
})

test('what is not listed is not kept, whoever sends it', () => {
  const kept = readRecord({
    ...outcome(1, 'ann'),
    password: 'canary',
    headers: { cookie: 'canary' },
  })
  expect(JSON.stringify(kept)).not.toContain('canary')
  expect(readRecord({ ...outcome(1, 'ann'), decision: 'canary' })).toBeUndefined()
})

test('who knows attempt and verdict can say which commitment an admission has', () => {
  const ask = {
    attempt: 'ab'.repeat(16),
    requestId: 'r1',
    requestHash: 'h',
    replayId: 'p',
    nonced: true,
    fenced: false,
    credentialId: 'cred',
    signedAtMs: 1,
    freshUntilMs: 2,
    operation: 'order.write',
    route: 'POST /v1/orders',
    kind: 'order' as const,
    permission: 'order.write',
    weight: 1,
    budget: 'tier' as const,
    address: '192.0.2.1',
    epoch: 0,
  }
  const record = admissionRecord({ keyId: 'k', account: 'a', user: 'u' }, ask, 7, 3)
  const shipped = readRecord(JSON.parse(JSON.stringify(record)))
  if (shipped === undefined) throw new Error('not a record')
  const kept = keep(shipped, saltOfAttempt(ask.attempt))
  expect(kept.text).toBe(recordText(record))
  expect(saltBytes(kept.salt)).toHaveLength(16)
})
