/** The keys that sign sessions: turned by command and by schedule, and never so that a good session breaks. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { decodeProtectedHeader } from 'jose'
import { expect, test } from 'vitest'
import { ask, Caller, type Reply } from './gateway.ts'
import { join, movingClock, pass, said, theOwner, wrongAt } from './staff.ts'

movingClock()

const AT = '/gw/v1/admin/signing-keys'
const DAY = 86_400
const keys = () => env.SIGNING_KEYS.getByName('sessions')

function states({ json }: Reply): Record<string, string> {
  const items: readonly { kid: string; state: string }[] = json.items
  return Object.fromEntries(items.map(({ kid, state }) => [kid, state]))
}

function turn(who: Caller, body: object = {}) {
  return who.call('POST', `${AT}/rotate`, { reason: 'quarterly', ...body })
}

test('a key is published for a day before it signs, and its forerunner verifies while tokens of it live', async () => {
  const owner = await theOwner()
  const before = await owner.call('GET', AT)
  expect(Object.values(states(before)).toSorted()).toEqual(['current', 'next'])
  const early = await turn(owner)
  expect(said(early)).toBe('409 conflict')
  expect(early.json.detail).toContain('published too recently')

  pass(DAY)
  const next = await Caller.begin(owner.who)
  const turned = await turn(next)
  expect(turned.status).toBe(200)
  const [old, fresh] = [decodeProtectedHeader(next.token).kid ?? '', states(turned)]
  expect(fresh[old]).toBe('retired')
  expect((await next.call('GET', AT)).status).toBe(200)
  const later = await Caller.begin(next.who, 1)
  expect(fresh[decodeProtectedHeader(later.token).kid ?? '']).toBe('current')

  pass(15 * 60)
  await runDurableObjectAlarm(keys())
  const published = await ask('GET', '/.well-known/jwks.json')
  const kids = published.json.keys.map(({ kid }: { kid: string }) => kid)
  expect(kids).not.toContain(old)
  expect(JSON.stringify(published.json)).not.toContain('"d"')
})

test('a compromised key verifies nothing any more, and the next one signs at once', async () => {
  const owner = await theOwner()
  const turned = await turn(owner, { compromised: true })
  expect(states(turned)[decodeProtectedHeader(owner.token).kid ?? '']).toBeUndefined()
  expect(Object.values(states(turned)).toSorted()).toEqual(['current', 'next'])
  // An isolate reads the keys again within a minute.
  pass(61)
  expect(said(await owner.call('GET', AT))).toBe('401 unauthorized')
  const again = await Caller.begin(owner.who)
  expect((await again.call('GET', AT)).status).toBe(200)
})

test('keys are turned by schedule, after thirty days, whoever comes', async () => {
  const owner = await theOwner()
  const before = states(await owner.call('GET', AT))
  pass(31 * DAY)
  await runDurableObjectAlarm(keys())
  const again = await Caller.begin(owner.who)
  const after = states(await again.call('GET', AT))
  const [old] = Object.entries(before).find(([, state]) => state === 'next') ?? ['']
  expect(after[old]).toBe('current')
  expect(decodeProtectedHeader(again.token).kid).toBe(old)
})

test('who turned them and why is kept with what was there before', async () => {
  const owner = await theOwner()
  pass(2 * DAY)
  const again = await Caller.begin(owner.who)
  expect((await turn(again, { reason: 'drill' })).status).toBe(200)
  const changes = await runInDurableObject(keys(), (_object, state) =>
    state.storage.sql.exec('SELECT * FROM change ORDER BY number').toArray(),
  )
  expect(changes.at(-1)).toMatchObject({
    before: expect.stringContaining('"current"'),
    provenance: expect.stringMatching(`"user":"${owner.who.userId}".*"reason":"drill"`),
  })
})

test('they are turned by an owner or an officer, and read by an auditor', async () => {
  const owner = await theOwner()
  const auditor = await join(owner, ['auditor'])
  const bob = await join(owner, ['client'])
  expect((await auditor.call('GET', AT)).status).toBe(200)
  expect(said(await turn(auditor))).toBe('403 role_missing')
  expect(said(await bob.call('GET', AT))).toBe('403 role_missing')
  const wrong = await turn(owner, { reason: '', compromised: 'yes' })
  expect(wrongAt(wrong).toSorted()).toEqual(['/compromised', '/reason'])
})
