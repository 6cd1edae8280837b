/** How the firm's object hears what accounts use, when a total begins to hold that nobody reserved from before. */
import policy from '../gateway.config.ts'
import type { FirmAsk } from '../src/risk/firm.ts'
import { within } from '../src/within.ts'

/** How long an account may take to say it, in milliseconds; less than it waits for the firm itself. */
const TIMEOUT_MS = 1_500
/** As many are asked at once, */
const AT_ONCE = 50
/** and in one go: more calls than that one event may not make. */
const MOST = 500

/** Asks accounts what they use. Who does not answer is asked another time. */
export async function askAccounts(
  accounts: Env['ACCOUNT_RISK'],
  ids: readonly string[],
  lastQuestion: (id: string) => number,
  heard: (id: string, use: FirmAsk) => void,
): Promise<void> {
  const asked = ids.slice(0, MOST)
  for (let from = 0; from < asked.length; from += AT_ONCE)
    await Promise.all(
      asked.slice(from, from + AT_ONCE).map(async (id) => {
        const account = accounts.getByName(id, { locationHint: policy.origin.region })
        const use = within(TIMEOUT_MS, account.use(lastQuestion(id)))
        await use.then(
          (told) => heard(id, told),
          () => undefined,
        )
      }),
    )
}
