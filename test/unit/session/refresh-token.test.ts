import { assert, asyncProperty, integer } from 'fast-check'
import { expect, test } from 'vitest'
import { newRandomId, RefreshTokens } from '../../../src/session/refresh-token.ts'
import { fakeRing } from '../../support/world.ts'

const TOKEN = { user: 'usr_ann', sid: newRandomId(), generation: 7, secret: newRandomId() }

test('a token says what it was minted for, also under a key that is no longer the current one', async () => {
  const text = await new RefreshTokens(fakeRing(1)).mint(TOKEN)
  expect(await new RefreshTokens(fakeRing(2, 1)).read(text)).toEqual(TOKEN)
  expect(await new RefreshTokens(fakeRing(2)).read(text)).toBeUndefined()
})

test('no text with one other character is a token', async () => {
  const tokens = new RefreshTokens(fakeRing(1))
  const text = await tokens.mint(TOKEN)
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789_.-'
  await assert(
    asyncProperty(
      integer({ min: 0, max: text.length - 1 }),
      integer({ min: 0, max: letters.length - 1 }),
      async (at, letter) => {
        const changed = text.slice(0, at) + letters.charAt(letter) + text.slice(at + 1)
        if (changed !== text) expect(await tokens.read(changed)).toBeUndefined()
      },
    ),
  )
})

test('a person whose id is no id has no token', async () => {
  const tokens = new RefreshTokens(fakeRing(1))
  await expect(tokens.mint({ ...TOKEN, user: 'a.b' })).rejects.toThrow('no form')
})
