/** Everything the gateway does itself, one row for each call. */
import type { Result } from '../lib/result.ts'
import type { Refusal } from '../refusal.ts'
import { BOOTSTRAP, bootstrap, confirmBootstrap } from './bootstrap.ts'
import type { Answer, Own } from './call.ts'
import { EVIDENCE_ELSEWHERE } from './evidence-elsewhere.ts'
import { EVIDENCE } from './evidence.ts'
import { FEED } from './feed.ts'
import { KEYS } from './keys.ts'
import { KILL } from './kill.ts'
import { ACCOUNT_RISK } from './risk.ts'
import { FIRM_RISK, OWN_RISK } from './risk-others.ts'
import { SELF } from './self.ts'
import { refreshSession, SESSIONS, type StrangersCall } from './sessions.ts'
import { SIGNING } from './signing.ts'
import { USERS } from './users.ts'

export const OWN: readonly Own[] = [
  ...SELF,
  ...SESSIONS,
  ...KEYS,
  ...USERS,
  ...SIGNING,
  ...EVIDENCE,
  ...EVIDENCE_ELSEWHERE,
  ...ACCOUNT_RISK,
  ...FIRM_RISK,
  ...OWN_RISK,
  ...FEED,
  ...KILL,
  ...BOOTSTRAP,
]

/** What is called with a proof in its body instead of a signature or a session. */
export const STRANGERS: ReadonlyMap<
  string,
  (call: StrangersCall) => Promise<Result<Answer, Refusal>>
> = new Map([
  ['gateway.sessions.refresh', refreshSession],
  ['gateway.bootstrap', bootstrap],
  ['gateway.bootstrap.confirm', confirmBootstrap],
])
