/** Portcullis, from `wrangler.toml` and the sample policy. */
import path from 'node:path'
import { unstable_getMiniflareWorkerOptions as readWranglerConfig } from 'wrangler'
import policy from '../../../gateway.config.ts'
import type { Contender, World } from '../../contender.ts'
import { bundled, startWorkerd, type WorkerdRunning } from '../../workerd.ts'
import type { BenchKey } from '../../keys.ts'
import type { DemoSecrets } from '../../../demo/secrets.ts'

/** Keys in one call of the seeder. */
const AT_ONCE = 250

const ENTRY = 'bench/contenders/portcullis/worker.ts'

export interface Variant {
  readonly name?: string
  readonly replaced?: Readonly<Record<string, string>>
  readonly inspect?: boolean
}

export function portcullis(secrets: DemoSecrets): Contender {
  return {
    id: 'portcullis',
    title: 'Portcullis',
    lacks: [],
    async start(world) {
      const running = await startPortcullis(world, secrets)
      await seed(running, world.keys)
      return running
    },
  }
}

/** @param replaced modules for which others stand in: the product with a step left out. */
export async function startPortcullis(
  world: World,
  secrets: DemoSecrets,
  { name = 'portcullis', replaced = {}, inspect = false }: Variant = {},
): Promise<WorkerdRunning> {
  // It would warn that mTLS and secrets are missing: both are given below.
  process.env['WRANGLER_LOG'] ??= 'error'
  const { workerOptions } = readWranglerConfig(path.join(world.root, 'wrangler.toml'))
  const { mtlsCertificates: _inProduction, ...settings } = workerOptions
  const bindings = {
    ORIGIN_URL: 'https://broker.example',
    ISSUER: 'https://gateway.example',
    AUDIT_ORIGIN: 'gateway.example/audit',
    PLAIN_HTTP: 'allowed',
    RESTORED_KEYS: '',
    CREDENTIAL_KEK: secrets.CREDENTIAL_KEK,
    CREDENTIAL_ID_KEY: secrets.CREDENTIAL_ID_KEY,
    ASSERTION_KEY: secrets.ASSERTION_KEY,
    AUDIT_LOG_KEYS: secrets.AUDIT_LOG_KEYS,
  }
  const script = await bundled(world, ENTRY, replaced)
  return startWorkerd(
    world,
    name,
    script,
    { ...settings, bindings },
    { entrypoints: ['Seeder'], inspect },
  )
}

export async function seed(running: WorkerdRunning, keys: readonly BenchKey[]): Promise<void> {
  const url = running.entrypoints['Seeder']
  if (url === undefined) throw new Error('Cannot seed: the worker has no seeder')
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    const seeds = keys.slice(start, start + AT_ONCE).map(({ record, ...key }) => ({
      key: {
        keyId: key.keyId,
        account: `acct-${key.name}`,
        user: `user-${key.name}`,
        tier: key.tier,
        status: 'active',
        permissions: [...policy.permissions],
        addresses: [],
        credentials: [{ id: key.id }],
        limits: [],
      },
      record,
    }))
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(seeds) })
    if (!answer.ok) throw new Error(`Cannot seed: ${await answer.text()}`)
  }
}
