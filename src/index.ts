import { serve } from './app.ts'

export { AuditLog } from '../durable-objects/audit-log.ts'
export { KeyGuard } from '../durable-objects/key-guard.ts'
export { SourceGuard } from '../durable-objects/source-guard.ts'

export default { fetch: serve } satisfies ExportedHandler<Env>
