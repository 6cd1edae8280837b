import { app } from './app.ts'

export { KeyGuard } from '../durable-objects/key-guard.ts'

export default { fetch: app.fetch } satisfies ExportedHandler<Env>
