/** The copy in a write-once store: everything gets there once, in an order that a crash cannot spoil, and is compared. */
import { expect, test } from 'vitest'
import {
  compare,
  copyNew,
  NO_COPY,
  readCopyState,
  type CopyState,
  type SourceBucket,
} from '../../../src/audit/copy.ts'
import { EMPTY_EDGE, edgeRoot, grow, type Edge } from '../../../src/audit/edge.ts'
import { formatCheckpoint } from '../../../src/audit/checkpoint.ts'
import { s3Store, type WriteOnceStore } from '../../../src/audit/write-once.ts'
import { toBase64, toHex, utf8, sha256 } from '../../../src/lib/bytes.ts'
import { Secret } from '../../../src/lib/secret.ts'

const NOW = 1_800_000_000_000

/** A bucket in memory with a log and bundles in it. */
class Memory implements SourceBucket, WriteOnceStore {
  readonly objects = new Map<string, Uint8Array>()
  failAfter = Number.POSITIVE_INFINITY
  #edge: Edge = EMPTY_EDGE

  async read(name: string) {
    return this.objects.get(name)
  }
  async list(prefix: string, after: string, most = 1_000) {
    const names = [...this.objects.keys()].filter((name) => name.startsWith(prefix) && name > after)
    const page = names.toSorted((a, b) => (a < b ? -1 : 1)).slice(0, most)
    return page.map((name) => ({ name, size: this.objects.get(name)?.length ?? 0 }))
  }
  async put(name: string, bytes: Uint8Array) {
    this.failAfter -= 1
    if (this.failAfter < 0) throw new Error('down')
    if (this.objects.has(name)) return 'there' as const
    this.objects.set(name, bytes)
    return 'written' as const
  }
  append(count: number): void {
    const entries = Array.from({ length: count }, (_, i) => utf8(`entry ${this.#edge.size + i}`))
    const grown = grow(this.#edge, entries)
    this.#edge = grown.edge
    for (const { name, bytes } of grown.objects) this.objects.set(`log/${name}`, bytes)
    const head = { origin: 'log.example', size: this.#edge.size, root: edgeRoot(this.#edge) }
    const note = `${formatCheckpoint(head)}\n— log.example ${toBase64(new Uint8Array(68))}\n`
    this.objects.set('log/checkpoint', utf8(note))
  }
  bundle(shard: string, first: number): void {
    this.objects.set(`records/${shard}/${String(first).padStart(12, '0')}`, utf8(`bundle ${first}`))
  }
}

async function copyAll(state: CopyState, source: Memory, store: Memory): Promise<CopyState> {
  for (;;) {
    const done = await copyNew(state, ['0', '1'], source, store, NOW)
    state = readCopyState(JSON.stringify(done.state))
    if (!done.more) return state
  }
}

function world() {
  const [source, store] = [new Memory(), new Memory()]
  source.append(300)
  for (const first of [1, 5, 9]) source.bundle('0', first)
  source.bundle('1', 1)
  return { source, store }
}

// @control 17a-4(f)(2)(ii) 17a-4(f)(2)(v)
test('everything is copied, the checkpoint last, and the comparison finds nothing lacking', async () => {
  const { source, store } = world()
  let state = await copyAll(NO_COPY, source, store)
  source.append(70_000)
  source.bundle('1', 4)
  state = await copyAll(state, source, store)
  expect([...store.objects.keys()].at(-1)).toBe('log/checkpoints/70300')
  const done = await compare(state, ['0', '1'], source, store, NOW)
  expect(done.lacking).toEqual([])
  expect(done.compared).toBe(5 + 2 * Math.floor(70_300 / 256) + 1)
})

test('what fails half-way is gone on with, and no checkpoint is there before what it covers', async () => {
  for (let fail = 0; fail < 10; fail += 1) {
    const { source, store } = world()
    store.failAfter = fail
    await expect(copyAll(NO_COPY, source, store)).rejects.toThrow('down')
    expect(store.objects.has('log/checkpoints/300')).toBe(false)
    store.failAfter = Number.POSITIVE_INFINITY
    const state = await copyAll(NO_COPY, source, store)
    expect((await compare(state, ['0', '1'], source, store, NOW)).lacking).toEqual([])
  }
})

// @control 17a-4(f)(2)(ii)
test('an object that the copy lost, or has otherwise, is named', async () => {
  const { source, store } = world()
  const state = await copyAll(NO_COPY, source, store)
  store.objects.delete('records/0/000000000005')
  store.objects.set('log/tile/0/000', utf8('short'))
  const { lacking } = await compare(state, ['0', '1'], source, store, NOW)
  expect(lacking).toEqual(['records/0/000000000005', 'log/tile/0/000'])
})

// @control 17a-4(f)(2)(i)(B)
test('what is put is signed, locked until its day, never written over, and says its own hash', async () => {
  const sent: Request[] = []
  const settings = {
    url: new URL('https://s3.example/audit'),
    region: 'eu-central-1',
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: new Secret(utf8('an obviously fake secret')),
    lockDays: 10,
  }
  const statuses = [200, 412, 500]
  const store = s3Store(settings, async (request) => {
    sent.push(request)
    return new Response(null, { status: statuses.shift() ?? 500 })
  })
  const bytes = utf8('octets')
  expect(await store.put('log/tile/0/000', bytes, NOW)).toBe('written')
  expect(await store.put('log/tile/0/000', bytes, NOW)).toBe('there')
  await expect(store.put('log/tile/0/000', bytes, NOW)).rejects.toThrow('answers 500')
  const [{ url, headers } = new Request('https://none.example')] = sent
  expect(url).toBe('https://s3.example/audit/log/tile/0/000')
  expect(headers.get('if-none-match')).toBe('*')
  expect(headers.get('x-amz-object-lock-mode')).toBe('COMPLIANCE')
  expect(headers.get('x-amz-object-lock-retain-until-date')).toBe('2027-01-25T08:00:00.000Z')
  expect(headers.get('x-amz-sdk-checksum-algorithm')).toBe('SHA256')
  expect(headers.get('x-amz-content-sha256')).toBe(toHex(await sha256(bytes)))
  expect(headers.get('authorization')).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/[0-9]{8}\/eu-central-1\/s3\/aws4_request, SignedHeaders=[a-z0-9;-]*x-amz-object-lock-mode/,
  )
})
