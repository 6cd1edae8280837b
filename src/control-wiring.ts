/** Joins the kill switch to the platform: the views, from which the isolate's copy is renewed, and the control itself. */
import policy from '../gateway.config.ts'
import type { KillPort } from './admin/kill-port.ts'
import type { ControlCopies } from './control/control-copy.ts'
import { within } from './within.ts'

/** Views over which Workers are spread by where they run: the control has so many readers at most. */
const VIEWS = 8
/** How long a view may take, in milliseconds. */
const TIMEOUT_MS = 1_000

/** Renews the copy if it is time to; answers what a request has to wait for before it leaves. Never rejects. */
export function renewControl(
  env: Env,
  copies: ControlCopies,
  colo: string | undefined,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<void> | undefined {
  const renewal = copies.takeRenewal(Date.now())
  if (renewal === 'none') return undefined
  const work = renewed(env, copies, colo)
  if (renewal === 'before') return work
  waitUntil(work)
  return undefined
}

async function renewed(env: Env, copies: ControlCopies, colo: string | undefined): Promise<void> {
  const askedMs = Date.now()
  try {
    const told = await within(TIMEOUT_MS, env.CONTROL_VIEW.getByName(viewOf(colo)).copy())
    copies.keep(told, askedMs, Date.now())
  } catch {
    copies.failed(Date.now())
  }
}

/** The view of a location: always the same one, so that it is near. */
function viewOf(colo = ''): string {
  let sum = 0
  for (let at = 0; at < colo.length; at += 1) sum = (sum * 31 + colo.charCodeAt(at)) % 65_521
  return `view-${sum % VIEWS}`
}

export function killPort(env: Env): KillPort {
  const control = env.CONTROL.getByName('control', { locationHint: policy.origin.region })
  return {
    trip: async (ask) => control.trip(ask),
    lift: async (id, by) => control.lift(id, by),
    list: async () => control.list(),
    holdsOf: async (account) => control.holdsOf(account),
  }
}
