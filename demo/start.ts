/**
 * `npm start`: the whole of Portcullis on one machine. Makes what is missing, starts broker, gateway and
 * local edge, seeds keys, says where everything is, and stays up until Ctrl-C.
 */
import { fork } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { readLogKeys } from '../src/audit/log-key.ts'
import type { BrokerOptions } from './broker/main.ts'
import { keepCounters } from './counters.ts'
import { startEdge } from './edge.ts'
import type { Told } from './broker/feed.ts'
import { FeedLine } from './feed.ts'
import { Gate } from './gate.ts'
import { openPki, type Pki } from './pki.ts'
import { runningProcess } from './process.ts'
import { AUDIT_ORIGIN, startRuntime, stopLeftover, type Runtime } from './runtime.ts'
import { openSecrets, writePrivate, type DemoSecrets } from './secrets.ts'
import { seed, type Seeded } from './seed.ts'
import { sweepEach } from './sweeps.ts'

const root = path.resolve(import.meta.dirname, '..')
const state = path.resolve(process.env['PORTCULLIS_STATE'] ?? path.join(root, '.portcullis'))
const file = (name: string) => path.join(state, name)
const ports = {
  http: port('PORT', 8787),
  tls: port('TLS_PORT', 8443),
  broker: port('BROKER_PORT', 9443),
}
const urls = {
  gateway: `http://127.0.0.1:${ports.http}`,
  gatewayTls: `https://127.0.0.1:${ports.tls}`,
  broker: `https://127.0.0.1:${ports.broker}`,
}

/** How long requests may take to end before the runtime is replaced, in milliseconds: longer than an origin may. */
const DRAIN_MS = 12_000

function port(name: string, otherwise: number): number {
  const text = process.env[name] ?? String(otherwise)
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    fail(`${name} must be a port from 1 to 65535, not "${text}"`)
  return value
}

/** By how much the broker's clock shall be wrong. */
function clockSkew(): number {
  const text = process.env['BROKER_CLOCK_SKEW_MS'] ?? '0'
  const skewMs = Number(text)
  if (!Number.isSafeInteger(skewMs))
    fail(`BROKER_CLOCK_SKEW_MS must be whole milliseconds, not "${text}"`)
  return skewMs
}

function fail(message: string): never {
  process.stderr.write(`Cannot start: ${message}\n`)
  process.exit(2)
}

function say(message: string): void {
  process.stdout.write(`${message}\n`)
}

/** The broker runs beside the gateway, and is started again when it ends: an origin may fail, the gateway stays. */
async function startBroker(pki: Pki, tell: (told: Told) => void): Promise<void> {
  const child = fork(path.join(root, 'demo/broker/main.ts'), { stdio: 'inherit' })
  const answer = await new Promise<unknown>((resolve) => {
    child.once('message', resolve)
    child.once('exit', (code) => resolve({ error: `it ended with code ${code}` }))
    child.send(brokerOptions(pki))
  })
  if (answer !== 'listening') {
    fail(
      `the broker on port ${ports.broker}: ${JSON.stringify(answer)}. Set BROKER_PORT to move it.`,
    )
  }
  child.on('message', tell)
  child.once('exit', () => {
    say('The broker ended and is started again.')
    void startBroker(pki, tell)
  })
}

function brokerOptions(pki: Pki): BrokerOptions {
  const read = (name: string) => fs.readFileSync(name, 'utf8')
  return {
    port: ports.broker,
    key: read(pki.broker.key),
    certificate: read(pki.broker.certificate),
    gatewayCa: read(pki.gatewayCa),
    journal: file('broker-journal.jsonl'),
    commands: file('broker-commands.jsonl'),
    jwksUrl: `${urls.gateway}/.well-known/jwks.json`,
    issuer: urls.gateway,
    audience: urls.broker,
    clockSkewMs: clockSkew(),
  }
}

/** What stays the same while it runs. */
interface Parts {
  readonly pki: Pki
  readonly secrets: DemoSecrets
  /** The name of the audit log, and the key by which its checkpoints are verified. */
  readonly audit: { readonly origin: string; readonly publicKey: string | undefined }
}

/** Tells tests and the command line where everything is: written once all of it answers. */
function describe(
  { pki, secrets, audit }: Parts,
  runtimePid: number,
  { keys, users }: Seeded,
): void {
  writePrivate(file('demo.json'), {
    gateway: urls.gateway,
    gatewayTls: urls.gatewayTls,
    ca: pki.serverCa,
    runtimePid,
    broker: { url: urls.broker, ca: pki.serverCa, journal: file('broker-journal.jsonl') },
    keys,
    users,
    audit,
    ...(users.length === 0 ? { bootstrapSecret: secrets.BOOTSTRAP_SECRET } : {}),
    clientCertificate: pki.trader,
    edgeToken: secrets.edgeToken,
    counters: file('counters.json'),
  })
}

async function openParts(): Promise<Parts> {
  const pki = await openPki(file('pki'))
  const secrets = openSecrets(file('secrets.json'))
  const keys = await readLogKeys(secrets.AUDIT_LOG_KEYS, AUDIT_ORIGIN)
  return { pki, secrets, audit: { origin: AUDIT_ORIGIN, publicKey: keys?.vkeys[0] } }
}

