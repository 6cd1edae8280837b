import { serve } from './app.ts'

export { AuditLog } from '../durable-objects/audit-log.ts'
export { Directory } from '../durable-objects/directory.ts'
export { KeyGuard } from '../durable-objects/key-guard.ts'
export { LogSequencer } from '../durable-objects/log-sequencer.ts'
export { SigningKeys } from '../durable-objects/signing-keys.ts'
export { SourceGuard } from '../durable-objects/source-guard.ts'
export { User } from '../durable-objects/user.ts'

export default { fetch: serve } satisfies ExportedHandler<Env>
