/** How people change a key: in their own name, of their own keys alone where that is how far they reach. */
import type { Role } from '../access/role.ts'
import type { Change } from '../guard/edit.ts'
import type { KeyView } from '../guard/key.ts'
import { ok, type Result } from '../lib/result.ts'
import { refuse, type Refusal } from '../refusal.ts'
import { provenanceOf, type Answered, type Call } from './call.ts'
import { shownKey } from './key-shape.ts'

/** The key that the path names, if the caller may reach it: to everybody else there is none. */
export async function reachedKey(call: Call, keyId: string): Promise<Result<KeyView, Refusal>> {
  // An object that is asked is made: no customer makes one by asking for a key that never was. Staff reach a key that
  // the directory has lost, too.
  const listed = call.actor.reach === 'any' || (await call.ports.directory.has('key', keyId))
  if (!listed) return refuse('not_found')
  const view = await call.ports.describeKey(keyId)
  const theirs = call.actor.reach === 'any' || view?.key.user === call.actor.grant.user
  return view !== undefined && theirs ? ok(view) : refuse('not_found')
}

/** An edit in the caller's name: of their own key alone where that is how far they reach. */
export function editOf(
  call: Call,
  change: Change,
  reason: string,
  widener?: Role,
  more: { approver?: string; ticket?: string } = {},
) {
  const { actor, ifRevision } = call
  return {
    change,
    mayWiden: widener === undefined || actor.roles.includes(widener),
    ...(widener === undefined ? {} : { widener }),
    ...(actor.reach === 'own' ? { ofUser: actor.grant.user } : {}),
    ...(ifRevision === undefined ? {} : { ifRevision }),
    provenance: provenanceOf(call, reason, more),
  }
}

/** Carries an edit out on the key that the path names. */
export async function carryOut(call: Call, edit: ReturnType<typeof editOf>): Answered {
  const view = await reachedKey(call, call.params['keyId'] ?? '')
  if (!view.ok) return view
  const result = await call.ports.editKey(view.value.key.keyId, edit)
  return result.ok
    ? ok({ body: shownKey(result.value), revision: result.value.key.revision ?? 0 })
    : result
}

/** A body whose form is right and whose meaning is not. */
export function invalid(pointer: string, reason: string) {
  return refuse('invalid_body', {
    detail: 'The body is not what this takes.',
    members: { errors: [{ pointer, reason }] },
  })
}
