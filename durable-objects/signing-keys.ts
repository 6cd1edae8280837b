/**
 * The keys that sign sessions: made here, sealed here, used here; only their public halves leave. When which one
 * signs is decided in `src/session/signing-keys.ts`.
 */
import { DurableObject } from 'cloudflare:workers'
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose'
import * as v from 'valibot'
import policy from '../gateway.config.ts'
import type { Provenance } from '../src/audit/provenance.ts'
import { open, seal, type Sealed } from '../src/credential/envelope.ts'
import { localKeyEncryptionKey } from '../src/credential/kek/local.ts'
import type { KeyEncryptionKey } from '../src/credential/kek/provider.ts'
import { readKeyRing } from '../src/credential/key-ring.ts'
import { toBase32, utf8 } from '../src/lib/bytes.ts'
import { ok, type Result } from '../src/lib/result.ts'
import { Secret } from '../src/lib/secret.ts'
import type { Refusal } from '../src/refusal.ts'
import { accessTokenClaims, type Session } from '../src/session/access-token.ts'
import {
  planKeys,
  planRotation,
  type KeyPlan,
  type KeyState,
  type SigningKeyRow,
} from '../src/session/signing-keys.ts'
import { changeRecord, shipChanges } from './change-line.ts'
import { number, Rows, text } from './rows.ts'

const SCHEMA = [
  `CREATE TABLE signing_key (
     kid TEXT PRIMARY KEY, state TEXT NOT NULL, created_at_ms INTEGER NOT NULL, since_ms INTEGER NOT NULL,
     public_jwk TEXT NOT NULL, kek TEXT NOT NULL, data_key TEXT NOT NULL, value TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE change (
     number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, provenance TEXT
   ) STRICT;`,

  // Changes stay: of numbers that went, the next would be given again.
  `CREATE TABLE shipped (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL) STRICT;
   INSERT INTO shipped VALUES (1, 0);`,
] as const

const ALGORITHM = 'EdDSA'
/** What changed reaches the audit log after this, in milliseconds. */
const AGAIN_MS = 5_000
const STATES = ['next', 'current', 'retired'] as const satisfies readonly KeyState[]

export interface PublishedKey extends SigningKeyRow {
  readonly jwk: JWK
}

const PrivateJwk = v.object({
  kty: v.literal('OKP'),
  crv: v.literal('Ed25519'),
  x: v.string(),
  d: v.string(),
})

interface MadeKey {
  readonly state: 'next' | 'current'
  readonly kid: string
  readonly jwk: JWK
  readonly sealed: Sealed
}

