/** Who may do what, as it stood at the end of the period: people, roles, keys and rights, with room for a decision. */
import * as v from 'valibot'
import type { ChangeRecord } from '../audit/record.ts'
import { changeRow, CHANGE_COLUMNS } from './change-row.ts'
import {
  figure,
  type Column,
  type Entry,
  type Fold,
  type Part,
  type Ports,
  type Section,
} from './report.ts'
import { byText, Tally } from './tally.ts'
import { DAY_MS, instant } from './text.ts'

const PEOPLE = 'people'
const KEYS = 'keys'
const CHANGES = 'access-changes'

/** In days: what was not used for so long is worth a question. PCI DSS 8.2.6 names 90. */
const UNUSED_DAYS = 90

const DECISION = [
  { id: 'decision', title: 'keep, change or remove' },
  { id: 'reviewer', title: 'reviewer, date' },
] as const satisfies readonly Column[]

export const accessReview: Part = {
  tables: [
    {
      id: PEOPLE,
      title: 'People and their roles',
      about: 'As their last change before the end of the period says.',
      whole: true,
      columns: [
        { id: 'user', title: 'person', kind: 'code' },
        { id: 'name', title: 'name' },
        { id: 'roles', title: 'roles' },
        { id: 'created', title: 'made', kind: 'time' },
        { id: 'lastUse', title: 'last use', kind: 'time' },
        { id: 'changes', title: 'changes in the period', kind: 'number' },
        ...DECISION,
      ],
    },
    {
      id: KEYS,
      title: 'Keys and what they may do',
      about: 'Networks, symbols and accounts: those that it is bound to, where it is.',
      whole: true,
      columns: [
        { id: 'key', title: 'key', kind: 'code' },
        { id: 'name', title: 'name', apart: true },
        { id: 'user', title: 'person', kind: 'code' },
        { id: 'account', title: 'account', kind: 'code' },
        { id: 'status', title: 'status' },
        { id: 'tier', title: 'tier', apart: true },
        { id: 'permissions', title: 'permissions' },
        { id: 'addresses', title: 'networks', kind: 'code' },
        { id: 'symbols', title: 'symbols', apart: true },
        { id: 'accounts', title: 'accounts', apart: true },
        { id: 'credentials', title: 'credentials', kind: 'number', apart: true },
        { id: 'expires', title: 'expires', kind: 'time', apart: true },
        { id: 'created', title: 'made', kind: 'time', apart: true },
        { id: 'lastUse', title: 'last use', kind: 'time' },
        { id: 'changes', title: 'changes in the period', kind: 'number' },
        ...DECISION,
      ],
    },
    {
      id: CHANGES,
      title: 'What changed in the period',
      about: 'Of people and keys; sessions, and what keys were told of their people, are left out.',
      columns: CHANGE_COLUMNS,
    },
  ],
  begin: (ports) => new AccessReview(ports),
}

const Texts = v.fallback(v.optional(v.array(v.string())), undefined)
const text = v.fallback(v.optional(v.string()), undefined)
const ms = v.fallback(v.optional(v.number()), undefined)

const KeySchema = v.object({
  account: text,
  user: text,
  tier: text,
  status: text,
  name: text,
  permissions: Texts,
  addresses: Texts,
  symbols: Texts,
  accounts: Texts,
  credentials: v.fallback(v.optional(v.array(v.unknown())), undefined),
  createdAtMs: ms,
  expiresAtMs: ms,
})
const PersonSchema = v.object({ name: text, roles: Texts })

function readJson<S extends v.GenericSchema>(schema: S, json: string | undefined) {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), json)
  return read.success ? read.output : undefined
}

interface Person {
  name?: string | undefined
  roles?: readonly string[] | undefined
  rolesVersion: number
  createdMs?: number
}

interface KeyState {
  readonly version: number
  readonly state: v.InferOutput<typeof KeySchema> | undefined
}

class AccessReview implements Fold {
  readonly #ports: Ports
  readonly #people = new Map<string, Person>()
  readonly #keys = new Map<string, KeyState>()
  readonly #made = new Map<string, number>()
  readonly #used = new Map<string, number>()
  readonly #changes = new Tally()
  #lastMs = 0

  constructor(ports: Ports) {
    this.#ports = ports
  }

  take({ index, record, within }: Entry): void {
    const { toMs } = this.#ports.period
    if (toMs !== undefined && record.atMs >= toMs) return
    this.#lastMs = Math.max(this.#lastMs, record.atMs)
    if (record.type === 'change') this.#change(index, record, within)
    if (record.type !== 'outcome') return
    if (record.keyId !== undefined) this.#use(`key ${record.keyId}`, record.atMs)
    if (record.user !== undefined) this.#use(`user ${record.user}`, record.atMs)
  }

