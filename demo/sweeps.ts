/** Cloudflare's clock, which calls the worker once a minute in production (`crons` in wrangler.toml). */
import type { Runtime } from './runtime.ts'

const MINUTE_S = 60
/** A sweep that waits for a bucket or a copy may take its time. In milliseconds. */
const PATIENCE_MS = 120_000

/**
 * Over a socket, like the counters, and one after the other.
 *
 * @param seconds as `PORTCULLIS_SWEEP_SECONDS` says it, for tests that cannot wait for a minute or want none; 60 where it says nothing.
 */
export function sweepEach(runtime: Runtime, seconds: string | undefined): void {
  const periodMs = Number(seconds ?? MINUTE_S) * 1_000
  const sweep = async () => {
    try {
      await fetch(await runtime.sweepUrl(), { signal: AbortSignal.timeout(PATIENCE_MS) })
    } catch {
      // The runtime is being started again: the next time finds it.
    }
    setTimeout(() => void sweep(), periodMs)
  }
  setTimeout(() => void sweep(), periodMs)
}
