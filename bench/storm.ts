/** A hot key beyond what its object can do, and a neighbour at the same time: whoever shares the gateway must not notice. */
import { setTimeout as delay } from 'node:timers/promises'
import { drive, quantile } from './client.ts'
import type { Running, World } from './contender.ts'
import { signedRequest } from './keys.ts'
import { keyNamed } from './rows.ts'
import { signed } from './slice.ts'
import { digits, percent, type Table } from './table.ts'

const CONNECTIONS = 256
/** Requests of the first drive, which finds out how fast it is. */
const FIRST = 512
/** Of the neighbour, in milliseconds. */
const EVERY_MS = 50

export async function storm(
  { port }: Running,
  world: World,
  seconds: number,
): Promise<readonly (string | Table)[]> {
  const hot = keyNamed(world, 'hot')
  const orders = { make: () => signedRequest(hot, 'order', port) }
  const { seconds: first } = await drive(port, CONNECTIONS, await signed(orders, FIRST))
  const quiet = await neighbourDuring(port, world, delay(seconds * 1_000 - EVERY_MS))
  const requests = await signed(orders, Math.round((FIRST / first) * seconds))
  const driven = drive(port, CONNECTIONS, requests)
  const beside = await neighbourDuring(port, world, driven)
  const stormed = await driven
  return [
    `A hot key beyond its object's capacity: orders of one key on ${CONNECTIONS} connections, as fast as they are ` +
      `answered, for about ${digits(stormed.seconds)} s; beside it reads of another key, one every ${EVERY_MS} ms, ` +
      'each on a connection of its own, first alone and then during the storm. Here all objects share the one core of ' +
      'one process, so a neighbour waits with everybody: ' +
      'what counts is that it gets no errors.',
    {
      head: ['who', 'requests', 'answers', 'requests/s', 'p50 ms', 'p99 ms', 'good'],
      rows: [
        line('orders of the hot key', stormed, 201),
        line('reads of a neighbour, alone', quiet, 200),
        line('reads of a neighbour, during it', beside, 200),
      ],
    },
  ]
}

type Answers = Awaited<ReturnType<typeof drive>>

function line(who: string, answers: Answers, good: number): readonly string[] {
  const { requests, seconds, latenciesMs, statuses } = answers
  return [
    who,
    digits(requests),
    [...statuses].map(([status, times]) => `${times} × ${status}`).join(', '),
    digits(requests / seconds),
    digits(quantile(latenciesMs, 0.5)),
    digits(quantile(latenciesMs, 0.99)),
    percent((statuses.get(good) ?? 0) / requests),
  ]
}

/** Answers no, then. */
async function pause(untilMs: number): Promise<boolean> {
  return delay(Math.max(0, untilMs - performance.now()), false)
}

/** Asks at a steady rate, however long an answer takes, until the other thing is over. */
async function neighbourDuring(
  port: number,
  world: World,
  other: Promise<unknown>,
): Promise<Answers> {
  const key = keyNamed(world, 'many-0')
  const asked: Promise<Answers>[] = []
  const startMs = performance.now()
  const over = other.then(() => true)
  do {
    asked.push(drive(port, 1, [await signedRequest(key, 'read', port)]))
  } while (!(await Promise.race([over, pause(startMs + asked.length * EVERY_MS)])))
  const seconds = (performance.now() - startMs) / 1_000
  const answers = await Promise.all(asked)
  const statuses = new Map<number, number>()
  for (const one of answers) {
    for (const [status, times] of one.statuses) {
      statuses.set(status, (statuses.get(status) ?? 0) + times)
    }
  }
  const latenciesMs = Float64Array.from(answers.flatMap((one) => [...one.latenciesMs])).sort()
  return { requests: answers.length, seconds, latenciesMs, statuses }
}
