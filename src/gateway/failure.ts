/**
 * What follows when nobody was proved to be asking, and when somebody was. Failures are counted by where they came
 * from; the answer waits for the source's object at most once a second for each source, and never fails for it.
 */
import { networkOf } from '../access/address.ts'
import { signalOf, type SignalSubject } from '../control/signal.ts'
import { OWN, type Lock, type Sighting } from '../guard/source.ts'
import type { SourceName } from '../guard/source-watch.ts'
import type { Refusal } from '../refusal.ts'
import { within } from '../within.ts'
import type { Ports } from './ports.ts'
import type { Reached, Verified } from './stages.ts'

/** How long a failure waits to learn what others know of its source, in milliseconds. */
const REPORT_TIMEOUT_MS = 1_000

/** A claim or a body that is not what its signer signed counts as a failure; one that cannot be read does not. */
export function failed(error: Refusal): { readonly ok: false; readonly error: Refusal } {
  return { ok: false, error: error.code === 'unauthorized' ? { ...error, failure: true } : error }
}

/**
 * The answer to a failed authentication: what it was refused with, or `source_locked`. It does not depend on
 * whether the claimed id exists: everything here goes by the id's fingerprint.
 */
export async function judgeFailure(
  reached: Reached,
  refusal: Refusal,
  ports: Ports,
): Promise<Refusal> {
  const network = networkOf(reached.place.address)
  const claimed = reached.claim?.credentialId
  const member = claimed === undefined ? OWN : await ports.fingerprint(claimed)

  const locked = ports.watch.lock(network, member, ports.nowMs())
  if (locked !== undefined) return lockedOut(locked, refusal)

  const asked = count(networkSource(network), member, ports)
  for (const [noticed, from] of noticing(reached, member, network)) {
    const work = count(noticed, from, ports)
    if (work !== undefined) ports.waitUntil(work.reported)
  }
  if (asked !== undefined) {
    ports.waitUntil(asked.reported)
    if (asked.now) await within(REPORT_TIMEOUT_MS, asked.reported).catch(() => undefined)
  }
  const found = ports.watch.lock(network, member, ports.nowMs())
  return found === undefined ? refusal : lockedOut(found, refusal)
}

/**
 * Somebody signed correctly: what is held against their id in this network goes, here and in the network's object.
 * It runs beside their request, which never waits for it and never fails for it.
 */
export function forgive(verified: Verified, ports: Ports): void {
  const network = networkOf(verified.place.address)
  if (ports.watch.suspects(network)) {
    ports.waitUntil(clear(verified, network, ports).catch(() => undefined))
  }
}

async function clear(verified: Verified, network: string, ports: Ports): Promise<void> {
  const member = await ports.fingerprint(verified.credential.id)
  if (!ports.watch.clear(network, member)) return
  await report(networkSource(network), ports)?.reported
}

/**
 * A decoy is used: signed rightly or not, by whoever found it. Also where the request came to no look-up, for no
 * operation or a malformed claim, as far as memory tells a decoy: nobody has the store read for it.
 */
export function noticeCanary(
  { credential, place, requestId }: Pick<Reached, 'credential' | 'place' | 'requestId'>,
  ports: Ports,
): void {
  if (credential?.canary !== true) return
  const features = { keyId: credential.keyId, network: networkOf(place.address), requestId }
  const subject = { type: 'credential', id: credential.id } as const
  ports.signal(
    signalOf('canary_used', subject, { ...features, ...where(place) }, isoTime(ports.nowMs())),
  )
}

interface Source extends SourceName {
  /** How a signal about it names it. */
  readonly subject: SignalSubject
}

function networkSource(network: string): Source {
  return { kind: 'net', name: network, subject: { type: 'network', id: network } }
}

/**
 * What is only watched, not locked: the autonomous system, and over all networks an id of ours. An id that nobody
 * has would have an object made for it by whoever thinks of one, and nobody to be warned.
 */
function noticing(
  { place, credential }: Reached,
  member: string,
  network: string,
): readonly (readonly [Source, from: string])[] {
  const noticed: (readonly [Source, from: string])[] = []
  if (place.asn !== undefined && member !== OWN) {
    const name = String(place.asn)
    noticed.push([{ kind: 'asn', name, subject: { type: 'asn', id: name } }, member])
  }
  if (credential !== undefined) {
    const subject = { type: 'credential', id: credential.id } as const
    noticed.push([{ kind: 'id', name: member, subject }, network])
  }
  return noticed
}

interface Reporting {
  readonly now: boolean
  readonly reported: Promise<void>
}

function count(source: Source, member: string, ports: Ports): Reporting | undefined {
  ports.watch.fail(source, member, ports.nowMs())
  return report(source, ports)
}

/** Reports what is pending about a source, now or when its second is over; nothing when another request does. */
function report(source: Source, ports: Ports): Reporting | undefined {
  const time = ports.watch.reportTime(source, ports.nowMs())
  if (time === undefined) return undefined
  const now = time.inMs === 0
  const reported = now
    ? send(source, ports)
    : ports.pause(time.inMs).then(() => send(source, ports))
  return { now, reported: reported.catch(() => undefined) }
}

async function send(source: Source, ports: Ports): Promise<void> {
  const told = ports.watch.take(source, ports.nowMs())
  let sightings: readonly Sighting[]
  if (told === undefined) {
    // This second's calls are used up: the same rule, by our own counts.
    sightings = ports.watch.sightings(source, ports.nowMs())
  } else {
    const reply = await ports.reportSource(`${source.kind}:${source.name}`, told)
    ports.watch.learn(source, reply, ports.nowMs())
    sightings = reply.sightings
  }
  for (const { rule, features } of sightings) {
    ports.signal(signalOf(rule, source.subject, features, isoTime(ports.nowMs())))
  }
}

function lockedOut({ limit, forMs }: Lock, { reason }: Refusal): Refusal {
  return {
    code: 'source_locked',
    members: { limit },
    retryAfterSeconds: Math.max(1, Math.ceil(forMs / 1000)),
    ...(reason === undefined ? {} : { reason }),
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

function where({ asn, country }: Reached['place']) {
  return {
    ...(asn === undefined ? {} : { asn }),
    ...(country === undefined ? {} : { country }),
  }
}
