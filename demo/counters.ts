/** Writes down each second what the meter counted: `counters` in `demo.json` names the file. */
import fs from 'node:fs'
import type { Counters } from './metered/counters.ts'
import type { Runtime } from './runtime.ts'

const PERIOD_MS = 1_000

interface Bindings {
  readonly METER: { read(): Promise<string> }
}

/** Answers when the first is written. Each is whole: it is written beside the last one and takes its name. */
export async function keepCounters({ miniflare }: Runtime, file: string): Promise<void> {
  const write = async () => {
    try {
      // Asked for anew: a runtime that was started again has other bindings.
      const { METER } = await miniflare.getBindings<Bindings>()
      const read: Counters = JSON.parse(await METER.read())
      fs.writeFileSync(`${file}.new`, `${JSON.stringify(read, null, 2)}\n`)
      fs.renameSync(`${file}.new`, file)
    } catch {
      // The runtime is being started again: the next second shows what it then counts.
    }
    setTimeout(() => void write(), PERIOD_MS)
  }
  await write()
}
