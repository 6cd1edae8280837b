import { expect, test } from 'vitest'
import { byName } from '../../../src/admin/self.ts'

const burst = { name: 'burst', limit: 10, windowSeconds: 1, resetSeconds: 1 }

test('a limit that is counted apart is told once, by the count with the least left', () => {
  const day = { ...burst, name: 'day', limit: 100, windowSeconds: 86_400 }
  expect(
    byName([
      { ...burst, kinds: ['order'], remaining: 7 },
      { ...burst, kinds: ['cancel'], remaining: 2 },
      { ...burst, kinds: ['read'], remaining: 10 },
      { ...day, kinds: ['order'], remaining: 90 },
    ]),
  ).toEqual([
    {
      name: 'burst',
      limit: 10,
      windowSeconds: 1,
      remaining: 2,
      budgets: [
        { kinds: ['order'], remaining: 7 },
        { kinds: ['cancel'], remaining: 2 },
        { kinds: ['read'], remaining: 10 },
      ],
    },
    {
      name: 'day',
      limit: 100,
      windowSeconds: 86_400,
      remaining: 90,
      budgets: [{ kinds: ['order'], remaining: 90 }],
    },
  ])
})
