/**
 * Shows that a contender does its job before its speed is measured: a gateway that lets everything through is a fast
 * one. What it must do, it does or this throws; what it may do is reported.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Asker } from './asker.ts'
import type { Contender, Running, World } from './contender.ts'

/** What was shown of a contender. */
export interface JobResult {
  /** In a few words each, all of which hold. */
  readonly shown: readonly string[]
  /** Whether the very same request was refused the second time; `undefined` where no request is refused. */
  readonly replayRefused: boolean | undefined
  /** Of thirty requests at once by a key that may send ten in a second, after two quiet seconds. */
  readonly admittedAtOnce: number | undefined
  /**
   * The most that such a key got through within one second by choosing its moments; `undefined` where it was not tried
   * or took longer than a second.
   */
  readonly admittedInOneSecond: number | undefined
}

const BURST = 30
/** Longer than any contender's windows. */
const QUIET_MS = 2_100
const MINUTE_MS = 60_000

/** @throws when a contender does not do what all of its kind must. */
export async function showJob(
  contender: Contender,
  running: Running,
  world: World,
): Promise<JobResult> {
  const asker = new Asker(contender.id, running.port, world)
  if (contender.credential === 'none') {
    return { ...NOTHING, shown: [await asker.admits('a read', asker.plain())] }
  }
  return contender.credential === 'jwt' ? bearerJob(asker) : compactJob(asker)
}

const NOTHING = {
  replayRefused: undefined,
  admittedAtOnce: undefined,
  admittedInOneSecond: undefined,
}

async function compactJob(asker: Asker): Promise<JobResult> {
  const read = await asker.signedAt(Date.now())
  const order = await asker.signed('order')
  const stale = await asker.signedAt(Date.now() - MINUTE_MS)
  const ahead = await asker.signedAt(Date.now() + MINUTE_MS)
  const shown = [
    await asker.refuses(
      'a changed signature',
      altered(read, /(pc-signature: [0-9a-f]{63})(.)/i, other),
    ),
    await asker.refuses(
      'an altered target',
      altered(read, /(\/v1\/account)( )/, () => '?all=1 '),
    ),
    await asker.refuses('an altered body', altered(order, /("quantity":"0.0)(1)/, other)),
    await asker.refuses('a time stamp of a minute ago', stale),
    await asker.refuses('a time stamp a minute ahead', ahead),
    await asker.admits('a signed read', read),
    await asker.admits('a signed order', order, 201),
  ]
  const replayRefused = !(await asker.reaches(read))
  return { shown, replayRefused, ...(await limitOf(asker, (key) => asker.signed('read', key))) }
}

async function bearerJob(asker: Asker): Promise<JobResult> {
  const token = asker.bearer()
  const past = asker.bearer('hot', Date.now() - 3_600_000)
  const shown = [
    await asker.refuses('no token', asker.plain()),
    await asker.refuses(
      'a changed signature',
      altered(token, /(bearer [\w-]+\.[\w-]+\.[\w-]{20})(.)/i, other),
    ),
    await asker.refuses(
      'an unsigned token',
      altered(token, /(bearer )([\w-]+)/i, () => UNSIGNED),
    ),
    await asker.refuses('a token that has expired', past),
    await asker.admits('a read with a token', token),
  ]
  const replayRefused = !(await asker.reaches(token))
  return { shown, replayRefused, ...(await limitOf(asker, async (key) => asker.bearer(key))) }
}

/** The header of a token that claims to need no signature. */
const UNSIGNED = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')

/** Another digit of the same length. */
function other(digit: string): string {
  return digit === '2' ? '3' : '2'
}

/** The request with the second group of the pattern replaced. */
function altered(request: Buffer, pattern: RegExp, replace: (text: string) => string): Buffer {
  const before = request.toString('latin1')
  const after = before.replace(pattern, (_, kept: string, text: string) => kept + replace(text))
  if (after === before) throw new Error(`Cannot alter the request: it has no ${pattern.source}`)
  return Buffer.from(after, 'latin1')
}

type Make = (key: string) => Promise<Buffer>

async function limitOf(asker: Asker, make: Make) {
  const limit = asker.key('limited').perSecond
  const burst = await Promise.all(Array.from({ length: BURST }, () => make('limited')))
  // Every window is empty by then, and the first of these requests opens one.
  await delay(QUIET_MS)
  const startMs = performance.now()
  const admittedAtOnce = await asker.limits(burst)
  const isOneSecond = performance.now() - startMs < 1_000
  if (admittedAtOnce === 0 || (isOneSecond && admittedAtOnce > limit)) {
    throw asker.error(
      `admits ${admittedAtOnce} of ${BURST} at once by a key with ${limit} a second`,
    )
  }
  return { admittedAtOnce, admittedInOneSecond: await mostInOneSecond(asker, make, limit) }
}

/**
 * Moments of a client that knows how limiters count, after one request that opens a window where that begins with the
 * first one. Each is in milliseconds after it, with how many of the limit come then.
 */
const PATTERNS = [
  // Against fixed windows: late in one, early in the next.
  [
    { atMs: 900, share: 1 },
    { atMs: 1_100, share: 1 },
  ],
  // Against sliding windows that take the requests of the one before as spread evenly: late in one, and as that fades.
  [
    { atMs: 900, share: 1 },
    { atMs: 1_500, share: 0.5 },
    { atMs: 1_850, share: 0.4 },
  ],
]

/** The best of these patterns, of those whose bursts took less than a second together. */
async function mostInOneSecond(
  asker: Asker,
  make: Make,
  limit: number,
): Promise<number | undefined> {
  const sums: number[] = []
  for (const pattern of PATTERNS) {
    await delay(QUIET_MS)
    // So that windows by the clock end soon after the first burst, too.
    await delay(1_050 - (Date.now() % 1_000))
    const openedMs = performance.now()
    await asker.limits([await make('limited')])
    let startMs = 0
    let sum = 0
    for (const { atMs, share } of pattern) {
      const requests = Array.from({ length: limit * share }, () => make('limited'))
      const burst = await Promise.all(requests)
      await delay(openedMs + atMs - performance.now())
      startMs ||= performance.now()
      sum += await asker.limits(burst)
    }
    if (performance.now() - startMs < 1_000) sums.push(sum)
  }
  return sums.length === 0 ? undefined : Math.max(...sums)
}
