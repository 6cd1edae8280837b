/** A rotation that is repeated makes no further credential, and shows its secret to nobody twice. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Cast, must, patiently, type Member, type ScratchKey } from '../support/node/cast.ts'
import { Demo } from '../support/node/demo.ts'
import { askSigned, type Reply } from '../support/node/person.ts'

const ROUNDS = 5
const AT_ONCE = 10

const demo = new Demo()
let cast: Cast
let owner: Member
let holder: string
let key: ScratchKey

beforeAll(async () => {
  await demo.start()
  cast = await Cast.of(demo)
  owner = cast.owner
  holder = (await cast.person(['client'])).userId
})
beforeEach(async () => {
  key = await cast.key(holder)
})
afterAll(() => demo.stop())

type Rotate = (idempotencyKey: string | undefined, more?: object) => Promise<Reply>

function headersOf(idempotencyKey: string | undefined) {
  return idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }
}

const WAYS: Readonly<Record<string, Rotate>> = {
  'by its owner': (idempotencyKey, more = {}) => {
    const body = { overlapSeconds: 60, ...more }
    const path = `/admin/keys/${key.keyId}/rotate`
    return owner.call('POST', path, body, headersOf(idempotencyKey))
  },
  'by itself': (idempotencyKey, more = {}) => rotateItself(key, idempotencyKey, more),
}

function rotateItself(
  { credential }: ScratchKey,
  idempotencyKey: string | undefined,
  more: object = {},
): Promise<Reply> {
  const { gateway } = demo.file
  const body = { overlapSeconds: 60, ...more }
  const options = { headers: headersOf(idempotencyKey) }
  const path = '/gw/v1/keys/self/rotate'
  return patiently(() => askSigned(gateway, credential, 'POST', path, body, options))
}

/** The credentials that the key lists, the first of which it was made with, and the revision that it has. */
async function listed(): Promise<{ ids: readonly string[]; etag: string | undefined }> {
  const { json, headers } = must(await owner.call('GET', `/admin/keys/${key.keyId}`), 200)
  return { ids: json.credentials.map(({ id }: { id: string }) => id), etag: headers.etag }
}

async function expectWorks(id: string, secret: string): Promise<void> {
  const credential = { id, secret, dialect: 'compact' } as const
  const { gateway } = demo.file
  const self = await patiently(() => askSigned(gateway, credential, 'GET', '/gw/v1/keys/self'))
  expect(self).toMatchObject({ status: 200, json: { keyId: key.keyId, credential: id } })
}

describe.each(Object.entries(WAYS))('%s:', (_who, rotate) => {
  test('the same rotation again answers the same credential and no secret', async () => {
    const first = await rotate('again')
    const made = await listed()
    const second = await rotate('again')
    expect([first.status, second.status]).toEqual([200, 200])
    const { id, secret } = first.json.credential
    expect(second.json).toEqual({
      credential: { id },
      previousEndsAt: first.json.previousEndsAt,
    })
    expect(made.ids).toEqual([key.credential.id, id])
    expect(second.headers.etag).toBe(first.headers.etag)
    expect(await listed()).toEqual(made)
    await expectWorks(id, secret)
  })

  test('so it does where nothing overlaps', async () => {
    const other = must(await rotate('first'), 200)
    const path = `/admin/keys/${key.keyId}/rotate`
    const body = { overlapSeconds: 0 }
    const ask = () => owner.call('POST', path, body, headersOf('at-once'))
    const [first, second] = [must(await ask(), 200), must(await ask(), 200)]
    expect(second.json.previousEndsAt).toBe(first.json.previousEndsAt)
    expect((await listed()).ids).toEqual([
      key.credential.id,
      other.json.credential.id,
      first.json.credential.id,
    ])
  })

  test('another body under the same key is refused and makes nothing', async () => {
    const first = must(await rotate('other'), 200)
    const before = await listed()
    const other = await rotate('other', { overlapSeconds: 61 })
    expect([other.status, other.json.code]).toEqual([422, 'idempotency_conflict'])
    expect(JSON.stringify(other.json)).not.toContain(first.json.credential.id)
    expect(await listed()).toEqual(before)
  })

  test('without a key, or under another one, each rotation makes its own', async () => {
    const first = key.credential.id
    const ids: string[] = []
    for (const name of ['one', 'two', undefined]) {
      const { id, secret } = must(await rotate(name), 200).json.credential
      ids.push(id)
      // Only the newest asks for its own successor.
      key = { ...key, credential: { ...key.credential, id, secret } }
    }
    expect(new Set(ids).size).toBe(3)
    expect((await listed()).ids).toEqual([first, ...ids])
  })

  test(`${AT_ONCE} at once make one, and one alone is shown a secret`, async () => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      key = await cast.key(holder)
      const replies = await Promise.all(Array.from({ length: AT_ONCE }, () => rotate('at-once')))
      expect(replies.map(({ status }) => status)).toEqual(Array.from(replies, () => 200))
      const ids = new Set(replies.map(({ json }) => json.credential.id))
      expect((await listed()).ids).toEqual([key.credential.id, ...ids])
      expect(ids.size).toBe(1)
      expect(new Set(replies.map(({ json }) => json.previousEndsAt)).size).toBe(1)
      const shown = replies.filter(({ json }) => json.credential.secret !== undefined)
      expect(shown).toHaveLength(1)
      await expectWorks(shown[0]?.json.credential.id, shown[0]?.json.credential.secret)
    }
  })
})

test('what was refused is carried out when it is repeated and can be', async () => {
  const rotate = (overlapSeconds: number, idempotencyKey?: string) =>
    owner.call(
      'POST',
      `/admin/keys/${key.keyId}/rotate`,
      { overlapSeconds },
      headersOf(idempotencyKey),
    )
  // Five that have not ended, for two seconds.
  for (let i = 0; i < 4; i += 1) must(await rotate(2), 200)
  expect((await rotate(60, 'later')).status).toBe(409)
  const before = await listed()
  await expect
    .poll(async () => (await rotate(60, 'later')).status, { timeout: 10_000, interval: 300 })
    .toBe(200)
  const again = must(await rotate(60, 'later'), 200)
  expect((await listed()).ids).toEqual([...before.ids, again.json.credential.id])
})

test('an idempotency key is one key’s and one person’s', async () => {
  const second = await cast.key(holder)
  const replies = [
    await rotateItself(key, 'shared'),
    await rotateItself(second, 'shared', { overlapSeconds: 61 }),
    await WAYS['by its owner']?.('shared', { overlapSeconds: 62 }),
  ]
  expect(replies.map((reply) => reply?.status)).toEqual([200, 200, 200])
  expect(new Set(replies.map((reply) => reply?.json.credential.secret)).size).toBe(3)
})
