/** Keys and their credentials: `/gw/v1/admin/keys`. */
import * as v from 'valibot'
import { WIDENS } from '../access/role.ts'
import type { KeyStatus } from '../guard/key.ts'
import { ok } from '../lib/result.ts'
import { own, ownWithBody, type Own } from './call.ts'
import { Addresses, isoOf, Line, Permissions, Reason, Text, Time } from './fields.ts'
import { carryOut, editOf, reachedKey } from './key-edit.ts'
import { limitKey, LimitsBody } from './key-limits.ts'
import { createKey, NewKey, rotateKey, Rotation } from './key-material.ts'
import { CredentialShape, KeyShape, shownKey } from './key-shape.ts'
import { OwnedPageQuery } from './parameters.ts'
import { page } from './users.ts'

const StatusShape = v.object({ keyId: Text, status: Text, at: Time })

function statusCall(
  verb: 'suspend' | 'resume' | 'revoke',
  status: KeyStatus,
  summary: string,
): Own {
  return ownWithBody(
    {
      id: `gateway.keys.${verb}`,
      route: `POST /gw/v1/admin/keys/{keyId}/${verb}`,
      summary,
      by: 'session',
      right: `keys.${verb}`,
      takes: Reason,
      gives: StatusShape,
    },
    async (call, { reason }) => {
      const view = await reachedKey(call, call.params['keyId'] ?? '')
      if (!view.ok) return view
      const { keyId } = view.value.key
      const edit = editOf(call, { type: 'status', status }, reason)
      const result = await call.ports.editKey(keyId, edit)
      if (!result.ok) return result
      return ok({ body: { keyId, status: result.value.key.status, at: isoOf(call.ports.nowMs()) } })
    },
  )
}

export const KEYS: readonly Own[] = [
  ownWithBody(
    {
      id: 'gateway.keys.create',
      route: 'POST /gw/v1/admin/keys',
      summary: 'Make a key; its secret is shown once',
      by: 'session',
      right: 'keys.create',
      status: 201,
      headers: ['Idempotency-Key'],
      revised: true,
      takes: NewKey,
      gives: v.object({ keyId: Text, credential: CredentialShape }),
    },
    createKey,
  ),
  own(
    {
      id: 'gateway.keys.list',
      route: 'GET /gw/v1/admin/keys',
      summary: 'Keys, page by page',
      by: 'session',
      right: 'keys.read',
      query: OwnedPageQuery,
      gives: v.object({ items: v.array(KeyShape), next: v.optional(Text) }),
    },
    async (call) => {
      const read = async (keyId: string) => {
        const view = await reachedKey(call, keyId)
        return view.ok ? shownKey(view.value) : undefined
      }
      return ok({ body: await page(call, 'key', read) })
    },
  ),
  own(
    {
      id: 'gateway.keys.read',
      route: 'GET /gw/v1/admin/keys/{keyId}',
      summary: 'One key',
      by: 'session',
      right: 'keys.read',
      revised: true,
      gives: KeyShape,
    },
    async (call) => {
      const view = await reachedKey(call, call.params['keyId'] ?? '')
      return view.ok
        ? ok({ body: shownKey(view.value), revision: view.value.key.revision ?? 0 })
        : view
    },
  ),
  ownWithBody(
    {
      id: 'gateway.keys.rotate',
      route: 'POST /gw/v1/admin/keys/{keyId}/rotate',
      summary: 'A new credential beside the old one, which ends when the overlap does',
      by: 'session',
      right: 'keys.rotate',
      headers: ['Idempotency-Key'],
      revised: true,
      takes: Rotation,
      gives: v.object({ credential: CredentialShape, previousEndsAt: Time }),
    },
    async (call, body) => {
      const view = await reachedKey(call, call.params['keyId'] ?? '')
      return view.ok ? rotateKey(call, view.value, body) : view
    },
  ),
  own(
    {
      id: 'gateway.keys.credentials.end',
      route: 'DELETE /gw/v1/admin/keys/{keyId}/credentials/{credentialId}',
      summary: 'End one credential of a key; the others go on',
      by: 'session',
      right: 'keys.revoke',
      gives: KeyShape,
    },
    (call) => {
      const credentialId = call.params['credentialId'] ?? ''
      return carryOut(call, editOf(call, { type: 'end', credentialId }, 'ended'))
    },
  ),
  statusCall('suspend', 'suspended', 'Suspend a key'),
  statusCall('resume', 'active', 'Let a suspended key go on'),
  statusCall('revoke', 'revoked', 'Revoke a key for good'),
  ownWithBody(
    {
      id: 'gateway.keys.permissions',
      route: 'PUT /gw/v1/admin/keys/{keyId}/permissions',
      summary: 'What a key may do',
      by: 'session',
      right: 'keys.permissions',
      conditional: true,
      revised: true,
      takes: v.strictObject({ permissions: Permissions, reason: Line }),
      gives: KeyShape,
    },
    (call, { permissions, reason }) =>
      carryOut(
        call,
        editOf(call, { type: 'permissions', permissions }, reason, WIDENS.permissions),
      ),
  ),
  ownWithBody(
    {
      id: 'gateway.keys.addresses',
      route: 'PUT /gw/v1/admin/keys/{keyId}/addresses',
      summary: 'From where a key may be used',
      by: 'session',
      right: 'keys.addresses',
      conditional: true,
      revised: true,
      takes: v.strictObject({ addresses: Addresses, reason: Line }),
      gives: KeyShape,
    },
    (call, { addresses, reason }) =>
      carryOut(call, editOf(call, { type: 'addresses', addresses }, reason, WIDENS.addresses)),
  ),
  ownWithBody(
    {
      id: 'gateway.keys.limits',
      route: 'PUT /gw/v1/admin/keys/{keyId}/limits',
      summary:
        'A key’s own limits; to raise one takes the role risk, an approver, a ticket and an end',
      by: 'session',
      right: 'keys.limits',
      conditional: true,
      revised: true,
      takes: LimitsBody,
      gives: KeyShape,
    },
    limitKey,
  ),
]
