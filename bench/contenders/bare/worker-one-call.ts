/** The bare worker, which asks one object first: what keeping state for each key costs, whatever is done with it. */
import { DurableObject } from 'cloudflare:workers'

interface Bindings {
  readonly ORIGIN: Fetcher
  readonly KEYS: DurableObjectNamespace<OneCall>
}

/** Answers as much as a verdict needs at least. */
export class OneCall extends DurableObject {
  ask(nonce: string): { readonly ok: boolean; readonly nonce: string } {
    return { ok: true, nonce }
  }
}

export default {
  async fetch(request, env) {
    await env.KEYS.getByName('hot').ask(request.headers.get('pc-nonce') ?? '')
    return env.ORIGIN.fetch(request)
  },
} satisfies ExportedHandler<Bindings>
