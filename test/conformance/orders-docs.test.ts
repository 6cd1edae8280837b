/** What docs/orders.md says of mappings, against the code that it speaks of. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { MappingSchema } from '../../src/risk/adapters/mapping-schema.ts'
import { adapterOf, jsonRequest, symbolOf } from '../support/orders.ts'

const PAGE = fs.readFileSync(path.resolve(import.meta.dirname, '../../docs/orders.md'), 'utf8')

test('shows a mapping that reads what it says', () => {
  const [, route = '', text = ''] = /^```json mapping (.+)\n([^`]+)```$/m.exec(PAGE) ?? []
  const adapter = adapterOf(JSON.parse(text), route)
  const body = '{"instrument":"AAPL","side":"S","size":2.5,"limit":{"price":"200"},"comment":[1]}'
  const request = jsonRequest(body, { query: 'ref=mine&pretty=1' })
  const read = adapter.read(request, symbolOf)
  expect(read).toMatchObject({
    ok: true,
    value: [
      {
        symbol: 'AAPL',
        side: 'sell',
        type: 'limit',
        quantity: 25n * 10n ** 17n,
        price: 200n * 10n ** 18n,
        validity: 'day',
        clientOrderId: 'mine',
      },
    ],
  })
  const answer = '{"order":{"id":7,"ref":"mine","state":"working","done":"0.5"}}'
  expect(adapter.readAnswer(200, Buffer.from(answer), read.ok ? read.value : [])).toEqual([
    { orderId: '7', clientOrderId: 'mine', status: 'open', filled: 5n * 10n ** 17n },
  ])
})

test('names every part that a mapping may have', () => {
  for (const { entries } of MappingSchema.options)
    for (const name of Object.keys(entries)) expect(PAGE, name).toContain(name)
})
