/** One exchange with an origin, as its stamps have it. */
import type { Exchange } from '../../src/clock/bracket.ts'
import { readStamp } from '../../src/clock/stamp.ts'

/** Times in milliseconds, the origin's as it writes them. */
export function exchangeOf(
  sentAtMs: number,
  received: string,
  sent: string,
  answeredAtMs: number,
): Exchange {
  const [there, back] = [readStamp(received, 'ms'), readStamp(sent, 'ms')]
  if (there === undefined || back === undefined) throw new Error('A stamp cannot be read')
  return { sentAtMs, answeredAtMs, received: there, sent: back }
}

/** An order that takes 4 ms there and 4 ms back, to an origin whose clock is ahead by `offsetMs`. */
export function exchangeAt(sentAtMs: number, offsetMs = 0, wayMs = 4): Exchange {
  const there = (sentAtMs + wayMs + offsetMs).toFixed(3)
  return exchangeOf(sentAtMs, there, there, sentAtMs + 2 * wayMs)
}
