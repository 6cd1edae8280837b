import { serve } from './app.ts'
import { sweep } from './sweep.ts'
import { sharedFor } from './wiring.ts'

export { AccountRisk } from '../durable-objects/account-risk.ts'
export { AuditCopy } from '../durable-objects/audit-copy.ts'
export { AuditLog } from '../durable-objects/audit-log.ts'
export { Control } from '../durable-objects/control.ts'
export { ControlView } from '../durable-objects/control-view.ts'
export { Directory } from '../durable-objects/directory.ts'
export { FirmRisk } from '../durable-objects/firm-risk.ts'
export { KeyGuard } from '../durable-objects/key-guard.ts'
export { LogSequencer } from '../durable-objects/log-sequencer.ts'
export { SiemOutbox } from '../durable-objects/siem-outbox.ts'
export { SigningKeys } from '../durable-objects/signing-keys.ts'
export { SourceGuard } from '../durable-objects/source-guard.ts'
export { User } from '../durable-objects/user.ts'

export default {
  fetch: serve,
  async scheduled(_controller, env) {
    await sweep(env, await sharedFor(env))
  },
} satisfies ExportedHandler<Env>
