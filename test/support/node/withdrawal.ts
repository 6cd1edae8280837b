/** Withdrawals, which ask for a second factor, and whether they reach the broker. */
import { refusalOf, type Caller, type Someone } from './caller.ts'
import type { Demo } from './demo.ts'
import type { Ask, Reply } from './person.ts'

export const WITHDRAWAL = { asset: 'BTC', amount: '0.01', address: 'somewhere' }
export const STEP_UP = '401 step_up_required'

/** Asks for a withdrawal, with further headers inside the signature. */
export function withdrawal(
  caller: Caller,
  { credential }: Pick<Someone, 'credential'>,
  headers: Ask['headers'] = {},
): Promise<Reply> {
  return caller.signed(credential, 'POST', '/v1/withdrawals', WITHDRAWAL, { headers })
}

/** What became of it, and how many requests reached the broker meanwhile. */
export async function reached(demo: Demo, work: () => Promise<Reply>): Promise<string> {
  const before = demo.journal().length
  const reply = await work()
  return `${refusalOf(reply)}, ${demo.journal().length - before} reached`
}
