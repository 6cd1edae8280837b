/**
 * I3 under load: of the requests of a key that is used all the time, the first that starts after a suspension, a
 * rotation, a change of addresses or roles or the end of a session has been acknowledged is judged by it. In full with
 * `npm run prove -- revocation`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SigningCredential } from '../../src/client/sign.ts'
import { Cast, type ScratchKey } from '../support/node/cast.ts'
import { Demo } from '../support/node/demo.ts'
import { askSigned, Session, type Reply } from '../support/node/person.ts'
import { FULL, rounds, shown } from '../support/node/size.ts'
import { Staff } from '../support/node/staff.ts'

const demo = new Demo()
const LANES = 8
/** Requests of each lane that are under way besides. */
const LOAD = 2
const LONG_MS = FULL ? 3_600_000 : 120_000

interface Lane {
  readonly client: { readonly userId: string; readonly totpSecret: string }
  readonly key: ScratchKey
  readonly officer: Staff
  readonly owner: Staff
}

const lanes: Lane[] = []

beforeAll(async () => {
  await demo.start()
  const cast = await Cast.of(demo)
  const { gateway } = demo.file
  for (let i = 0; i < LANES; i += 1) {
    const client = await cast.person(['client'], true)
    const permissions = ['market.read', 'account.read']
    const key = await cast.key(client.userId, { tier: 'unmetered', permissions })
    const officer = await Staff.make(cast, gateway, ['security'])
    const owner = await Staff.make(cast, gateway, ['owner'])
    lanes.push({ client, key, officer, owner })
  }
}, 300_000)

afterAll(() => demo.stop())

/** What a change was followed by, of the requests that started after it was acknowledged. */
interface Tally {
  changes: number
  refused: number
  admitted: number
  underLoad: number
  others: number
}

/** Signed reads all the time, and whether one that starts now must be refused. */
class Load {
  readonly #read: () => Promise<Reply>
  readonly tally: Tally
  #over = false
  /** Counts the times while a change is in force; 0 in between. */
  #window = 0
  #windows = 0
  #running: Promise<void>[] = []

  constructor(read: () => Promise<Reply>, tally: Tally) {
    this.#read = read
    this.tally = tally
    this.#running = Array.from({ length: LOAD }, () => this.#go())
  }

  async #go(): Promise<void> {
    while (!this.#over) {
      const during = this.#window
      const { status } = await this.#read()
      // Answered before anybody began to undo it: what was judged after may have been admitted rightly.
      if (during === 0 || during !== this.#window) continue
      this.tally.underLoad += 1
      if (status < 400) this.tally.admitted += 1
    }
  }

  /** The first request after the acknowledgement. */
  async first(status: number, code: string): Promise<void> {
    this.#windows += 1
    this.#window = this.#windows
    const { status: answered, json } = await this.#read()
    this.tally.changes += 1
    if (answered < 400) this.tally.admitted += 1
    else if (answered === status && json.code === code) this.tally.refused += 1
    else this.tally.others += 1
    // It stays in force until requests of the load have begun and ended within it.
    for (let i = 0; i < 2; i += 1) await this.#read()
  }

  /** From now on the change may be undone. */
  over(): void {
    this.#window = 0
  }

