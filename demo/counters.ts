/** Writes down each second what the meter counted: `counters` in `demo.json` names the file. */
import fs from 'node:fs'
import type { Counters } from './metered/counters.ts'
import type { Runtime } from './runtime.ts'

const PERIOD_MS = 1_000
/** A runtime that is being killed may leave a question open for ever. In milliseconds. */
const PATIENCE_MS = 5_000

/**
 * Over a socket, not through miniflare's bindings: those block this thread until workerd answers, and workerd under
 * load may be waiting for this thread to read its log.
 *
 * Answers when the first is written. Each is whole: it is written beside the last one and takes its name.
 */
export async function keepCounters(runtime: Runtime, file: string): Promise<void> {
  const write = async () => {
    try {
      const answer = await fetch(runtime.meterUrl, { signal: AbortSignal.timeout(PATIENCE_MS) })
      const read: Counters = JSON.parse(await answer.text())
      fs.writeFileSync(`${file}.new`, `${JSON.stringify(read, null, 2)}\n`)
      fs.renameSync(`${file}.new`, file)
    } catch {
      // The runtime is being started again: the next second shows what it then counts.
    }
    setTimeout(() => void write(), PERIOD_MS)
  }
  await write()
}
