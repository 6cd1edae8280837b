/** One-time passwords that somebody saw or stole: each lets one request in, once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sign } from '../../src/client/sign.ts'
import {
  Caller,
  refusalOf,
  seeded,
  steadyStep,
  stepNow,
  wrongCode,
  type Someone,
} from '../support/node/caller.ts'
import { Demo, order } from '../support/node/demo.ts'
import { tally } from '../support/node/tally.ts'
import { otpAt, type Ask, type Reply, type Tokens } from '../support/node/person.ts'
import { reached, STEP_UP, WITHDRAWAL, withdrawal } from '../support/node/withdrawal.ts'

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

describe('a one-time password is used once:', () => {
  // @control mission/totp pci/8.4-8.5
  test('of fifty sessions that ask with it at one instant, one begins', async () => {
    const someone = await caller.person(owner)
    const keys = [someone, ...(await more(4, someone))]
    const otp = otpAt(someone.totpSecret, await steadyStep())
    const asked = Array.from({ length: 50 }, (_, i) => keys[i % keys.length] ?? someone)
    const replies = await Promise.all(
      asked.map(({ credential }) => caller.beginWith(otp, credential)),
    )
    expect(tally(replies.map(refusalOf))).toEqual({ 201: 1, [STEP_UP]: 49 })
  })

  async function more(count: number, someone: Someone) {
    const keys: Pick<Someone, 'credential'>[] = []
    for (let i = 0; i < count; i += 1) keys.push(await caller.anotherKey(owner, someone))
    return keys
  }

  test('of ten withdrawals with it at one instant, one reaches the broker', async () => {
    const someone = await caller.person(owner)
    const before = demo.journal().length
    const otp = otpAt(someone.totpSecret, await steadyStep())
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => withdraw(someone, { 'pc-otp': otp })),
    )
    expect(replies.filter((reply) => refusalOf(reply) === STEP_UP)).toHaveLength(9)
    expect(demo.journal()).toHaveLength(before + 1)
  })

  test('one of a neighbouring step too; and an older one than the last is none', async () => {
    const someone = await caller.person(owner)
    const { credential, totpSecret } = someone
    const step = await steadyStep()
    const next = otpAt(totpSecret, step + 1)
    expect((await caller.beginWith(next, credential)).status).toBe(201)
    expect(refusalOf(await caller.beginWith(next, credential))).toBe(STEP_UP)
    expect(refusalOf(await caller.beginWith(otpAt(totpSecret, step), credential))).toBe(STEP_UP)
  })

  test('two steps from now it is not good', async () => {
    const { credential, totpSecret } = await caller.person(owner)
    const step = await steadyStep()
    for (const offset of [-2, 2]) {
      const otp = otpAt(totpSecret, step + offset)
      expect(refusalOf(await caller.beginWith(otp, credential))).toBe(STEP_UP)
    }
  })

  test('for a request, and then not for a session; for a session, and then not for a request', async () => {
    const someone = await caller.person(owner)
    const { credential, totpSecret } = someone
    const step = await steadyStep()
    const [now, next] = [otpAt(totpSecret, step), otpAt(totpSecret, step + 1)]
    expect(await reaching(() => withdraw(someone, { 'pc-otp': now }))).toBe('201, 1 reached')
    expect(refusalOf(await caller.beginWith(now, credential))).toBe(STEP_UP)
    expect((await caller.beginWith(next, credential)).status).toBe(201)
    const again = await reaching(() => withdraw(someone, { 'pc-otp': next }))
    expect(again).toBe(`${STEP_UP}, 0 reached`)
  })

  test("somebody else's is none", async () => {
    const [one, other] = [await caller.person(owner), await caller.person(owner)]
    const otp = otpAt(other.totpSecret, await steadyStep())
    expect(refusalOf(await caller.beginWith(otp, one.credential))).toBe(STEP_UP)
    expect((await caller.beginWith(otp, other.credential)).status).toBe(201)
  })
})

describe('in a signed request', () => {
  // @control mission/step-up owasp/API6 pci/8.4-8.5
  test('it is asked for where money leaves, in the words of RFC 9470', async () => {
    const someone = await caller.person(owner)
    const before = demo.journal().length
    const reply = await withdraw(someone)
    expect(refusalOf(reply)).toBe(STEP_UP)
    expect(reply.json).toMatchObject({ acr_values: 'urn:portcullis:acr:2fa', max_age: 300 })
    const challenge = String(reply.headers['www-authenticate'])
    expect(challenge).toContain('error="insufficient_user_authentication"')
    expect(challenge).toContain('acr_values="urn:portcullis:acr:2fa"')
    expect(challenge).toContain('max_age="300"')
    // The session that the person has meanwhile is no excuse for who has the key alone.
    const otp = otpAt(someone.totpSecret, await steadyStep())
    expect((await caller.beginWith(otp, someone.credential)).status).toBe(201)
    expect(refusalOf(await withdraw(someone))).toBe(STEP_UP)
    expect(demo.journal()).toHaveLength(before)
  })

  test('where nobody asks for one it is not looked at: wrong ones would delay the person for nothing', async () => {
    const someone = await caller.person(owner)
    const step = await steadyStep()
    const otp = wrongCode(someone, step)
    let sent = 0
    const next = () => JSON.parse(String(order(`wrong-otp-${(sent += 1)}`).body))
    const work = () =>
      caller.signed(someone.credential, 'POST', '/v1/orders', next(), {
        headers: { 'pc-otp': otp },
      })
    for (let i = 0; i < 5; i += 1) expect(await reaching(work)).toBe('201, 1 reached')
    expect(await reaching(() => withdraw(someone, { 'pc-otp': otp }))).toBe(`${STEP_UP}, 0 reached`)
    const right = otpAt(someone.totpSecret, step)
    expect(await reaching(() => withdraw(someone, { 'pc-otp': right }))).toBe('201, 1 reached')
  })

  test('put there after signing it is refused, and not used up', async () => {
    const someone = await caller.person(owner)
    const otp = otpAt(someone.totpSecret, await steadyStep())
    const signed = await signedWithdrawal(someone)
    const send = (headers: Record<string, string>) =>
      caller.ask('POST', '/v1/withdrawals', WITHDRAWAL, { headers })
    const added = await reaching(() => send({ ...signed, 'pc-otp': otp }))
    expect(added).toBe('401 unauthorized, 0 reached')
    const exchanged = await signedWithdrawal(someone, wrongCode(someone, stepNow()))
    const other = await reaching(() => send({ ...exchanged, 'pc-otp': otp }))
    expect(other).toBe('401 unauthorized, 0 reached')
    const two = await signedWithdrawal(someone, otp)
    const twice = await reaching(() => send({ ...two, 'pc-otp': `${otp}, 000000` }))
    expect(twice).toBe('400 malformed_request, 0 reached')
    expect((await caller.beginWith(otp, someone.credential)).status).toBe(201)
  })

  async function signedWithdrawal({ credential }: Someone, otp?: string) {
    const headers: Record<string, string> = otp === undefined ? {} : { 'pc-otp': otp }
    const request = { method: 'POST', url: `${caller.base}/v1/withdrawals`, headers }
    const signature = await sign({ ...request, body: JSON.stringify(WITHDRAWAL) }, credential)
    return { ...headers, ...signature }
  }

  test('a replay is turned away before the person is asked: it counts as no guess', async () => {
    const someone = await caller.person(owner)
    const step = await steadyStep()
    const headers = await signedWithdrawal(someone, otpAt(someone.totpSecret, step))
    const send = () => caller.ask('POST', '/v1/withdrawals', WITHDRAWAL, { headers })
    expect(await reaching(send)).toMatch(/, 1 reached$/)
    // Six used passwords would have brought a wait of eight seconds.
    for (let i = 0; i < 6; i += 1) expect(await reaching(send)).toBe('409 replayed, 0 reached')
    const next = otpAt(someone.totpSecret, step + 1)
    expect((await caller.beginWith(next, someone.credential)).status).toBe(201)
  })

  test('what the key may not do uses no password up', async () => {
    const someone = await caller.person(owner, { permissions: ['account.read'] })
    const otp = otpAt(someone.totpSecret, await steadyStep())
    const refused = await reaching(() => withdraw(someone, { 'pc-otp': otp }))
    expect(refused).toBe('403 permission_missing, 0 reached')
    expect((await caller.beginWith(otp, someone.credential)).status).toBe(201)
  })

  test('a session cannot carry one', async () => {
    const someone = await caller.person(owner)
    const { access_token } = await caller.begin(someone)
    const headers = { 'pc-otp': otpAt(someone.totpSecret, stepNow() + 1) }
    const work = () => caller.bearing(access_token, 'GET', '/v1/account', undefined, { headers })
    expect(await reaching(work)).toBe('400 malformed_request, 0 reached')
  })
})

test('silence: no one-time password, its secret, recovery code or token was printed, or reached the broker', () => {
  const { soughtCount, found } = caller.findAnywhere(demo)
  expect(soughtCount).toBeGreaterThan(100)
  expect(found).toEqual([])
})