  async end(): Promise<void> {
    this.#over = true
    await Promise.all(this.#running)
  }
}

function newTally(): Tally {
  return { changes: 0, refused: 0, admitted: 0, underLoad: 0, others: 0 }
}

function reader(credential: () => SigningCredential) {
  return () => askSigned(demo.file.gateway, credential(), 'GET', '/v1/ticker/BTC-USD')
}

async function good(call: () => Promise<Reply>): Promise<Reply> {
  const reply = await call()
  if (reply.status !== 200) throw new Error(`not changed: ${JSON.stringify(reply.json)}`)
  return reply
}

/** Each lane changes and undoes, `changes` times in all. */
async function drill(
  what: string,
  changes: number,
  go: (lane: Lane, load: Load) => Promise<void>,
  credential: (lane: Lane) => () => SigningCredential = ({ key }) =>
    () =>
      key.credential,
): Promise<void> {
  const tally = newTally()
  const each = Math.ceil(changes / lanes.length)
  await Promise.all(
    lanes.map(async (lane) => {
      const load = new Load(reader(credential(lane)), tally)
      for (let round = 0; round < each; round += 1) await go(lane, load)
      await load.end()
    }),
  )
  judge(what, tally)
}

function judge(what: string, { changes, refused, admitted, others, underLoad }: Tally): void {
  shown(
    `${what}: ${changes} changes under load; the first request after each: ${refused} refused, ${others} otherwise, ${admitted} admitted; ${underLoad} further ones while it held`,
  )
  expect({ refused, others, admitted }).toEqual({ refused: changes, others: 0, admitted: 0 })
}

// @control mission/revocation rts6/21-stop
test(
  'a key: suspended is refused, resumed goes on',
  () =>
    drill('key', rounds(40, 4_060), async ({ key: { keyId, credential }, officer }, load) => {
      const at = `/gw/v1/admin/keys/${keyId}`
      await good(() => officer.call('POST', `${at}/suspend`, { reason: 'drill' }))
      await load.first(403, 'key_suspended')
      load.over()
      await good(() => officer.call('POST', `${at}/resume`, { reason: 'drill' }))
      const { status } = await askSigned(demo.file.gateway, credential, 'GET', '/v1/ticker/BTC-USD')
      expect(status).toBe(200)
    }),
  LONG_MS,
)

test(
  'addresses: a request from elsewhere than the new ones is refused',
  () =>
    drill('addresses', rounds(40, 3_000), async ({ key: { keyId }, owner }, load) => {
      const at = `/gw/v1/admin/keys/${keyId}`
      const set = async (addresses: readonly string[]) => {
        const { headers } = await good(() => owner.get(at))
        const etag = { headers: { 'if-match': String(headers.etag) } }
        await good(() => owner.call('PUT', `${at}/addresses`, { addresses, reason: 'drill' }, etag))
      }
      await set(['192.0.2.0/24'])
      await load.first(403, 'address_not_allowed')
      load.over()
      await set([])
    }),
  LONG_MS,
)

// @control mission/revocation pci/8.2
test(
  'roles: without the role the key may do nothing',
  () =>
    drill('roles', rounds(40, 1_500), async ({ client: { userId }, owner }, load) => {
      const at = `/gw/v1/admin/users/${userId}`
      const set = async (roles: readonly string[]) => {
        const { headers } = await good(() => owner.get(at))
        const etag = { headers: { 'if-match': String(headers.etag) } }
        await good(() => owner.call('PUT', `${at}/roles`, { roles, reason: 'drill' }, etag))
      }
      await set([])
      await load.first(403, 'permission_missing')
      load.over()
      await set(['client'])
    }),
  LONG_MS,
)

// @control mission/revocation
test(
  'a session: ended by an officer, its token is refused',
  async () => {
    const tally = newTally()
    const each = Math.ceil(rounds(8, 40) / lanes.length)
    await Promise.all(
      lanes.map(async ({ client, key, officer }) => {
        for (let round = 0; round < each; round += 1) {
          const { gateway } = demo.file
          const session = await Session.begin(gateway, key.credential, client.totpSecret)
          const load = new Load(() => session.get('/v1/ticker/BTC-USD'), tally)
          const at = `/gw/v1/admin/users/${client.userId}/sessions/${sidOf(session)}`
          await good(() => officer.call('DELETE', at))
          await load.first(401, 'unauthorized')
          await load.end()
        }
      }),
    )
    judge('sessions', tally)
  },
  LONG_MS,
)

// @control mission/revocation
test(
  'credentials: rotated without an overlap, the old one is refused',
  async () => {
    const current = new Map(lanes.map(({ key }) => [key.keyId, key.credential]))
    await drill(
      'credentials',
      rounds(40, 1_400),
      async ({ key: { keyId }, owner }, load) => {
        const at = `/gw/v1/admin/keys/${keyId}`
        const rotated = await good(() => owner.call('POST', `${at}/rotate`, { overlapSeconds: 0 }))
        await load.first(403, 'credential_expired')
        load.over()
        const { id, secret } = rotated.json.credential
        current.set(keyId, { id, secret, dialect: 'compact' })
      },
      ({ key }) =>
        () =>
          current.get(key.keyId) ?? key.credential,
    )
  },
  LONG_MS,
)

function sidOf({ tokens }: Session): string {
  const [, payload = ''] = tokens.access_token.split('.')
  const claims: { sid: string } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))
  return claims.sid
}
