/** Cloudflare's list prices beyond what a plan includes, in dollars, and what a request costs at them. */

/** Per million, as published on the page named, read in November 2026. */
const PRICES = {
  workerRequest: { perMillion: 0.3, source: 'Workers pricing' },
  cpuMs: { perMillion: 0.02, source: 'Workers pricing' },
  /** Each call on a stub is one, and each alarm that runs. */
  objectRequest: { perMillion: 0.15, source: 'Durable Objects pricing' },
  objectGbSecond: { perMillion: 12.5, source: 'Durable Objects pricing' },
  rowWritten: { perMillion: 1, source: 'Durable Objects pricing' },
  kvRead: { perMillion: 0.5, source: 'Workers KV pricing' },
  /** One for each request whose trace is delivered, however many lines it has. */
  logpush: { perMillion: 0.05, source: 'Workers Trace Events Logpush, Workers pricing' },
} as const

/** What the counters cannot tell: time. */
export interface Times {
  readonly cpuMsPerRequest: number
  readonly objectMsPerCall: number
}

/** On the dear side: the bench's machine, which is not Cloudflare's, needed less than 1 ms of CPU a request. */
export const ASSUMED: Times = { cpuMsPerRequest: 4, objectMsPerCall: 6 }

/** An object is billed as if it had 128 MB, in use or not. */
const OBJECT_GB = 0.128

/** What one request uses, on average. */
export interface Use {
  readonly objectCalls: number
  readonly alarmsRun: number
  readonly rowsWritten: number
  readonly kvReads: number
}

/** In dollars per million requests. */
export function priceOf(
  { objectCalls, alarmsRun, rowsWritten, kvReads }: Use,
  { cpuMsPerRequest, objectMsPerCall }: Times = ASSUMED,
): number {
  const objectRequests = objectCalls + alarmsRun
  const objectSeconds = (objectRequests * objectMsPerCall) / 1_000
  return (
    PRICES.workerRequest.perMillion +
    cpuMsPerRequest * PRICES.cpuMs.perMillion +
    objectRequests * PRICES.objectRequest.perMillion +
    objectSeconds * OBJECT_GB * PRICES.objectGbSecond.perMillion +
    rowsWritten * PRICES.rowWritten.perMillion +
    kvReads * PRICES.kvRead.perMillion +
    PRICES.logpush.perMillion
  )
}