/** Nobody else runs on this state; what an earlier start left behind is gone. */
function claimState(): void {
  const other = runningProcess(file('start.pid'), 'start.ts')
  if (other !== undefined)
    fail(`process ${other} already runs on ${state}. Stop it, or set PORTCULLIS_STATE.`)
  stopLeftover(state)
  if (process.argv.includes('--fresh')) fs.rmSync(state, { recursive: true, force: true })
  fs.mkdirSync(state, { recursive: true, mode: 0o700 })
  fs.writeFileSync(file('start.pid'), String(process.pid))
  // Whatever ends this process, Ctrl-C among it: the file says that everything answers, and then nothing does.
  process.once('exit', () => {
    for (const name of ['demo.json', 'counters.json', 'start.pid'])
      fs.rmSync(file(name), { force: true })
  })
  for (const name of ['demo.json', 'counters.json']) fs.rmSync(file(name), { force: true })
}

async function start(): Promise<void> {
  claimState()
  const parts = await openParts()
  const { pki, secrets } = parts
  const feed = new FeedLine(urls.gatewayTls, pki.serverCa, pki.feed)
  await startBroker(pki, (told) => void (isFeeding && feed.tell(told)))
  let seeded: Seeded = { keys: [], users: [] }
  const runtime = await startRuntime({
    root,
    state,
    pki,
    secrets,
    originUrl: urls.broker,
    issuer: urls.gateway,
    onLine: (line) => say(line.trimEnd()),
    onRestart(pid) {
      say(`The runtime ended and was started again: process ${pid}.`)
      describe(parts, pid, seeded)
    },
  })
  seeded = await seed(
    runtime,
    secrets,
    file('keys.json'),
    file('people.json'),
    pki.feed.certificate,
  )
  const gate = new Gate()
  await startEdge({
    gate,
    port: ports.http,
    tlsPort: ports.tls,
    keyPair: pki.edge,
    clientCa: pki.clientCa,
    testToken: secrets.edgeToken,
    runtime: () => runtime.url,
  }).catch((error: unknown) =>
    fail(`the local edge: ${String(error)}. Set PORT and TLS_PORT to move it.`),
  )
  await keepCounters(runtime, file('counters.json'))
  sweepEach(runtime, process.env['PORTCULLIS_SWEEP_SECONDS'])
  await beHealthy()
  await openFeed(feed, seeded)
  describe(parts, runtime.pid(), seeded)
  reloadOnSignal(runtime, gate, () => describe(parts, runtime.pid(), seeded))
  greet(seeded)
}

/** The broker tells by itself what the market does, unless that is switched off: each time is a line of the log. */
const isFeeding = process.env['PORTCULLIS_FEED'] !== 'off'

async function openFeed(feed: FeedLine, { keys }: Seeded): Promise<void> {
  const key = keys.find(({ name }) => name === 'feed')
  if (key !== undefined && isFeeding) await feed.open(key)
}

async function beHealthy(): Promise<void> {
  const health = await fetch(`${urls.gateway}/gw/v1/health`)
  if (!health.ok) fail(`the gateway answers ${health.status}: ${await health.text()}`)
}

/** SIGUSR2 is a deploy: who is being served is served to the end by the old code, who comes waits for the new. */
function reloadOnSignal(runtime: Runtime, gate: Gate, swapped: () => void): void {
  const reload = async () => {
    say('Reloading the worker.')
    try {
      await runtime.reload(() => gate.close(DRAIN_MS))
      swapped()
      say(`The worker was reloaded: process ${runtime.pid()}.`)
    } catch (error) {
      say(`Cannot reload the worker: ${String(error)}`)
    }
    gate.open()
  }
  let last = Promise.resolve()
  process.on('SIGUSR2', () => {
    last = last.then(reload)
  })
}

/** The one command to begin with. */
function next({ keys }: Seeded): string {
  const order = '{"symbol":"BTC-USD","side":"buy","type":"limit","quantity":"0.01","price":"49000"}'
  return keys.length === 0
    ? `Nobody is there yet. Make the first owner with the bootstrapSecret of that file:\n\n  npm run --silent cli -- bootstrap 'Your Name'`
    : `Place a signed order:\n\n  npm run --silent cli -- call trade POST /v1/orders '${order}'`
}

function greet(seeded: Seeded): void {
  const shown = path.relative(process.cwd(), file('demo.json'))
  say(`
Portcullis is up.

  gateway   ${urls.gateway}   (plain HTTP for local use: no TLS floor here)
            ${urls.gatewayTls}  (TLS)
  broker    ${urls.broker}  (only with the gateway's client certificate)
  keys      ${shown}
  journal   ${path.relative(process.cwd(), file('broker-journal.jsonl'))}  (what reached the broker)

${next(seeded)}

Each line below is one request, or the sign of life of each minute, as it would be shipped to a SIEM. Ctrl-C stops everything.
`)
}

await start()