  #use(name: string, atMs: number): void {
    this.#used.set(name, Math.max(atMs, this.#used.get(name) ?? 0))
  }

  #change(index: number, record: ChangeRecord, within: boolean): void {
    const { subject, what } = record
    if (subject.type === 'user') this.#person(record)
    else if (subject.type === 'key') this.#key(record)
    else return
    if (!within || what.startsWith('session') || what === 'key.told') return
    this.#changes.add(`${subject.type} ${subject.id}`)
    this.#ports.emit(CHANGES, changeRow(index, record))
  }

  #person({ subject: { id }, what, version, after, atMs }: ChangeRecord): void {
    const person = this.#people.get(id) ?? { rolesVersion: 0 }
    this.#people.set(id, person)
    const made = what === 'user.created' ? readJson(PersonSchema, after) : undefined
    const roles = what === 'user.roles' ? readJson(Texts, after) : made?.roles
    if (what === 'user.created') {
      person.createdMs = atMs
      person.name = made?.name
    }
    if (roles === undefined || version <= person.rolesVersion) return
    person.roles = roles
    person.rolesVersion = version
  }

  #key({ subject: { id }, what, version, after, atMs }: ChangeRecord): void {
    if (what === 'key.created') this.#made.set(id, atMs)
    const known = this.#keys.get(id)
    if (after === undefined || (known !== undefined && known.version >= version)) return
    this.#keys.set(id, { version, state: readJson(KeySchema, after) })
  }

  end(): Section {
    for (const [user, person] of [...this.#people].toSorted(([a], [b]) => byText(a, b)))
      this.#ports.emit(PEOPLE, {
        user,
        name: person.name,
        roles: listed(person.roles),
        created: instant(person.createdMs),
        ...this.#besides(`user ${user}`),
      })
    const { account } = this.#ports
    const keys = [...this.#keys].filter(
      ([, { state }]) => account === undefined || state?.account === account,
    )
    for (const [key, { state }] of keys.toSorted(([a], [b]) => byText(a, b)))
      this.#ports.emit(KEYS, { key, ...this.#keyRow(key, state), ...this.#besides(`key ${key}`) })
    return {
      id: 'access',
      title: 'Access as it stood at the end of the period',
      about:
        'Folded from every change of people and keys up to then. What was changed before the export begins is not known ' +
        'here. The last two columns are for the reviewer.',
      figures: this.#figures(keys),
      charts: [],
      tables: [PEOPLE, KEYS, CHANGES],
    }
  }

  #keyRow(key: string, state: KeyState['state']) {
    const { permissions, addresses, symbols, accounts, credentials, ...rest } = state ?? {}
    const { name, user, account, status, tier, expiresAtMs, createdAtMs } = rest
    return {
      name,
      user,
      account,
      status,
      tier,
      permissions: listed(permissions),
      addresses: listed(addresses, 'any'),
      symbols: listed(symbols, 'any'),
      accounts: listed(accounts, 'any'),
      credentials: credentials?.length,
      expires: instant(expiresAtMs),
      created: instant(createdAtMs ?? this.#made.get(key)),
    }
  }

  /** A person or key of whom no call is in the export was not seen to be used: whether they ever were is not known. */
  #besides(name: string) {
    const lastUse = instant(this.#used.get(name))
    return { lastUse, changes: this.#changes.of(name), decision: '', reviewer: '' }
  }

  #figures(keys: readonly (readonly [string, KeyState])[]) {
    const of = (status: string) => keys.filter(([, { state }]) => state?.status === status)
    const endMs = this.#ports.period.toMs ?? this.#lastMs
    const unused = of('active').filter(([key]) => {
      const atMs = this.#used.get(`key ${key}`)
      return atMs === undefined || atMs < endMs - UNUSED_DAYS * DAY_MS
    })
    const people = [...this.#people.values()]
    const both = people.filter(
      ({ roles = [] }) => roles.includes('risk') && roles.includes('owner'),
    )
    return [
      figure('people', 'people', people.length),
      figure(
        'without-roles',
        'people whose roles are not recorded',
        people.filter(({ roles }) => roles === undefined).length,
      ),
      figure('risk-and-owner', 'people who are both risk and owner', both.length),
      figure('active', 'active keys', of('active').length),
      figure('suspended', 'suspended keys', of('suspended').length),
      figure('revoked', 'revoked keys', of('revoked').length),
      figure('unused', `active keys without a recorded use in ${UNUSED_DAYS} days`, unused.length),
      figure('changes', 'changes in the period', this.#changes.sum),
    ]
  }
}

/** A list as a text; a record without the list says nothing, an empty list says `none`. */
function listed(names: readonly string[] | undefined, none = 'none'): string | undefined {
  return names === undefined ? undefined : names.length === 0 ? none : names.join(', ')
}
