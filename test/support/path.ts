/** A gateway of plain parts: real rules, real signatures, and an origin and a key's object that tests script. */
import policy from '../../gateway.config.ts'
import { networkOf } from '../../src/access/address.ts'
import { issueCredential, newSecret } from '../../src/credential/issue.ts'
import { CredentialStore } from '../../src/credential/store.ts'
import { receive } from '../../src/gateway/receive.ts'
import { travel } from '../../src/gateway/path.ts'
import type { Ports } from '../../src/gateway/ports.ts'
import { Clocks } from '../../src/clock/clocks.ts'
import { ControlCopies } from '../../src/control/control-copy.ts'
import { SignalGate, type Signal } from '../../src/control/signal.ts'
import type { WideTrip } from '../../src/control/trip.ts'
import type { OutcomeRecord } from '../../src/audit/record.ts'
import type { SourceReply, SourceReport } from '../../src/guard/source.ts'
import type { RiskAsk, RiskVerdict } from '../../src/risk/account-port.ts'
import { FirmCopy } from '../../src/risk/firm-copy.ts'
import { SourceWatch } from '../../src/guard/source-watch.ts'
import { GATEWAY_LIMIT, type Admission, type Verdict } from '../../src/guard/key.ts'
import { serveOwn } from '../../src/admin/serve.ts'
import { toBase64 } from '../../src/lib/bytes.ts'
import { ok, type Result } from '../../src/lib/result.ts'
import { refuse, type Refusal } from '../../src/refusal.ts'
import { DpopNonces } from '../../src/session/dpop-nonce.ts'
import { ALGORITHMS } from '../../src/signature/algorithm.ts'
import { sign, type RequestToSign } from '../../src/client/sign.ts'
import { LOCKS } from './locks.ts'
import { nobody } from './own.ts'
import { fakeIds, fakeKek, fakeRing } from './world.ts'
import { NOW } from './request.ts'

export const VERDICT: Verdict = {
  sequence: 1,
  decidedAtMs: NOW,
  decision: {
    ok: true,
    value: {
      keyId: 'key_1',
      account: 'acct',
      user: 'user',
      tier: 'retail',
      permissions: ['order.write'],
      lastUsedMs: undefined,
      otpDue: false,
      credentialEndsAtMs: undefined,
    },
  },
  limits: [
    {
      name: 'burst',
      limit: 10,
      windowSeconds: 1,
      kinds: ['order'],
      remaining: 9,
      resetSeconds: 1,
    },
  ],
  gatewayLimit: { ...GATEWAY_LIMIT, remaining: 10, resetSeconds: 0 },
}

/** A source's object that has never heard of anything. */
export const NOTHING_KNOWN: SourceReply = {
  own: { level: 0, lockedForMs: 0 },
  members: [],
  sightings: [],
  quietForMs: 0,
}

export interface Script {
  readonly dialect?: 'compact' | 'rfc9421'
  readonly admit?: (ask: Admission, call: number) => Verdict | undefined
  readonly origin?: (init: RequestInit) => Response | Promise<Response>
  readonly kvDown?: boolean
  /** Whether the store lacks the credential's record. */
  readonly gone?: boolean
  readonly timeoutMs?: number
  /** Whether the shield lets an unsigned call through, or a look-up; or it is down. */
  readonly spared?: boolean | 'down'
  /** What a source's object answers. */
  readonly source?: (name: string, report: SourceReport) => SourceReply | Promise<SourceReply>
  readonly canary?: boolean
  readonly asn?: number
  /** What the person's object says of a one-time password. */
  /** What the account's object says of orders. */
  readonly risk?: (ask: RiskAsk) => RiskVerdict
  readonly password?: (otp: string) => Result<void, Refusal>
  /** What a view of the kill switch says; `undefined` when none answers. */
  readonly trips?: () => readonly WideTrip[] | undefined
}

