/**
 * Once a minute, by Cloudflare's clock: every shard of the audit log looks at what is late and hands on what waits, and
 * the console hears that all of it answers. Whoever watches the lines learns from its absence, too.
 */
import policy from '../gateway.config.ts'
import { logFaults } from './audit/log-status.ts'
import { SHARDS } from './audit/shipment.ts'
import { TIMEOUT_MS } from './audit/recorder.ts'
import type { Console } from './gateway/line.ts'
import { toHex } from './lib/bytes.ts'
import { within } from './within.ts'
import type { Shared } from './wiring.ts'

/** A sweep may wait for the bucket. */
const SWEEP_MS = 2 * TIMEOUT_MS

export async function sweep(
  env: Env,
  { console, judge }: Pick<Shared, 'console' | 'judge'>,
): Promise<void> {
  const startMs = Date.now()
  const locationHint = policy.origin.region
  const silent = await Promise.all(
    SHARDS.map((name) =>
      within(SWEEP_MS, env.AUDIT_LOG.getByName(name, { locationHint }).sweep()).then(
        ({ trouble }) => {
          if (trouble === undefined) return []
          const detail = `${name}: ${trouble}`
          console.fault({ atMs: Date.now(), where: 'audit', code: 'audit_shard_stuck', detail })
          return []
        },
        () => [name],
      ),
    ),
  )
  await tellOfLog(env, console)
  const failed = silent.flat()
  if (failed.length > 0) {
    const detail = `no answer from ${failed.join(', ')}`
    console.fault({ atMs: Date.now(), where: 'audit', code: 'audit_shard_silent', detail })
  }
  const requestId = toHex(crypto.getRandomValues(new Uint8Array(16)))
  console.record({
    v: 1,
    type: 'outcome',
    uid: `${requestId}:outcome`,
    atMs: Date.now(),
    ...judge,
    requestId,
    operation: 'gateway.heartbeat',
    kind: 'read',
    decision: 'answered',
    status: failed.length > 0 ? 503 : 200,
    durationMs: Date.now() - startMs,
  })
  // Last: a copy that has much to do takes its time, and nobody must take that for silence.
  await copyAway(env, console)
}

/** A log that has stopped, or is late, says so every minute, until somebody has looked. */
async function tellOfLog(env: Env, console: Console): Promise<void> {
  const log = env.LOG_SEQUENCER.getByName('log', { locationHint: policy.origin.region })
  const status = await within(SWEEP_MS, log.status()).catch(() => undefined)
  const faults =
    status === undefined
      ? [{ code: 'log_silent', detail: 'no answer' }]
      : logFaults(status, Date.now())
  for (const { code, detail } of faults)
    console.fault({ atMs: Date.now(), where: 'audit', code, detail })
}

/** Whatever the copy lacks, somebody has to look. */
async function copyAway(env: Env, console: Console): Promise<void> {
  const copy = env.AUDIT_COPY.getByName('copy', { locationHint: policy.origin.region })
  const detail = await copy.run().then(
    (state) => state?.lacking.slice(0, 3).join(', ') ?? '',
    // What we say ourselves names an object and a status: whether it is the credential, the bucket or the way there.
    (error: unknown) => (/^Cannot [^\n]{1,200}$/.exec(messageOf(error)) ?? ['no answer'])[0],
  )
  if (detail !== '')
    console.fault({ atMs: Date.now(), where: 'audit', code: 'audit_copy_incomplete', detail })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}
