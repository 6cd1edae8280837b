/** What is measured side by side, one row an entry. The reference of each is the bare worker with the same call. */
import { bearerRequest } from './bearer.ts'
import type { Running, World } from './contender.ts'
import { signedRequest, type BenchKey, type Call } from './keys.ts'
import type { Group } from './rounds.ts'
import { expectOnly, signed, type Load } from './slice.ts'
import { drive } from './client.ts'

export interface Row {
  /** For `--only`, and in results.json. */
  readonly name: string
  /** The contender's id. */
  readonly contender: string
  /** What its requests carry, as the table says it. */
  readonly carries: string
  readonly call: Call
  /** The name of the one key, or `many` for all others in turn. */
  readonly key: string
}

const row = (name: string, contender: string, carries: string, call: Call, key = 'hot'): Row => ({
  name,
  contender,
  carries,
  call,
  key,
})

/** How many keys there are beside those with a name. Making a thousand takes too long to be quick. */
export const manyKeys = (quick: boolean) => (quick ? 100 : 1_000)

export const ROWS: readonly Row[] = [
  row('one-call-read', 'one-call', 'not looked at', 'read'),
  row('one-call-order', 'one-call', 'not looked at', 'order'),
  row('read', 'portcullis', 'compact', 'read'),
  row('read-many', 'portcullis', 'compact', 'read', 'many'),
  row('read-hmac', 'portcullis', 'RFC 9421, HMAC', 'read', 'rfc9421'),
  row('read-ed25519', 'portcullis', 'RFC 9421, Ed25519', 'read', 'ed25519'),
  row('read-ecdsa', 'portcullis', 'RFC 9421, ECDSA', 'read', 'ecdsa'),
  row('read-binance', 'portcullis', 'binance', 'read', 'binance'),
  row('order', 'portcullis', 'compact', 'order'),
  row('order-hmac', 'portcullis', 'RFC 9421, HMAC', 'order', 'rfc9421'),
  row('order-binance', 'portcullis', 'binance', 'order', 'binance'),
  row('assembled-hmac-read', 'assembled-hmac', 'compact', 'read'),
  row('assembled-hmac-order', 'assembled-hmac', 'compact', 'order'),
  row('assembled-jwt-read', 'assembled-jwt', 'bearer token', 'read'),
  row('haproxy-read', 'haproxy', 'compact', 'read'),
  row('haproxy-order', 'haproxy', 'compact', 'order'),
  row('nginx-read', 'nginx', 'compact', 'read'),
  row('nginx-order', 'nginx', 'compact', 'order'),
]

export const CONNECTIONS = 32

/** The rows of contenders that run, by the calls of their references. */
export function groupsOf(
  rows: readonly Row[],
  running: ReadonlyMap<string, Running>,
  world: World,
): Group[] {
  const bare = running.get('bare')
  if (bare === undefined) throw new Error('Cannot compare: the bare worker does not run')
  return (['read', 'order'] as const).flatMap((call) => {
    const loads = rows.flatMap((one) => {
      const contender = running.get(one.contender)
      return one.call === call && contender !== undefined ? [loadOf(one, contender, world)] : []
    })
    return loads.length === 0 ? [] : [{ reference: bareLoad(bare, call, world), loads }]
  })
}

/** The bare worker never looks at what it passes on, so one request serves for all. */
export function bareLoad(
  running: Running,
  call: Call,
  world: World,
  connections = CONNECTIONS,
): Load {
  const request = signedRequest(keyNamed(world, 'hot'), call, running.port)
  const name = `bare ${call} ${connections}`
  return { name, running, connections, call, make: () => request }
}

function loadOf({ name, carries, call, key: keyName }: Row, running: Running, world: World): Load {
  const common = { name, running, connections: CONNECTIONS, call }
  if (keyName === 'many') {
    const keys = world.keys.filter((one) => one.name.startsWith('many-'))
    return manyLoad(common, keys)
  }
  const key = keyNamed(world, keyName)
  if (carries === 'bearer token') {
    return { ...common, make: async () => bearerRequest(key, running.port) }
  }
  return { ...common, make: () => signedRequest(key, call, running.port) }
}

/** Keys used in turn, each of them once before each slice: an object that was idle for ten seconds sleeps. */
export function manyLoad(
  common: Pick<Load, 'name' | 'running' | 'connections' | 'call'>,
  keys: readonly BenchKey[],
): Load {
  const { running, call } = common
  const make = (index: number) => {
    const key = keys[index % keys.length]
    if (key === undefined) throw new Error('Cannot use keys in turn: there are none')
    return signedRequest(key, call, running.port)
  }
  return {
    ...common,
    make,
    async prepare() {
      const { statuses } = await drive(
        running.port,
        CONNECTIONS,
        await signed({ make }, keys.length),
      )
      expectOnly(common, statuses)
    },
  }
}

/** @throws when there is none. */
export function keyNamed({ keys }: Pick<World, 'keys'>, name: string) {
  const key = keys.find((one) => one.name === name)
  if (key === undefined) throw new Error(`There is no key ${name}`)
  return key
}
