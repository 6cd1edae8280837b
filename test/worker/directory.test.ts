/** Who is the first: decided in one place, and for good once they have shown their authenticator. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

test('until the first person has shown their authenticator another may take their place', async () => {
  const directory = env.DIRECTORY.getByName('first-people')
  expect(await directory.enterFirst('ann')).toBe(true)
  expect(await directory.isFirst('ann')).toBe(true)
  // The answer that told Ann's secret was lost.
  expect(await directory.enterFirst('bob')).toBe(true)
  expect(await directory.isFirst('ann')).toBe(false)
  expect(await directory.has('user', 'ann')).toBe(false)

  await directory.endBootstrap()
  expect(await directory.isFirst('bob')).toBe(false)
  expect(await directory.enterFirst('eve')).toBe(false)
})

test('where there are people nobody is the first', async () => {
  const directory = env.DIRECTORY.getByName('other-people')
  await directory.enter({ id: 'ann', type: 'user', user: 'ann', account: '' }, undefined)
  expect(await directory.enterFirst('eve')).toBe(false)
})