export class SigningKeys extends DurableObject<Env> {
  readonly #rows: Rows
  readonly #kek: KeyEncryptionKey

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#rows = new Rows(ctx.storage, SCHEMA)
    this.#rows.open()
    const ring = readKeyRing(env.CREDENTIAL_KEK)
    if (ring === undefined) throw new Error('Cannot open the object: CREDENTIAL_KEK is unusable')
    this.#kek = localKeyEncryptionKey(ring)
  }

  /** Every key that verifies, or soon will. */
  async published(): Promise<readonly PublishedKey[]> {
    await this.#turn()
    return this.#read()
  }

  /** An access token for a session (RFC 9068). */
  async sign(
    session: Session,
    parties: { readonly issuer: string; readonly audience: string },
  ): Promise<string> {
    await this.#turn()
    const [row] = this.#rows.rows("SELECT * FROM signing_key WHERE state = 'current'")
    if (row === undefined) throw new Error('Cannot sign: there is no current key')
    const kid = text(row['kid'])
    const sealed = {
      kek: text(row['kek']),
      dataKey: text(row['data_key']),
      value: text(row['value']),
    }
    const opened = await open(sealed, contextOf(kid), this.#kek)
    if (opened === undefined) throw new Error('Cannot sign: the current key does not open')
    const stored = v.parse(
      v.pipe(v.string(), v.parseJson(), PrivateJwk),
      new TextDecoder().decode(opened.reveal()),
    )
    return new SignJWT(accessTokenClaims(session, parties))
      .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt', kid })
      .sign(await importJWK(stored, ALGORITHM))
  }

  /** Turns the keys now. @param compromised the current one verifies nothing from now on. */
  async rotate(
    compromised: boolean,
    by: Provenance,
  ): Promise<Result<readonly PublishedKey[], Refusal>> {
    await this.#turn()
    const made = await this.#make('next')
    const planned = planRotation(this.#read(), compromised, Date.now())
    if (!planned.ok) return planned
    this.#carryOut(planned.value, [made], by)
    return ok(this.#read())
  }

  override async alarm(): Promise<void> {
    await this.#turn()
    await this.#ship()
  }

  /** Hands what changed to the audit log; what it does not take is tried again. */
  async #ship(): Promise<void> {
    const waiting = this.#rows.rows(
      'SELECT * FROM change WHERE number > (SELECT number FROM shipped) ORDER BY number LIMIT 100',
    )
    const subject = { type: 'signing-keys', id: this.ctx.id.name ?? '' } as const
    const changes = waiting.map((row) =>
      changeRecord(subject, number(row['number']), 'signing-keys.turned', row),
    )
    const last = changes.at(-1)
    if (last === undefined) return
    if (await shipChanges(this.env.AUDIT_LOG, changes))
      this.#rows.run('UPDATE shipped SET number = ?', last.version)
    else await this.#wake(Date.now() + AGAIN_MS)
  }

  /** What the schedule says is due. Keys are made before anything is decided: making one waits. */
  async #turn(): Promise<void> {
    const days = policy.session.signingKeyDays
    const due = planKeys(this.#read(), days, Date.now())
    if (due.become.length + due.make.length === 0) {
      await this.#wake(due.againMs)
      return
    }
    const made = await Promise.all(due.make.map((state) => this.#make(state)))
    // Another call may have been here meanwhile.
    const plan = planKeys(this.#read(), days, Date.now())
    const wanted = made.filter(({ state }) => plan.make.includes(state))
    if (wanted.length === plan.make.length) this.#carryOut(plan, wanted, undefined)
  }

  #carryOut(plan: KeyPlan, made: readonly MadeKey[], by: Provenance | undefined): void {
    const nowMs = Date.now()
    const states = () =>
      JSON.stringify(Object.fromEntries(this.#read().map(({ kid, state }) => [kid, state])))
    this.#rows.transaction(() => {
      const before = states()
      for (const { kid, state } of plan.become) {
        if (state === 'gone') this.#rows.run('DELETE FROM signing_key WHERE kid = ?', kid)
        else
          this.#rows.run(
            'UPDATE signing_key SET state = ?, since_ms = ? WHERE kid = ?',
            state,
            nowMs,
            kid,
          )
      }
      for (const { kid, state, jwk, sealed } of made)
        this.#rows.run(
          'INSERT INTO signing_key VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
          kid,
          state,
          nowMs,
          nowMs,
          JSON.stringify(jwk),
          sealed.kek,
          sealed.dataKey,
          sealed.value,
        )
      const provenance = by === undefined ? null : JSON.stringify(by)
      this.#rows.run(
        'INSERT INTO change VALUES (NULL, ?, ?, ?, ?)',
        nowMs,
        before,
        states(),
        provenance,
      )
    })
    void this.ctx.storage.setAlarm(Math.min(plan.againMs, nowMs + AGAIN_MS))
  }

  /** Sets the alarm by which the schedule goes on, unless an earlier one is set. */
  async #wake(atMs: number): Promise<void> {
    const setMs = await this.ctx.storage.getAlarm()
    if (setMs === null || setMs > atMs) await this.ctx.storage.setAlarm(atMs)
  }

  async #make(state: 'next' | 'current'): Promise<MadeKey> {
    const kid = `session-${toBase32(crypto.getRandomValues(new Uint8Array(10)))}`
    const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, {
      crv: 'Ed25519',
      extractable: true,
    })
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: ALGORITHM, use: 'sig' }
    const secret = new Secret(utf8(JSON.stringify(await exportJWK(privateKey))))
    return { state, kid, jwk, sealed: await seal(secret, contextOf(kid), this.#kek) }
  }

  #read(): readonly PublishedKey[] {
    return this.#rows.rows('SELECT * FROM signing_key ORDER BY created_at_ms').map((row) => ({
      kid: text(row['kid']),
      state: STATES.find((state) => state === row['state']) ?? 'retired',
      createdAtMs: number(row['created_at_ms']),
      sinceMs: number(row['since_ms']),
      jwk: v.parse(
        v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string())),
        row['public_jwk'],
      ),
    }))
  }
}

function contextOf(kid: string) {
  return { kid, purpose: 'session-signing' }
}
