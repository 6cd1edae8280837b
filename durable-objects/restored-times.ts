/** How often an object of pre-trade risk is to be taken for restored, as the operator said with a deployment. */
import { readEpochs } from '../src/config.ts'

export function restoredTimes(env: Env, name: string): number {
  // It may be absent from a configuration that is older than it.
  const listed: unknown = env.RESTORED_ACCOUNTS
  return typeof listed === 'string' ? (readEpochs(listed)?.get(name) ?? 0) : 0
}
