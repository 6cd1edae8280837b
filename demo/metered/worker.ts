/**
 * The product's worker with a meter around it, for the demo alone: what is deployed knows nothing of this folder.
 * `demo/bundle.ts` joins the two.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import policy from '../../gateway.config.ts'
import { meteredEnv } from './bindings.ts'
import { classOf } from './counters.ts'
import { factsOf } from './line.ts'
import { resetObjects } from './object.ts'
import {
  announce,
  announceObjects,
  answered,
  BACKGROUND,
  begin,
  counters,
  countLine,
  recorded,
  RequestTally,
} from './tally.ts'

interface Product {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response>
  scheduled(controller: ScheduledController, env: Env, ctx: ExecutionContext): void | Promise<void>
}

const isPublic = (operation: string) => policy.operations.get(operation)?.public ?? false

/** How Node reaches the meter: an entrypoint with a socket of its own in the demo. */
export class Meter extends WorkerEntrypoint<Env> {
  override fetch({ method }: Request): Response {
    // Of a method that no page of another site may send unasked.
    if (method === 'DELETE') resetObjects()
    const bound = Object.entries(this.env).filter(([, value]) => typeof value === 'object')
    announce(bound.map(([name]) => name))
    return Response.json(counters())
  }
}

/** @param namespaces the class of objects behind each binding that leads to one. */
export function meteredWorker(
  product: Product,
  namespaces: Readonly<Record<string, string>>,
): ExportedHandler<Env> {
  watchConsole()
  announceObjects(namespaces)
  return {
    async fetch(request, env, ctx): Promise<Response> {
      begin()
      const tally = new RequestTally()
      try {
        const response = await product.fetch(request, meteredEnv(env, namespaces, tally), ctx)
        answered(response.headers.get('x-request-id'), tally)
        return response
      } catch (error) {
        answered(null, tally)
        throw error
      }
    },
    async scheduled(controller, env, ctx): Promise<void> {
      begin()
      await product.scheduled(controller, meteredEnv(env, namespaces, BACKGROUND), ctx)
    },
  }
}

/** Each line is counted, and the record of a call says of which class its request is. */
function watchConsole(): void {
  /* oxlint-disable no-console -- the console is what is watched here */
  const print = console.log.bind(console)
  const encoder = new TextEncoder()
  console.log = (...words: unknown[]): void => {
    const line = words.map(String).join(' ')
    countLine(encoder.encode(line).length)
    const facts = factsOf(line)
    if (facts?.['type'] === 'call') recorded(String(facts['requestId']), classOf(facts, isPublic))
    print(...words)
  }
  /* oxlint-enable no-console */
}
