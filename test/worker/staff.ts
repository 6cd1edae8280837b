/** A house with people in it, and a clock that tests move on: an OTP is good once, and a key makes ten calls a second. */
import { afterEach, beforeEach, vi } from 'vitest'
import { Caller, firstOwner, someone, type Reply, type Someone } from './gateway.ts'

const START = 1_800_000_000_000
const TEST_APART_MS = 4 * 3_600_000

/** Each test is later than the one before: what was used in one is used. */
export function movingClock(): void {
  let startMs = START
  beforeEach(() => {
    startMs = Math.max(startMs, lastMs) + TEST_APART_MS
    lastMs = startMs
    vi.useFakeTimers({ toFake: ['Date'], now: startMs })
  })
  afterEach(() => {
    lastMs = Date.now()
    vi.useRealTimers()
  })
}
let lastMs = START

export function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000)
}

export async function theOwner(): Promise<Caller> {
  return Caller.begin(await firstOwner())
}

/** Somebody new, in none of the seconds in which the owner made them. */
export async function make(
  owner: Caller,
  roles: readonly string[],
  key: object = {},
): Promise<Someone> {
  pass(2)
  const made = await someone(owner, roles, key)
  pass(2)
  return made
}

export async function join(
  owner: Caller,
  roles: readonly string[],
  key: object = {},
): Promise<Caller> {
  return Caller.begin(await make(owner, roles, key))
}

/** Reads what is there and changes it under the revision that was read. */
export async function change(
  who: Caller,
  at: string,
  what: string,
  body: object,
  reader = who,
): Promise<Reply> {
  pass(1)
  const etag = String((await reader.call('GET', at)).headers.get('etag'))
  return who.call('PUT', `${at}/${what}`, body, { headers: { 'if-match': etag } })
}

/** Status and code: all that a refusal has to say. */
export function said({ status, json }: Reply): string {
  return `${status} ${json?.code ?? ''}`.trim()
}

/** Where a body is wrong. */
export function wrongAt({ json }: Reply): readonly string[] {
  const errors: readonly { pointer: string }[] = json.errors
  return errors.map(({ pointer }) => pointer)
}
