/** How a shard of the audit log says that it has something new: to the outbox of every sink that is set. */
import policy from '../gateway.config.ts'
import { readSinks } from '../src/siem/active-sinks.ts'

/**
 * Worth a call a second at most, for it is one for each sink. Never throws and is not waited for by anything that
 * matters: an outbox that was not rung looks by itself within a minute, once it has ever been.
 */
export async function ringOutboxes(env: Env, shard: string, head: number): Promise<void> {
  const { active } = readSinks(policy.sinks, { ...env })
  const rings = active.map(({ id }) => env.SIEM_OUTBOX.getByName(id).ring(id, shard, head))
  await Promise.allSettled(rings)
}
