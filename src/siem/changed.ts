/**
 * What a change changed, as far as it may be told: the members that are listed here, of a key, a person or a session. A
 * secret that somebody once put beside them would not be among them.
 */
import * as v from 'valibot'
import type { ChangeRecord } from '../audit/record.ts'
import { KEY_STATUSES } from '../guard/key.ts'
import { held, heldList, MOST } from './fit.ts'

const Short = v.pipe(
  v.string(),
  v.transform((text) => held(text, MOST.name)),
)
const Names = v.pipe(
  v.array(v.string()),
  v.transform((names): readonly string[] => heldList(names)),
)

/** A member that is not of its form is left out, and the others told. */
const told = <S extends v.GenericSchema>(schema: S) =>
  v.optional(v.fallback(v.optional(schema), undefined))

const StateSchema = v.object({
  status: told(v.picklist(KEY_STATUSES)),
  tier: told(Short),
  permissions: told(Names),
  addresses: told(Names),
  symbols: told(Names),
  accounts: told(Names),
  expiresAtMs: told(v.number()),
  limits: told(
    v.pipe(
      v.array(
        v.object({
          name: Short,
          limit: v.number(),
          windowSeconds: v.number(),
          kinds: told(Names),
          untilMs: told(v.number()),
        }),
      ),
      v.transform((limits) => limits.slice(0, MOST.items)),
    ),
  ),
  credentials: told(
    v.pipe(
      v.array(v.object({ id: Short, endsAtMs: told(v.number()), algorithm: told(Short) })),
      v.transform((credentials) => credentials.slice(-MOST.items)),
    ),
  ),
  roles: told(Names),
  sid: told(Short),
  keyId: told(Short),
  why: told(Short),
})

export type State = v.InferOutput<typeof StateSchema>

const FromJson = v.fallback(v.pipe(v.string(), v.parseJson(), StateSchema), () => ({}))
const RolesFromJson = v.fallback(v.pipe(v.string(), v.parseJson(), Names), () => [])

/** What is kept of a subject, as far as it may be told. */
export function stateOf(json: string | undefined): State {
  return json === undefined ? {} : v.parse(FromJson, json)
}

/** What a change changed: of what is new, all of it. */
export interface Changed {
  readonly before: Readonly<Record<string, unknown>> | undefined
  readonly after: Readonly<Record<string, unknown>> | undefined
  /** The permissions or roles that there are now, where they changed. */
  readonly rights: readonly string[] | undefined
  /** Those that there are from the start. */
  readonly given: readonly string[] | undefined
  readonly status: State['status']
}

export function changedMembers({ what, before, after }: ChangeRecord): Changed {
  // A person's roles are kept as a list, not as a member of something.
  const isRoles = what === 'user.roles'
  const [was, is] = isRoles ? [rolesOf(before), rolesOf(after)] : [stateOf(before), stateOf(after)]
  const differs = (name: string) =>
    before === undefined ||
    JSON.stringify(Reflect.get(was, name)) !== JSON.stringify(Reflect.get(is, name))
  const changed = (state: State) => {
    const members = Object.entries(state).filter(
      ([name, value]) => value !== undefined && differs(name),
    )
    return members.length === 0 ? undefined : Object.fromEntries(members)
  }
  const isOf = (name: 'permissions' | 'roles' | 'status') =>
    was[name] !== undefined && differs(name)
  return {
    before: changed(was),
    after: before === undefined ? changed(is) : only(changed(is), was),
    rights: isOf('permissions') ? is.permissions : isOf('roles') ? is.roles : undefined,
    given: before === undefined ? (is.permissions ?? is.roles) : undefined,
    status: isOf('status') ? is.status : undefined,
  }
}

/** Where only what changed is kept of what was before, the rest of what is now is no news. */
function only(after: Changed['after'], was: State): Changed['after'] {
  const members = Object.entries(after ?? {}).filter(
    ([name]) => Reflect.get(was, name) !== undefined,
  )
  return members.length === 0 ? undefined : Object.fromEntries(members)
}

function rolesOf(json: string | undefined): State {
  return { roles: v.parse(RolesFromJson, json ?? '') }
}