export async function world({
  dialect = 'compact',
  admit = () => VERDICT,
  origin,
  kvDown = false,
  gone = false,
  timeoutMs = 10_000,
  spared = true,
  source = () => NOTHING_KNOWN,
  canary = false,
  asn,
  password = () => ok(undefined),
  risk = () => ({ passed: { number: 1, reduces: false, symbols: [] } }),
  trips = () => [],
}: Script = {}) {
  const ids = fakeIds(1)
  const kek = fakeKek(1)
  const secret = newSecret()
  const record = await issueCredential(
    { keyId: 'key_1', dialect, algorithm: 'hmac-sha256', canary },
    secret,
    ids,
    kek,
  )
  const store = new CredentialStore(ids, kek)
  const seen = {
    strangers: new Array<string>(),
    admissions: new Array<Admission>(),
    forwarded: new Array<{ target: string; init: RequestInit }>(),
    records: new Array<OutcomeRecord>(),
    kept: new Array<Promise<unknown>>(),
    reports: new Array<{ source: string; report: SourceReport }>(),
    signals: new Array<Signal>(),
    shielded: new Array<string>(),
    paused: new Array<{ ms: number; resume: () => void }>(),
    reads: 0,
    asked: new Array<RiskAsk>(),
    settled: new Array<readonly unknown[]>(),
    passwords: new Array<{ user: string; attempt: string; otp: string }>(),
  }
  const gate = new SignalGate()
  const shield = async (key: string) => {
    seen.shielded.push(key)
    if (spared === 'down') throw new Error('down')
    return spared
  }
  const [clock, control] = [{ nowMs: NOW }, new ControlCopies()]
  const ports: Ports = {
    policy: { ...policy, origin: { ...policy.origin, timeoutMs } },
    nowMs: () => clock.nowMs,
    judge: { worker: 'local', policy: policy.version },
    receipt: async ({ verdict }) => `receipt of ${verdict.sequence}`,
    credential: (id, address) =>
      store.find(id, {
        nowMs: () => clock.nowMs,
        async read(key) {
          seen.reads += 1
          if (kvDown) throw new Error('down')
          return key === record.id && !gone ? JSON.stringify(record) : null
        },
        spared: () => shield(`credential:${networkOf(address)}`),
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        keep: (work) => void seen.kept.push(work),
      }),
    inMemory: (id) => store.inMemory(id),
    strangersKey: (algorithm) => {
      seen.strangers.push(algorithm)
      return ALGORITHMS[algorithm].importKey(ALGORITHMS[algorithm].stranger())
    },
    shield: (network) => shield(`public:${network}`),
    watch: new SourceWatch(LOCKS),
    clocks: new Clocks(),
    fingerprint: (claimed) => ids.fingerprint(claimed),
    async reportSource(name, report) {
      seen.reports.push({ source: name, report })
      return source(name, report)
    },
    signal(signal) {
      const passed = gate.pass(signal, clock.nowMs)
      if (passed !== undefined) seen.signals.push(passed)
    },
    pause: (ms) => new Promise((resume) => void seen.paused.push({ ms, resume })),
    epoch: () => 0,
    admit: async (_keyId, ask) => {
      seen.admissions.push(ask)
      return admit(ask, seen.admissions.length)
    },
    control,
    async renewControl() {
      const ageMs = trips() === undefined ? Infinity : 0
      control.keep({ trips: trips() ?? [], ageMs }, clock.nowMs, clock.nowMs)
    },
    session: async () => undefined,
    nonces: new DpopNonces(fakeRing(1)),
    judgeOtp: async (user, attempt, otp) => {
      seen.passwords.push({ user, attempt, otp })
      return password(otp)
    },
    firm: async () =>
      new FirmCopy({ revision: 0, limits: { firm: {}, symbols: {} }, prices: [] }, clock.nowMs),
    judgeRisk: async (_account, ask) => {
      seen.asked.push(ask)
      return risk(ask)
    },
    settleRisk: async (...told) => void seen.settled.push(told),
    forgetRisk: async (...told) => void seen.settled.push([...told, 'never']),
    own: (admitted) => serveOwn(admitted, { ...nobody, nowMs: () => clock.nowMs }),
    strangersOwn: async () => refuse('unauthorized', { failure: true }),
    assert: async ({ caller }) => `assertion of ${caller?.account ?? 'anyone'}`,
    fetchOrigin: async (target, init) => {
      seen.forwarded.push({ target, init })
      return origin === undefined ? Response.json({ id: 'ord_1' }, { status: 201 }) : origin(init)
    },
    record: (line) => void seen.records.push(line),
    waitUntil: (work) => void seen.kept.push(work),
  }

  async function send(
    request: Omit<RequestToSign, 'url'> & { readonly target: string },
    change: Readonly<Record<string, string>> = {},
  ) {
    const { target, ...rest } = request
    const url = `http://gw.example${target}`
    const headers = await sign(
      { ...rest, url },
      { id: record.id, dialect, secret: toBase64(secret.reveal()) },
      { nowMs: clock.nowMs },
    )
    return sendRaw(target, {
      method: rest.method,
      headers: { ...rest.headers, ...headers, ...change },
      body: rest.body,
    })
  }

  async function sendRaw(
    target: string,
    {
      method,
      headers,
      body,
    }: { method: string; headers: Record<string, string>; body?: string | Uint8Array | undefined },
  ) {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
    const wire = {
      url: `http://gw.example${target}`,
      method,
      headers: new Headers({ host: 'gw.example', ...headers }),
      body: bytes === undefined ? null : new Response(new Uint8Array(bytes)).body,
      cf: { tlsVersion: undefined, country: 'DE', asn },
    }
    const { received, judged } = receive(wire, clock.nowMs, { plainHttpAllowed: true })
    if (!judged.ok) throw new Error(`not received: ${judged.error.code}`)
    return travel(received, ports)
  }

  /** Ends every pause until all work that is kept has ended. */
  async function settle(): Promise<void> {
    const work = { over: false }
    const all = Promise.all(seen.kept).finally(() => (work.over = true))
    while (!work.over) {
      for (const { resume } of seen.paused.splice(0)) resume()
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
    await all
  }

  return {
    seen,
    settle,
    clock,
    send,
    sendRaw,
    credentialId: record.id,
    secret: toBase64(secret.reveal()),
    ports,
  }
}
