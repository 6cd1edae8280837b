/** The demo's people: one for each role and for each account, made by the code that makes any person. */
import { generateSync } from 'otplib'
import fs from 'node:fs'
import type { Role } from '../src/access/role.ts'
import type { Provenance } from '../src/audit/provenance.ts'
import type { Result } from '../src/lib/result.ts'
import type { Key } from '../src/guard/key.ts'
import { writePrivate } from './secrets.ts'

export interface DemoPerson {
  readonly id: string
  readonly roles: readonly Role[]
  /** Base32, as an authenticator takes it. */
  readonly totpSecret: string
}

/** The part of a person's object that seeding uses. */
export interface UserStub {
  create(
    person: { userId: string; name: string; roles: readonly Role[] },
    by: Provenance,
  ): Promise<{ totp?: { secret: string } }>
  confirmTotp(otp: string, by: Provenance): Promise<Result<readonly string[], unknown>>
  addKey(key: Key, by: Provenance): Promise<Result<Key, unknown>>
}

/** Staff: one for each role, and a second of those of whom it takes two. */
export const STAFF: readonly (readonly [name: string, role: Role])[] = [
  ['owner', 'owner'],
  ['owner-2', 'owner'],
  ['security', 'security'],
  ['risk', 'risk'],
  ['risk-2', 'risk'],
  ['support', 'support'],
  ['auditor', 'auditor'],
]

export const SEEDED: Provenance = {
  user: 'demo-seed',
  keyId: 'demo-seed',
  requestId: 'demo-seed',
  reason: 'the demo was started for the first time',
}

const STEP_SECONDS = 30

export class People {
  readonly #file: string
  readonly #known: DemoPerson[]
  readonly #stub: (userId: string) => UserStub
  readonly #enter: (userId: string) => Promise<unknown>

  constructor(
    file: string,
    stub: (userId: string) => UserStub,
    enter: (userId: string) => Promise<unknown>,
  ) {
    this.#file = file
    this.#known = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : []
    this.#stub = stub
    this.#enter = enter
  }

  get all(): readonly DemoPerson[] {
    return this.#known
  }

  /** The person's object; the person is made if they are not there. */
  async person(id: string, roles: readonly Role[]): Promise<UserStub> {
    const stub = this.#stub(id)
    if (this.#known.some((known) => known.id === id)) return stub
    await this.#enter(id)
    const { totp } = await stub.create({ userId: id, name: id, roles }, SEEDED)
    if (totp === undefined) throw new Error(`Cannot seed ${id}: start with --fresh`)
    // The code of the step before: the one of now is left for whoever begins a session.
    const epoch = Math.floor(Date.now() / 1000) - STEP_SECONDS
    await stub.confirmTotp(generateSync({ secret: totp.secret, epoch }), SEEDED)
    this.#known.push({ id, roles, totpSecret: totp.secret })
    writePrivate(this.#file, this.#known)
    return stub
  }
}
