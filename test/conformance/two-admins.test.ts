/** Two people change one thing at once: nobody's change is lost unseen. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Cast, must, type Member } from '../support/node/cast.ts'
import { Demo } from '../support/node/demo.ts'
import { tally } from '../support/node/tally.ts'
import type { Reply } from '../support/node/person.ts'

const ROUNDS = 20
const REASON = { reason: 'Two at once' }

const demo = new Demo()
let admins: readonly Member[]
let reader: Member
let paths: Readonly<Record<'key' | 'user', string>>

beforeAll(async () => {
  await demo.start()
  const cast = await Cast.of(demo)
  admins = [cast.owner, (await Cast.of(demo, 'owner-2')).owner]
  reader = await cast.member('owner', 'risk', 'security')
  const { userId } = await cast.person(['client'])
  const { keyId } = await cast.key(userId)
  paths = { key: `/admin/keys/${keyId}`, user: `/admin/users/${userId}` }
})
afterAll(() => demo.stop())

async function read(path: string) {
  const { json, headers } = must(await reader.call('GET', path), 200)
  return { json, etag: headers.etag ?? '' }
}

/** What both send at once, and what each change leaves behind. */
interface Change {
  readonly what: string
  readonly of: 'key' | 'user'
  readonly body: (round: number, admin: number) => object
}

const ROLES = [['client'], ['support'], ['client', 'support'], ['auditor']]
const CHANGES: readonly Change[] = [
  {
    what: 'addresses',
    of: 'key',
    body: (round, admin) => ({ addresses: [`10.${admin}.${round}.0/24`] }),
  },
  {
    what: 'permissions',
    of: 'key',
    body: (round, admin) => ({
      permissions: [['order.write', 'market.read', 'account.read'][(round + admin) % 3]],
    }),
  },
  {
    what: 'roles',
    of: 'user',
    body: (round, admin) => ({ roles: ROLES[(round + admin) % ROLES.length] }),
  },
]

describe.each(CHANGES)('$what of a $of:', ({ what, of, body }) => {
  test(`${ROUNDS} times, of two changes of what was read together one is made, the other told so`, async () => {
    const path = paths[of]
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = await read(path)
      const send = (admin: Member, i: number) =>
        admin.call(
          'PUT',
          `${path}/${what}`,
          { ...body(round, i), ...REASON },
          { 'if-match': before.etag },
        )
      const replies = await Promise.all(admins.map(send))
      expect(tally(replies.map(({ status, json }) => json.code ?? String(status)))).toEqual({
        200: 1,
        precondition_failed: 1,
      })
      const winner = replies.findIndex(({ status }) => status === 200)
      const after = await read(path)
      expect(after.json).toEqual({ ...before.json, ...body(round, winner) })
      expect(after.etag).not.toBe(before.etag)
      expect(replies[winner]?.headers.etag).toBe(after.etag)
      expect(replies[winner]?.json).toEqual(after.json)
    }
  })

  test('without If-Match, or with what is not the ETag that is there, nothing is changed', async () => {
    const path = paths[of]
    const before = await read(path)
    const put = (headers: Readonly<Record<string, string>>): Promise<Reply> =>
      reader.call('PUT', `${path}/${what}`, { ...body(0, 0), ...REASON }, headers)
    const missing = await put({})
    expect([missing.status, missing.json.code]).toEqual([428, 'precondition_required'])
    const { etag } = before
    const number = /\d+/.exec(etag)?.[0] ?? ''
    const next = Number(number) + 1
    const others = `* W/${etag} ${number} v${number} "V${number}" "v0${number}" "v${number}.0" "v-${number}" "v+${number}"
      'v${number}' "" " null ${etag},"v999" "v999",${etag} "v${next}" "v${next - 2}" "v999999999999"`
    for (const other of others.split(/\s+/)) {
      const { status, json } = await put({ 'if-match': other })
      expect([other, status, json.code]).toEqual([other, 412, 'precondition_failed'])
    }
    expect(await read(path)).toEqual(before)
  })
})

describe('an ETag', () => {
  test('of a key changes with each edit, and with nothing else', async () => {
    const path = paths.key
    const seen = new Set([(await read(path)).etag])
    const edits: readonly (() => Promise<Reply>)[] = [
      () => reader.change('/addresses', path, { addresses: [], ...REASON }),
      () => reader.change('/permissions', path, { permissions: ['account.read'], ...REASON }),
      () =>
        reader.change('/limits', path, {
          limits: [{ name: 'burst', limit: 2, windowSeconds: 1 }],
          ...REASON,
        }),
      () => reader.call('POST', `${path}/suspend`, REASON),
      () => reader.call('POST', `${path}/resume`, REASON),
      () => reader.call('POST', `${path}/rotate`, { overlapSeconds: 60 }),
    ]
    for (const edit of edits) {
      must(await edit(), 200)
      const { etag } = await read(path)
      expect(seen).not.toContain(etag)
      seen.add(etag)
    }
    const { etag } = await read(path)
    for (const refused of [
      await reader.change('/addresses', path, { addresses: ['nowhere'], ...REASON }),
      await reader.change('/limits', path, { limits: [], ...REASON }),
      await reader.call('POST', `${path}/suspend`, {}),
      await reader.call('POST', `${path}/rotate`, { overlapSeconds: -1 }),
    ]) {
      expect(refused.status).toBeGreaterThanOrEqual(400)
      expect((await read(path)).etag).toBe(etag)
    }
  })

  test('of a person changes with other roles, not with what the person does', async () => {
    const { userId } = reader
    const before = await read(`/admin/users/${userId}`)
    must(await reader.call('DELETE', `/admin/users/${userId}/sessions/none`), 404)
    must(await reader.call('GET', '/keys/self'), 200)
    expect((await read(`/admin/users/${userId}`)).etag).toBe(before.etag)
  })
})

test('of two that rotate one key at once each has a credential that the key lists', async () => {
  const replies = await Promise.all(
    admins.map((admin) => admin.call('POST', `${paths.key}/rotate`, { overlapSeconds: 60 })),
  )
  const made = replies.map((reply) => must(reply, 200).json.credential)
  expect(new Set(made.map(({ secret }) => secret)).size).toBe(admins.length)
  const { json } = await read(paths.key)
  const listed = json.credentials.map(({ id }: { id: string }) => id)
  for (const { id } of made) expect(listed).toContain(id)
})
