/** Guessed one-time passwords, recovery codes, factors that are not or no longer anybody's. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  Caller,
  refusalOf,
  seeded,
  steadyStep,
  wrongCode,
  type Someone,
} from '../support/node/caller.ts'
import { Demo } from '../support/node/demo.ts'
import { tally } from '../support/node/tally.ts'
import { otpAt, type Ask, type Reply, type Tokens } from '../support/node/person.ts'
import { reached, STEP_UP, withdrawal } from '../support/node/withdrawal.ts'

const demo = new Demo()
let caller: Caller
let owner: Tokens

beforeAll(async () => {
  await demo.start()
  caller = new Caller(demo.file.gateway)
  owner = await caller.begin(seeded(demo, 'owner'))
})
afterAll(() => demo.stop())

const withdraw = (someone: Pick<Someone, 'credential'>, headers: Ask['headers'] = {}) =>
  withdrawal(caller, someone, headers)
const reaching = (work: () => Promise<Reply>) => reached(demo, work)

describe('guessing', () => {
  test('costs a growing wait, in which a right one is not looked at', async () => {
    const someone = await caller.person(owner)
    const { credential, totpSecret } = someone
    const step = await steadyStep()
    const guess = () => caller.beginWith(wrongCode(someone, step), credential)
    for (let i = 0; i < 3; i += 1) {
      const reply = await guess()
      expect(refusalOf(reply)).toBe(STEP_UP)
      expect(reply.headers['retry-after']).toBeUndefined()
    }
    expect((await guess()).headers['retry-after']).toBe('2')
    const right = otpAt(totpSecret, step + 1)
    const early = await caller.beginWith(right, credential)
    expect(refusalOf(early)).toBe(STEP_UP)
    expect(Number(early.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    const inRequest = await reaching(() => withdraw(someone, { 'pc-otp': right }))
    expect(inRequest).toBe(`${STEP_UP}, 0 reached`)
    await sleep(2_050)
    expect((await guess()).headers['retry-after']).toBe('4')
    await sleep(4_050)
    expect((await caller.beginWith(right, credential)).status).toBe(201)
  })

  test('at one instant is no way around it: of ten guesses four are looked at', async () => {
    const someone = await caller.person(owner)
    const otp = wrongCode(someone, await steadyStep())
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => caller.beginWith(otp, someone.credential)),
    )
    expect(tally(replies.map(refusalOf))).toEqual({ [STEP_UP]: 10 })
    expect(replies.filter(({ headers }) => headers['retry-after'] === undefined)).toHaveLength(3)
  })

  test.each([
    '',
    '12345',
    '1234567',
    '123 456',
    '１２３４５６',
    'abcdef',
    '-12345',
    '1e5',
    '      ',
  ])('%j is no password', async (otp) => {
    const someone = await caller.person(owner)
    expect(refusalOf(await caller.beginWith(otp, someone.credential))).toBe(STEP_UP)
  })

  test('a password that is no text is no body', async () => {
    const { credential } = await caller.person(owner)
    for (const otp of [123_456, null, ['123456'], { otp: '123456' }, true]) {
      const reply = await caller.signed(credential, 'POST', '/gw/v1/sessions', { otp })
      expect(refusalOf(reply)).toBe('422 invalid_body')
    }
  })
})

describe('a recovery code', () => {
  test('is used once, however it is written, and is its own person’s', async () => {
    const [one, other] = [await caller.person(owner), await caller.person(owner)]
    const [code = ''] = one.recoveryCodes
    expect(one.recoveryCodes).toHaveLength(10)
    expect(refusalOf(await caller.beginWith(code, other.credential))).toBe(STEP_UP)
    expect((await caller.beginWith(code, one.credential)).status).toBe(201)
    for (const again of [code, code.toUpperCase(), code.replaceAll('-', '')])
      expect(refusalOf(await caller.beginWith(again, one.credential))).toBe(STEP_UP)
  })

  test('of ten at one instant begins one session', async () => {
    const { recoveryCodes, credential } = await caller.person(owner)
    const [code = ''] = recoveryCodes
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => caller.beginWith(code, credential)),
    )
    expect(tally(replies.map(refusalOf))).toEqual({ 201: 1, [STEP_UP]: 9 })
  })

  test('does not go with a request: money does not leave for it', async () => {
    const someone = await caller.person(owner)
    const [code = ''] = someone.recoveryCodes
    const refused = await reaching(() => withdraw(someone, { 'pc-otp': code }))
    expect(refused).toBe(`${STEP_UP}, 0 reached`)
    expect((await caller.beginWith(code, someone.credential)).status).toBe(201)
  })

  test('of before a new enrolment is none, nor is the old authenticator', async () => {
    const someone = await caller.person(owner)
    const [code = ''] = someone.recoveryCodes
    const path = `/gw/v1/admin/users/${someone.userId}/totp/reset`
    const { access_token } = owner
    const reset = await caller.bearing(access_token, 'POST', path, { reason: 'lost' })
    expect(reset.status).toBe(200)
    expect(refusalOf(await caller.beginWith(code, someone.credential))).toBe(STEP_UP)
    const step = await steadyStep()
    const old = otpAt(someone.totpSecret, step)
    expect(refusalOf(await caller.beginWith(old, someone.credential))).toBe(STEP_UP)
    // The new one opens nothing either, until it is confirmed.
    const fresh: string = reset.json.totp.secret
    expect(refusalOf(await caller.beginWith(otpAt(fresh, step), someone.credential))).toBe(STEP_UP)
    await caller.confirm(owner, someone.userId, fresh)
    const good = await caller.beginWith(otpAt(fresh, step), someone.credential)
    expect(good.status).toBe(201)
  })
})

test('a factor that was never confirmed opens nothing', async () => {
  const someone = await caller.person(owner, { confirmed: false })
  const step = await steadyStep()
  const otp = otpAt(someone.totpSecret, step)
  expect(refusalOf(await caller.beginWith(otp, someone.credential))).toBe(STEP_UP)
  const refused = await reaching(() => withdraw(someone, { 'pc-otp': otp }))
  expect(refused).toBe(`${STEP_UP}, 0 reached`)
  await caller.confirm(owner, someone.userId, someone.totpSecret)
  expect((await caller.beginWith(otp, someone.credential)).status).toBe(201)
})

test('silence: no one-time password, its secret, recovery code or token was printed, or reached the broker', () => {
  const { soughtCount, found } = caller.findAnywhere(demo)
  expect(soughtCount).toBeGreaterThan(100)
  expect(found).toEqual([])
})
