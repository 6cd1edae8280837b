/**
 * An event is one line of at most 2,048 octets, whatever a record holds: Logpush cuts what an invocation prints beyond
 * 16,384 characters, and a cut line is no JSON. Members of any usual length go in whole.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { toHex, utf8 } from '../lib/bytes.ts'
import type { OcsfEvent } from './event.ts'

export const MAX_EVENT_BYTES = 2_048

/** How long members of a kind may be, in characters: above what ours ever are. */
export const MOST = { id: 96, name: 64, route: 160, phrase: 200, items: 16 } as const

const MARK = '…'

/** The text, or as much of it as may be with a mark where it was cut. */
export function held(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}${MARK}`
}

export function heldMaybe(text: string | undefined, most: number): string | undefined {
  return text === undefined ? undefined : held(text, most)
}

/** The first of them, each held, and how many more there were. */
export function heldList(texts: readonly string[]): readonly string[] {
  const first = texts.slice(0, MOST.items).map((text) => held(text, MOST.name))
  return texts.length > MOST.items ? [...first, `${MARK}+${texts.length - MOST.items}`] : first
}

const PLAIN_UID = /^[\x21\x23-\x5b\x5d-\x7e]{1,160}$/

/** A uid that cannot go in as it is keeps its head, and stays one of a kind by its digest. */
export function heldUid(uid: string): string {
  if (PLAIN_UID.test(uid)) return uid
  return `${plain(uid).slice(0, 48)}${MARK}${toHex(sha256(utf8(uid))).slice(0, 32)}`
}

/** Without characters that JSON or UTF-8 would make longer. */
function plain(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]|["\\]/g, '?')
}

type Drop = (event: OcsfEvent) => OcsfEvent

/** What goes first where not everything fits: what explains before what says who, what, whence and how it ended. */
const DROPS: readonly Drop[] = [
  (event) => ({
    ...event,
    entity: event.entity && { ...event.entity, data: undefined },
    entity_result: undefined,
  }),
  (event) => ({
    ...event,
    evidences: event.evidences?.map(({ src_endpoint }) => ({ src_endpoint })),
  }),
  (event) => ({ ...event, message: undefined, desc: undefined }),
  (event) => ({ ...event, unmapped: undefined }),
  (event) => ({ ...event, comment: undefined, evidences: undefined, resources: undefined }),
  (event) => ({ ...event, http_request: undefined, policy: undefined, dst_endpoint: undefined }),
  (event) => ({ ...event, privileges: event.privileges?.slice(0, 4) }),
  (event) => ({ ...event, status_detail: undefined }),
]

export interface Fitted {
  readonly event: OcsfEvent
  /** The event as JSON, at most `MAX_EVENT_BYTES` octets. */
  readonly text: string
}

export function fit(event: OcsfEvent): Fitted {
  const text = JSON.stringify(event)
  if (fits(text)) return { event, text }
  let less = event
  for (const drop of DROPS) {
    less = drop(less)
    const cut = markCut(less)
    const shorter = JSON.stringify(cut)
    if (fits(shorter)) return { event: cut, text: shorter }
  }
  return bare(markCut(less))
}

function markCut(event: OcsfEvent): OcsfEvent {
  return {
    ...event,
    metadata: { ...event.metadata, is_truncated: true },
    unmapped: { ...event.unmapped, cut: true },
  }
}

function fits(text: string): boolean {
  // A character is at most three octets for each of its code units.
  if (text.length * 3 <= MAX_EVENT_BYTES) return true
  return text.length <= MAX_EVENT_BYTES && utf8(text).length <= MAX_EVENT_BYTES
}

/** Members that are left when everything was dropped, and have a form of their own. */
const FORMED: ReadonlySet<string> = new Set(['ip', 'time_dt', 'original_time', 'version'])

/** Every text that is left, as short and plain as it can be. */
function bare(event: OcsfEvent): Fitted {
  const { uid } = event.metadata
  const text = JSON.stringify(event, (name, value: unknown) => {
    if (typeof value !== 'string' || value === uid || FORMED.has(name)) return value
    return plain(value).slice(0, 24)
  })
  const parsed: OcsfEvent = JSON.parse(text)
  return { event: parsed, text }
}
