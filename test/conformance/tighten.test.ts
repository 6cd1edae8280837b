/** A client may make their own key tighter, never wider: each step of the way down, and none back up. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Cast, must, type Member } from '../support/node/cast.ts'
import { Demo } from '../support/node/demo.ts'

const REASON = { reason: 'Tighter' }

const demo = new Demo()
let cast: Cast
let client: Member

beforeAll(async () => {
  await demo.start()
  cast = await Cast.of(demo)
  client = await cast.member('client')
})
afterAll(() => demo.stop())

const ALL = ['account.read', 'order.cancel', 'order.write']
const burst = (limit: number, windowSeconds = 1) => ({ name: 'burst', limit, windowSeconds })
const day = (limit: number) => ({ name: 'day', limit, windowSeconds: 86_400 })

/** What is asked for in turn, each from where the one before led: `down` is made, `up` is refused. */
const STEPS: readonly (readonly [
  what: string,
  up: 'owner' | 'risk',
  down: unknown[],
  up: unknown[],
][])[] = [
  [
    ['permissions', 'owner', ALL, [[...ALL, 'withdrawal.write'], ['withdrawal.write']]],
    ['permissions', 'owner', ['account.read'], [['order.write'], ALL]],
    ['permissions', 'owner', [], [['account.read'], ['market.read']]],
  ],
  [
    ['addresses', 'owner', ['10.0.0.0/8', '2001:db8::/32'], []],
    ['addresses', 'owner', ['10.0.0.0/8'], [[], ['0.0.0.0/0'], ['::/0'], ['11.0.0.0/8']]],
    [
      'addresses',
      'owner',
      ['10.1.0.0/16'],
      [
        ['10.0.0.0/8'],
        ['10.1.0.0/16', '10.2.0.0/16'],
        ['10.1.0.0/15'],
        ['::ffff:0:0/96'],
        ['10.1.0.0/16', '::/0'],
      ],
    ],
    [
      'addresses',
      'owner',
      ['10.1.2.3'],
      [['10.1.2.3/31'], ['10.1.2.4'], ['::ffff:10.1.2.3/127'], []],
    ],
    ['addresses', 'owner', ['::ffff:10.1.2.3/128'], [[]]],
  ],
  [
    ['limits', 'risk', [burst(10)], [[burst(11)], [day(100_001)], [burst(10, 60)]]],
    ['limits', 'risk', [burst(5), day(1_000)], [[burst(6), day(1_001)], [burst(10, 2)]]],
    [
      'limits',
      'risk',
      [burst(4), day(1_000)],
      [[burst(4)], [day(1_000)], [], [burst(5), day(1_000)]],
    ],
    ['limits', 'risk', [burst(1), day(1), { name: 'hour', limit: 1, windowSeconds: 3_600 }], []],
    [
      'limits',
      'risk',
      [burst(1), day(1), { name: 'hour', limit: 1, windowSeconds: 3_600 }],
      [[burst(1), day(1)]],
    ],
  ],
]

test.each(STEPS.map((steps) => [steps[0]?.[0] ?? '', steps] as const))(
  '%s',
  async (what, steps) => {
    const { keyId } = await cast.key(client.userId, { permissions: ALL })
    const path = `/admin/keys/${keyId}`
    for (const [, widener, down, ups] of steps) {
      must(await client.change(`/${what}`, path, { [what]: down, ...REASON }), 200)
      const before = await client.call('GET', path)
      for (const up of ups) {
        const { status, json } = await client.change(`/${what}`, path, { [what]: up, ...REASON })
        const about = JSON.stringify([down, up])
        expect([about, status, json.code, json.required]).toEqual([
          about,
          403,
          'role_missing',
          [widener],
        ])
      }
      const after = await client.call('GET', path)
      expect([after.json, after.headers.etag]).toEqual([before.json, before.headers.etag])
    }
  },
)

test('a key that its owner suspended is not resumed by them, one that they revoked by nobody', async () => {
  const { keyId } = await cast.key(client.userId)
  const path = `/admin/keys/${keyId}`
  const security = await cast.member('security')
  must(await client.call('POST', `${path}/suspend`, REASON), 200)
  const resumed = await client.call('POST', `${path}/resume`, REASON)
  expect(resumed.json).toMatchObject({ code: 'role_missing', required: ['security'] })
  must(await security.call('POST', `${path}/resume`, REASON), 200)
  must(await client.call('POST', `${path}/revoke`, REASON), 200)
  expect((await security.call('POST', `${path}/resume`, REASON)).json.code).toBe('conflict')
  expect((await security.call('POST', `${path}/suspend`, REASON)).json.code).toBe('conflict')
  const rotated = await client.call('POST', `${path}/rotate`, { overlapSeconds: 60 })
  expect(rotated.json.code).toBe('conflict')
  const { json } = await client.call('GET', path)
  expect([json.status, json.credentials.length]).toEqual(['revoked', 1])
})
