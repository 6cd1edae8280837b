/** The product as it is deployed, and beside it an entrypoint that puts keys where an administrator would put them. */
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { Key } from '../../../src/guard/key.ts'
import policy from '../../../gateway.config.ts'

export * from '../../../src/index.ts'
export { default } from '../../../src/index.ts'

/** A key, and its credential's record. */
export interface Seed {
  readonly key: Key
  readonly record: { readonly id: string }
}

/** Reached by a socket of its own, in the bench alone. */
export class Seeder extends WorkerEntrypoint<Env> {
  override async fetch(request: Request): Promise<Response> {
    const seeds = await request.json<readonly Seed[]>()
    const put = async ({ key, record }: Seed) => {
      const hint = { locationHint: policy.origin.region }
      await this.env.KEY_GUARD.getByName(key.keyId, hint).put(key)
      await this.env.CREDENTIALS.put(record.id, JSON.stringify(record))
    }
    await Promise.all(seeds.map(put))
    return new Response()
  }
}
