/** The gateway on workerd, as `wrangler.toml` describes it, with the origin's mTLS service bound locally. */
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { unstable_getMiniflareWorkerOptions as readWranglerConfig } from 'wrangler'
import policy from '../gateway.config.ts'
import { bundleMetered } from './bundle.ts'
import { runningProcess } from './process.ts'
import type { DemoSecrets } from './secrets.ts'
import type { Pki } from './pki.ts'

const PID_FILE = 'workerd.pid'
const SCHEDULED = '/cdn-cgi/local/scheduled'

/** The name of the audit log: not where it is, which a port may change, for a log keeps its name. */
export const AUDIT_ORIGIN = 'portcullis.localhost/audit'

/** The value of TLS 1.3 in workerd's configuration schema. */
const TLS_1_3 = 5

export interface RuntimeOptions {
  readonly root: string
  readonly state: string
  readonly pki: Pki
  readonly secrets: DemoSecrets
  readonly originUrl: string
  readonly issuer: string
  /** One call for each line the Worker writes. */
  onLine(line: string): void
  /** workerd ended by itself and was started again. */
  onRestart(pid: number): void
}

export interface Runtime {
  readonly miniflare: Miniflare
  /** The direct socket: neither miniflare's front nor the local edge stands before it. */
  readonly url: URL
  /** The socket of the meter in `demo/metered/`. */
  readonly meterUrl: URL
  /** Where miniflare's front takes a call for a tick of Cloudflare's clock. */
  sweepUrl(): Promise<URL>
  pid(): number
  /**
   * What a deploy does: the code is bundled anew, and every object begins again from what it stored.
   *
   * @param beforeSwap awaited between the two: the old code is still there, its objects are being reset.
   */
  reload(beforeSwap: () => Promise<void>): Promise<void>
}

export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const pidFile = path.join(options.state, PID_FILE)
  process.env['MINIFLARE_WORKERD_PATH'] = writeLauncher(options.state, pidFile)
  const pid = () => Number(fs.readFileSync(pidFile, 'utf8'))
  const miniflare = new Miniflare(await runtimeOptions(options, pid))
  let url = await miniflare.unsafeGetDirectURL()
  let meterUrl = await miniflare.unsafeGetDirectURL(undefined, 'Meter')
  return {
    miniflare,
    pid,
    get url() {
      return url
    },
    get meterUrl() {
      return meterUrl
    },
    sweepUrl: async () => new URL(SCHEDULED, await miniflare.ready),
    async reload(beforeSwap) {
      const anew = await runtimeOptions(options, pid)
      await fetch(meterUrl, { method: 'DELETE' })
      await beforeSwap()
      await miniflare.setOptions(anew)
      url = await miniflare.unsafeGetDirectURL()
      meterUrl = await miniflare.unsafeGetDirectURL(undefined, 'Meter')
    },
  }
}

async function runtimeOptions(options: RuntimeOptions, pid: () => number) {
  const { root, state } = options
  // It would warn that mTLS and secrets are missing: both are given below.
  process.env['WRANGLER_LOG'] ??= 'error'
  const { workerOptions } = readWranglerConfig(path.join(root, 'wrangler.toml'))
  const { mtlsCertificates: _inProduction, ...worker } = workerOptions
  return {
    ...convertV4MiniflareOptions({
      resourcePersistencePath: path.join(state, 'state'),
      handleStructuredLogs: ({ message }) => options.onLine(message),
      unsafeTriggerHandlers: true,
      unsafeHandleRuntimeRestart: () => options.onRestart(pid()),
      workers: [
        {
          ...worker,
          modules: [
            {
              type: 'ESModule',
              path: 'index.js',
              contents: await bundleMetered(root, namespaces(worker['durableObjects'])),
            },
          ],
          bindings: variables(options),
          serviceBindings: { ORIGIN: originService(options) },
          unsafeDirectSockets: [
            { host: '127.0.0.1', port: 0 },
            { host: '127.0.0.1', port: 0, entrypoint: 'Meter' },
          ],
        },
      ],
    }),
    telemetry: { enabled: false },
  }
}

/** The class of objects behind each binding that leads to one. */
function namespaces(objects: unknown): Record<string, string> {
  const named: [string, { className: string }][] = Object.entries(Object(objects))
  return Object.fromEntries(named.map(([binding, { className }]) => [binding, className]))
}

/** What a deployment sets as vars and secrets. */
function variables({ originUrl, issuer, secrets }: RuntimeOptions) {
  return {
    ORIGIN_URL: originUrl,
    ISSUER: issuer,
    AUDIT_ORIGIN,
    PLAIN_HTTP: 'allowed',
    RESTORED_KEYS: process.env['RESTORED_KEYS'] ?? '',
    CREDENTIAL_KEK: secrets.CREDENTIAL_KEK,
    CREDENTIAL_ID_KEY: secrets.CREDENTIAL_ID_KEY,
    ASSERTION_KEY: secrets.ASSERTION_KEY,
    AUDIT_LOG_KEYS: secrets.AUDIT_LOG_KEYS,
    BOOTSTRAP_SECRET: secrets.BOOTSTRAP_SECRET ?? '',
    ...passedOn(),
  }
}

/** What the starter's environment says of sinks, and of the audit log's copy and witnesses: off where it says nothing. */
function passedOn(): Record<string, string> {
  const sinks = policy.sinks.flatMap(({ url, token }) => [url, token])
  return Object.fromEntries(
    [...sinks, ...AUDIT_ELSEWHERE].flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

const AUDIT_ELSEWHERE = [
  'AUDIT_WITNESSES',
  'AUDIT_COPY_URL',
  'AUDIT_COPY_REGION',
  'AUDIT_COPY_ACCESS_KEY_ID',
  'AUDIT_COPY_SECRET_ACCESS_KEY',
  'AUDIT_COPY_LOCK_DAYS',
]

/** What the mTLS certificate binding is in production: an origin reached with the gateway's own certificate. */
export function originService({ originUrl, pki }: Pick<RuntimeOptions, 'originUrl' | 'pki'>) {
  const read = (file: string) => fs.readFileSync(file, 'utf8')
  return {
    external: {
      address: new URL(originUrl).host,
      https: {
        certificateHost: 'localhost',
        tlsOptions: {
          minVersion: TLS_1_3,
          trustedCertificates: [read(pki.serverCa)],
          keypair: {
            privateKey: read(pki.gateway.key),
            certificateChain: read(pki.gateway.certificate),
          },
        },
      },
    },
  }
}

/**
 * A launcher that notes workerd's process id before it becomes workerd.
 *
 * @param before words of a command that becomes workerd in its turn.
 * @param after where its output goes.
 */
export function writeLauncher(
  state: string,
  pidFile: string,
  before: readonly string[] = [],
  after = '',
): string {
  const { default: workerd } = createRequire(import.meta.url)('workerd')
  const launcher = path.join(state, 'workerd.sh')
  const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`
  fs.writeFileSync(
    launcher,
    `#!/bin/sh\necho $$ > ${quoted(pidFile)}\nexec ${[...before, quoted(workerd)].join(' ')} "$@" ${after}\n`,
    { mode: 0o755 },
  )
  return launcher
}

/** A starter that was killed outright leaves its workerd behind, with the state files open. */
export function stopLeftover(state: string): void {
  const pid = runningProcess(path.join(state, PID_FILE), 'workerd')
  if (pid !== undefined) process.kill(pid, 'SIGKILL')
}
