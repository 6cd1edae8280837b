/** What the meter counts where an object is emptied: with one of its own, for no object of the product can be asked to. */
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { expect, test } from 'vitest'

const WORKER = `
  import { DurableObject } from 'cloudflare:workers'
  import { meterState } from './demo/metered/object.ts'
  import { counters } from './demo/metered/tally.ts'
  export class Emptied extends DurableObject {
    alarm() {}
    async empty() {
      const { sql, kv } = this.ctx.storage
      sql.exec("CREATE TABLE a (k TEXT PRIMARY KEY) STRICT, WITHOUT ROWID")
      sql.exec("CREATE TABLE b (k INTEGER PRIMARY KEY AUTOINCREMENT) STRICT")
      sql.exec("INSERT INTO a VALUES ('1'), ('2'), ('3')")
      sql.exec("INSERT INTO b VALUES (1), (2)")
      kv.put('key', 'value')
      await this.ctx.storage.setAlarm(Date.now() + 60_000)
      meterState('Emptied', this.ctx)
      await this.ctx.storage.deleteAll()
      return counters().rowsWritten.Emptied
    }
  }
  export default {
    async fetch(_, { EMPTIED }) {
      return Response.json(await EMPTIED.getByName('one').empty())
    },
  }`

test('I10: emptying an object is counted as all the rows there were, and its alarm', async () => {
  const { outputFiles } = await build({
    stdin: { contents: WORKER, resolveDir: process.cwd() },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    external: ['cloudflare:*'],
  })
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      modules: true,
      script: outputFiles[0]?.text ?? '',
      compatibilityDate: '2026-10-01',
      durableObjects: { EMPTIED: { className: 'Emptied', useSQLite: true } },
    }),
    telemetry: { enabled: false },
  })
  try {
    const answer = await miniflare.dispatchFetch('http://localhost')
    expect(await answer.text()).toBe('7')
  } finally {
    await miniflare.dispose()
  }
})
