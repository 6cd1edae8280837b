/** I11, the other side: what happens to an honest log is not called broken. */
import { beforeAll, describe, expect, test } from 'vitest'
import { COSIGNATURE } from '../../src/audit/note.ts'
import { Case, REMOVED, type Signers } from '../support/node/audit-case.ts'
import type { Draft } from '../support/node/audit-draft.ts'
import { makeKey } from '../support/node/audit-export.ts'
import { History } from '../support/node/audit-history.ts'
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

describe('an honest log', () => {
  // @control mission/forensics 17a-4(f)(2)(ii)
  test('passes every claim, with gaps, late parts, unknown outcomes and restarts in it', async () => {
    const made = new Case(draft, signers)
    await made.sealed()
    const verification = await made.verify()
    expect(verification.findings).toEqual([])
    expect(verification.claims.every(({ status }) => status === 'pass')).toBe(true)
    expect(verification.ok).toBe(true)
    expect(verification.witnesses).toHaveLength(2)
    const { calls, sequence, changes } = Object.fromEntries(
      verification.claims.map(({ id, figures }) => [id, figures]),
    )
    for (const count of [calls?.['unknown'], sequence?.['gaps'], changes?.['changes']])
      expect(count).toBeGreaterThan(3)
  })

  test('passes at any of its rounds: what is on its way is waited for, and not longer', async () => {
    const made = new Case(draft, signers)
    const { admission, outcome } = made.call(90)
    const [from, to] = [Math.min(admission, outcome), Math.max(admission, outcome)]
    const cut = made.draft.findIndex((item, i) => i > from && i <= to && item.kind === 'round')
    made.draft.splice(cut < 0 ? to : cut)
    await made.sealed({ keep: [] })
    expect((await made.verify()).findings).toEqual([])
    const strict = await made.verify({ graceMs: 0 })
    expect(Object.keys(strict.counts).length).toBeGreaterThan(0)
    expect(strict.ok).toBe(false)
  })

  test('passes with shredded records, and says how many', async () => {
    const made = new Case(draft, signers)
    for (let nth = 0; nth < 30; nth += 1) made.record(made.of('outcome', nth)).line = 'shredded'
    await made.sealed()
    const { ok, claims } = await made.verify()
    expect(ok).toBe(true)
    expect(claims.find(({ id }) => id === 'complete')?.figures).toMatchObject({ shredded: 30 })
  })

  test('passes with the records of a part of it, if that part is what was asked for', async () => {
    const made = new Case(draft, signers)
    const { size } = await made.sealed().then(() => made.checkpoint('checkpoint'))
    for (let index = 0; index < size; index += 1)
      if ((index < 300 || index >= 500) && made.draft[index]?.kind === 'record')
        made.editLine(index, () => REMOVED)
    expect((await made.verify({ from: 300, to: 500 })).findings).toEqual([])
    const { ok, counts } = await made.verify()
    expect({ ok, counts }).toMatchObject({
      ok: false,
      counts: { 'record-missing': expect.anything() },
    })
  })

  test('passes when its key was changed: the old one vouches for the new one', async () => {
    const made = new Case(draft, { ...signers, witnesses: [] })
    const { log } = made.signers
    const next = await makeKey()
    made.round(20).leaf = { keys: [log.vkey, next.vkey] }
    made.round(40).leaf = { keys: [next.vkey] }
    const by = (rounds: number) => (rounds <= 20 ? [log] : rounds <= 40 ? [log, next] : [next])
    await made.sealed({ signers: by, keep: [30] })
    const { ok, counts, signedBy } = await made.verify()
    expect({ ok, counts }).toEqual({ ok: true, counts: { 'key-announced': 1 } })
    expect(signedBy).toEqual([`${next.key.name}+${next.key.id}`])
    // Without that checkpoint there is nothing by which the old key would have spoken for it.
    await made.sealed({ signers: by, keep: [] })
    expect((await made.verify()).counts).toHaveProperty('checkpoint-untrusted')
  })

  test('passes and tells of what the gateway itself recorded: a fork, a clock that went back', async () => {
    const made = new Case(draft, signers)
    made.round(8).leaf = { clockBackMs: 40 }
    const place = made.next(200)
    const { atMs } = made.record(place).record
    const fork = { of: 'admission', number: 3, body: '{}', keyId: 'key_0001' } as const
    made.insert(place, { v: 1, type: 'fork', uid: 'fork', atMs, ...fork })
    await made.sealed()
    const { ok, counts, findings } = await made.verify()
    expect({ ok, counts }).toEqual({ ok: true, counts: { 'clock-back': 1, 'number-forked': 1 } })
    expect(findings.find(({ code }) => code === 'number-forked')?.place.index).toBe(place + 1)
  })

  test('of whose key nobody was told proves nothing', async () => {
    const made = new Case(draft, signers)
    await made.sealed()
    const { ok, claims, counts } = await made.verify({ policy: undefined })
    expect({ ok, counts }).toMatchObject({ ok: false, counts: { 'key-missing': 1 } })
    expect(must(claims[0])).toMatchObject({ id: 'signature', status: 'fail' })
  })
})
