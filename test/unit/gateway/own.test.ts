/** The gateway's own calls on their path: what fails after admission, what ends soon, what a form or a body may be. */
import { describe, expect, test } from 'vitest'
import { VERDICT, world, type Script } from '../../support/path.ts'
import { NOW } from '../../support/request.ts'

const SELF = { method: 'GET', target: '/gw/v1/keys/self' }
const CAPS = { method: 'PUT', target: '/gw/v1/keys/self/caps', body: '{"limits":[]}' }
const DAY_MS = 86_400_000

function endingIn(days: number): Script {
  const { decision, ...rest } = VERDICT
  if (!decision.ok) throw new Error('not admitted')
  const value = { ...decision.value, credentialEndsAtMs: NOW + days * DAY_MS }
  return { admit: () => ({ ...rest, decision: { ok: true, value } }) }
}

describe('a fault of ours in one of the gateway’s own calls', () => {
  test.each([
    [CAPS, 'unknown'],
    [SELF, undefined],
  ])('is an outage, and says whether anything may have been done', async (request, outcome) => {
    const { send, ports, seen } = await world()
    Object.assign(ports, { own: () => Promise.reject(new Error('a secret')) })
    const response = await send(request)
    expect(response.status).toBe(503)
    const problem: object = await response.json()
    expect(problem).toMatchObject({ code: 'internal' })
    expect('outcome' in problem ? problem.outcome : undefined).toBe(outcome)
    expect(JSON.stringify([problem, seen.records])).not.toContain('a secret')
    expect(seen.forwarded).toEqual([])
  })
})

describe('a credential that ends', () => {
  // @control mission/rotation pci/8.6
  test.each([30, 1, 0.001])(
    'in %d days is signalled, with what its owner has to know',
    async (days) => {
      const { send, seen, credentialId } = await world(endingIn(days))
      expect((await send(SELF)).status).toBe(200)
      expect(seen.signals).toMatchObject([
        {
          rule: 'credential_ending',
          subject: { type: 'credential', id: credentialId },
          features: { keyId: 'key_1', endsAt: new Date(NOW + days * DAY_MS).toISOString() },
        },
      ])
    },
  )

  test('in more than thirty days, or never, is not', async () => {
    for (const script of [endingIn(30.001), {}]) {
      const { send, seen } = await world(script)
      expect((await send(SELF)).status).toBe(200)
      expect(seen.signals).toEqual([])
    }
  })
})

describe('what nobody is authenticated for', () => {
  test('is read whatever else its network asks for: nothing that strangers use up stands before', async () => {
    for (const spared of [false, 'down'] as const) {
      const { sendRaw, seen } = await world({ spared })
      const response = await sendRaw('/gw/v1/sessions/refresh', {
        method: 'POST',
        headers: {},
        body: '{}',
      })
      expect(response.status).toBe(401)
      expect([seen.forwarded, seen.shielded]).toEqual([[], []])
    }
  })

  test('is not read beyond the size of a body', async () => {
    const { sendRaw } = await world()
    const body = new Uint8Array(2 * 1024 * 1024)
    const headers = {}
    const response = await sendRaw('/gw/v1/bootstrap', { method: 'POST', headers, body })
    expect(response.status).toBe(413)
  })
})

test('a call that only a session makes is refused to a signature, before a key is asked', async () => {
  const { send, seen } = await world()
  const response = await send({ method: 'GET', target: '/gw/v1/admin/users' })
  expect(response.status).toBe(401)
  expect(await response.json()).toMatchObject({ detail: expect.stringContaining('session') })
  expect(seen.admissions).toEqual([])
})

test('a request that is signed in two ways is refused before either is looked at', async () => {
  const { send, seen } = await world()
  const headers = { 'signature-input': 'pc=();created=1', signature: 'pc=:AAAA:' }
  const response = await send(SELF, headers)
  expect(response.status).toBe(400)
  expect(seen.reads).toBe(0)
})

test('whoever sends neither signature nor token is nobody', async () => {
  const { sendRaw, seen } = await world()
  for (const authorization of [undefined, 'Basic YTpi', 'Bearer', 'Bearer notajwt', 'DPoP a.b']) {
    const headers = authorization === undefined ? {} : { authorization }
    const response = await sendRaw(SELF.target, { method: 'GET', headers })
    expect(response.status).toBe(401)
  }
  expect(seen.reads).toBe(0)
})
