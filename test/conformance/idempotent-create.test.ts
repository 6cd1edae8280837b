/** A create that is repeated makes nothing twice, and shows a secret to nobody twice. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cast, keyFor, type Member } from '../support/node/cast.ts'
import { Demo } from '../support/node/demo.ts'
import { askSigned, type Reply } from '../support/node/person.ts'

const ROUNDS = 8
const AT_ONCE = 10

const demo = new Demo()
let cast: Cast
let owner: Member
/** Whose keys are made. */
let holder: string

beforeAll(async () => {
  await demo.start()
  cast = await Cast.of(demo)
  owner = cast.owner
  holder = (await cast.person(['client'])).userId
})
afterAll(() => demo.stop())

function create(what: 'keys' | 'users', body: object, idempotencyKey: string): Promise<Reply> {
  return owner.call('POST', `/admin/${what}`, body, { 'idempotency-key': idempotencyKey })
}

/** What was made, and what was shown of it that nobody sees again. */
function made({ json }: Reply): { id: string; secret: string | undefined } {
  return { id: json.keyId ?? json.userId, secret: json.credential?.secret ?? json.totp?.secret }
}

async function idsOf(what: 'keys' | 'users'): Promise<readonly string[]> {
  const ids: string[] = []
  for (let query: string | undefined = ''; query !== undefined;) {
    const { json } = await owner.call('GET', `/admin/${what}${query}`)
    ids.push(
      ...json.items.map((item: { keyId?: string; userId: string }) => item.keyId ?? item.userId),
    )
    query = json.next && `?after=${json.next}`
  }
  return ids
}

const WANTED = {
  keys: () => keyFor(holder),
  users: () => ({ name: 'Made once', roles: ['support'] }),
}

describe.each(['keys', 'users'] as const)('%s:', (what) => {
  test('the same create again has the same id and no secret', async () => {
    const before = await idsOf(what)
    const first = await create(what, WANTED[what](), 'again')
    const second = await create(what, WANTED[what](), 'again')
    expect([first.status, second.status]).toEqual([201, 201])
    expect(made(first).secret).toMatch(/^[A-Za-z0-9+/=]{20,}$/)
    expect(made(second)).toEqual({ id: made(first).id, secret: undefined })
    expect(JSON.stringify(second.json)).not.toContain(made(first).secret)
    expect((await idsOf(what)).filter((id) => !before.includes(id))).toEqual([made(first).id])
  })

  test('another body under the same key is refused and makes nothing', async () => {
    const first = await create(what, WANTED[what](), 'other')
    const before = await idsOf(what)
    const other = await create(what, { ...WANTED[what](), name: 'Another' }, 'other')
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_conflict'])
    expect(JSON.stringify(other.json)).not.toContain(made(first).id)
    expect(await idsOf(what)).toEqual(before)
  })

  test('without a key, or under another one, each create makes its own', async () => {
    const replies = [
      await create(what, WANTED[what](), 'one'),
      await create(what, WANTED[what](), 'two'),
      await owner.call('POST', `/admin/${what}`, WANTED[what]()),
      await owner.call('POST', `/admin/${what}`, WANTED[what]()),
    ]
    expect(new Set(replies.map((reply) => made(reply).id)).size).toBe(replies.length)
  })

  test(`${AT_ONCE} at once make one, and one alone is shown a secret`, async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const before = await idsOf(what)
      const replies = await Promise.all(
        Array.from({ length: AT_ONCE }, () => create(what, WANTED[what](), `at-once-${round}`)),
      )
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]))
      const all = replies.map(made)
      const [id = ''] = new Set(all.map((one) => one.id))
      expect(new Set(all.map((one) => one.id)).size).toBe(1)
      expect((await idsOf(what)).filter((one) => !before.includes(one))).toEqual([id])
      expect(all.filter(({ secret }) => secret !== undefined)).toHaveLength(1)
      if (what === 'keys') await expectOneCredential(replies)
    }
  })
})

/** The one credential of the key is the one whose secret was shown, and it works. */
async function expectOneCredential(replies: readonly Reply[]): Promise<void> {
  const shown = replies.find((reply) => made(reply).secret !== undefined)
  const { id, secret } = shown?.json.credential ?? {}
  expect(new Set(replies.map(({ json }) => json.credential.id))).toEqual(new Set([id]))
  const credential = { id, secret, dialect: 'compact' } as const
  const self = await askSigned(demo.file.gateway, credential, 'GET', '/gw/v1/keys/self')
  expect(self).toMatchObject({ status: 200, json: { keyId: shown?.json.keyId, credential: id } })
}

test('idempotency keys that differ in their last character alone are two', async () => {
  const long = 'k'.repeat(254)
  const replies = [
    await create('users', WANTED.users(), `${long}1`),
    await create('users', WANTED.users(), `${long}2`),
    await create('users', WANTED.users(), `${long}1`),
  ]
  const [one, two, again] = replies.map((reply) => made(reply).id)
  expect(two).not.toBe(one)
  expect(again).toBe(one)
})

test.each([
  ['an empty one', ''],
  ['more than 255 characters', 'k'.repeat(256)],
  ['a space', 'a b'],
  ['what is not ASCII', 'ké'],
])('%s is no idempotency key, and nothing is made', async (_what, key) => {
  const before = await idsOf('users')
  const { status, json } = await create('users', WANTED.users(), key)
  expect([status, json.code]).toEqual([400, 'malformed_request'])
  expect(json.detail).toContain('Idempotency-Key')
  expect(await idsOf('users')).toEqual(before)
})

test('somebody else’s idempotency key is another one', async () => {
  const other = await Cast.of(demo, 'owner-2')
  const body = WANTED.keys()
  const [mine, theirs] = await Promise.all(
    [owner, other.owner].map((who) =>
      who.call('POST', '/admin/keys', body, { 'idempotency-key': 'shared' }),
    ),
  )
  expect(mine?.json.keyId).not.toBe(theirs?.json.keyId)
  expect(mine?.json.credential.secret).not.toBe(theirs?.json.credential.secret)
})
