/** The limit: what a worker costs that does nothing but pass a request on to the same origin. */
interface Bindings {
  readonly ORIGIN: Fetcher
}

export default {
  fetch: (request, env) => env.ORIGIN.fetch(request),
} satisfies ExportedHandler<Bindings>
