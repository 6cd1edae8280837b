import fs from 'node:fs'
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

const FAKE_LOG_KEYS = JSON.stringify([
  {
    // Test 2 of RFC 8032, section 7.1.
    kty: 'OKP',
    crv: 'Ed25519',
    d: 'TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs',
    x: 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw',
  },
])

/** Third-party test data, where it is beside the repository: workerd cannot read files, so it is handed over. */
function sharedData(
  binding: string,
  folder: string,
  names: readonly string[],
): Record<string, Json> {
  const path = (name: string) => new URL(`../shared/data/${folder}/${name}.json`, import.meta.url)
  if (!names.every((name) => fs.existsSync(path(name)))) {
    if (process.env['CI'] !== undefined) throw new Error(`There is no ../shared/data/${folder}`)
    process.stderr.write(`Skipped: there is no ../shared/data/${folder}\n`)
    return {}
  }
  const read = (name: string): Json => JSON.parse(fs.readFileSync(path(name), 'utf8'))
  return { [binding]: Object.fromEntries(names.map((name) => [name, read(name)])) }
}

type Json = string | number | boolean | null | Json[] | { [member: string]: Json }

/** Properties over many cases take their time where the machine is busy; what hangs, hangs for longer. In milliseconds. */
const PATIENCE_MS = 30_000

/** The rules run in workerd, too. */
const WORKER_TESTS = ['test/worker/**/*.test.ts', 'test/unit/**/*.test.ts']

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
    // Records of calls that tests make: what they say is asserted, not read.
    onConsoleLog: (line) => !line.startsWith('{"class_uid":'),
    // Node and workerd counted together. The command line, the wiring, the offline verifier, the copy and the calls about risk and the kill switch run in the
    // conformance and interop tests, which are not counted.
    coverage: {
      enabled: process.env['COVERAGE'] !== undefined,
      provider: 'istanbul',
      include: ['src/**', 'durable-objects/**', 'gateway.config.ts'],
      exclude: [
        'src/cli/**',
        'src/index.ts',
        'src/app.ts',
        'src/{wiring,evidence-wiring,risk-wiring,control-wiring,config-copy,sweep}.ts',
        'src/admin/{risk,risk-others,feed,kill}.ts',
        'src/gateway/risk.ts',
        'durable-objects/{account-store,firm-risk}.ts',
        'src/admin/evidence*.ts',
        'src/audit/{verify,write-once}.ts',
        'src/audit/verify/**',
        'durable-objects/audit-copy.ts',
      ],
      reporter: ['text-summary', 'html'],
      thresholds: { lines: 98, branches: 91.5, functions: 97.5 },
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          testTimeout: PATIENCE_MS,
        },
      },
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
                AUDIT_LOG_KEYS: FAKE_LOG_KEYS,
                PLAIN_HTTP: 'allowed',
                BOOTSTRAP_SECRET: 'an obviously fake one-time secret',
                ...sharedData('WYCHEPROOF', 'wycheproof', [
                  'hmac_sha256_test',
                  'ed25519_test',
                  'aes_gcm_test',
                ]),
              },
            },
          }),
        ],
        test: { name: 'worker', include: WORKER_TESTS, testTimeout: PATIENCE_MS },
      },
      overSockets('conformance'),
      // What needs more than Node: other languages, other tools.
      overSockets('interop'),
    ],
  },
})
