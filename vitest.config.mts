import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

// It would warn, once a file, that mTLS and secrets are missing: the secrets are below, the origin is not asked.
process.env['WRANGLER_LOG'] ??= 'error'

/** Obviously fake: 32 bytes of one value each. */
const FAKE_KEY = `1:${Buffer.alloc(32, 1).toString('base64')}`
const FAKE_ASSERTION_KEY = JSON.stringify({
  // The example key of RFC 8037, appendix A.1.
  kty: 'OKP',
  crv: 'Ed25519',
  kid: 'test',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
})

/** Tests against the running product: one file at a time, for there are two cores. */
function overSockets(name: string) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      environment: 'node' as const,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      fileParallelism: false,
    },
  }
}

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], environment: 'node' } },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                ORIGIN_URL: 'https://broker.example',
                CREDENTIAL_KEK: FAKE_KEY,
                CREDENTIAL_ID_KEY: FAKE_KEY,
                ASSERTION_KEY: FAKE_ASSERTION_KEY,
              },
            },
          }),
        ],
        test: { name: 'worker', include: ['test/unit/**/*.test.ts', 'test/worker/**/*.test.ts'] },
      },
      overSockets('conformance'),
      // What needs more than Node: other languages, other tools.
      overSockets('interop'),
    ],
  },
})
