import { expect, test } from 'vitest'
import policy from '../../../../gateway.config.ts'
import { adapterOf, FULL_ORDER, read } from '../../../support/orders.ts'
import { binanceCorpus, demoCorpus, fullCorpus, type Case } from '../../../support/order-corpus.ts'

const CASES = 2_000

/** What the demo's policy reads, of a request on its route. */
function readAs({ request, route }: Case, venue: 'binance' | undefined) {
  const adapter = policy.orders.get(route)
  return adapter && read(adapter, request, (name) => policy.symbolOf(venue, name))
}

test('what is written in JSON, in any spelling, is read as the order that it was', () => {
  const adapter = adapterOf(FULL_ORDER)
  for (const { intent, request } of fullCorpus(CASES))
    expect(read(adapter, request)).toEqual([intent])
})

test('so is what the demo’s clients write', () => {
  for (const one of demoCorpus(CASES)) expect(readAs(one, undefined)).toEqual([one.intent])
})

test('so is what Binance’s clients write, in query, form or both', () => {
  for (const one of binanceCorpus(CASES)) expect(readAs(one, 'binance')).toEqual([one.intent])
})

test('another seed is another corpus, the same seed the same', () => {
  const texts = (seed: number) =>
    Array.from(fullCorpus(5, seed), ({ request }) => new TextDecoder().decode(request.body))
  expect(texts(7)).toEqual(texts(7))
  expect(texts(7)).not.toEqual(texts(8))
})
