/** A credential that ends soon: said while there is time to rotate it. */
import { signalOf } from '../control/signal.ts'
import type { Ports } from './ports.ts'
import type { Admitted } from './stages.ts'

const DAY_MS = 86_400_000

export function noticeEnding({ grant, credential, requestId }: Admitted, ports: Ports): void {
  const endsAtMs = grant.credentialEndsAtMs
  if (endsAtMs === undefined) return
  const nowMs = ports.nowMs()
  if (endsAtMs - nowMs > ports.policy.keys.warnDays * DAY_MS) return
  const subject = { type: 'credential', id: credential.id } as const
  const endsAt = new Date(endsAtMs).toISOString()
  const features = { keyId: grant.keyId, endsAt, requestId }
  ports.signal(signalOf('credential_ending', subject, features, new Date(nowMs).toISOString()))
}
