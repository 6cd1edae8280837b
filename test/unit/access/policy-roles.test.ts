/** What a policy says of roles and of where requests name their resources, and what is wrong with it. */
import { describe, expect, test } from 'vitest'
import {
  defineGateway,
  permissionsOf,
  PolicyError,
  type GatewayInput,
} from '../../../src/access/policy.ts'
import { roleProblems } from '../../../src/access/policy-problems.ts'
import { ROLES } from '../../../src/access/role.ts'

const OPERATIONS: GatewayInput['operations'] = {
  'order.write': { kind: 'order', routes: ['POST /v1/orders'] },
  'market.read': { kind: 'read', routes: ['GET /v1/time'] },
}

function define(change: Partial<GatewayInput> = {}) {
  return defineGateway({
    origin: { region: 'weur' },
    dialects: ['compact'],
    operations: OPERATIONS,
    tiers: { retail: { limits: [{ name: 'burst', limit: 10, windowSeconds: 1 }] } },
    ...change,
  })
}

function problemsOf(change: Partial<GatewayInput>): readonly string[] {
  try {
    define(change)
    return []
  } catch (error) {
    if (error instanceof PolicyError) return error.problems
    throw error
  }
}

describe('a role', () => {
  test('that the policy does not name may do nothing, and needs a fresh second factor', () => {
    const policy = define({ roles: { client: { permissions: ['market.read', 'order.write'] } } })
    for (const role of ROLES.filter((one) => one !== 'client')) {
      expect(permissionsOf(policy, [role])).toEqual([])
      expect(policy.roles.get(role)?.secondFactor).toEqual({
        readSeconds: 3_600,
        writeSeconds: 300,
      })
    }
    expect(permissionsOf(policy, ['client', 'owner'])).toEqual(['market.read', 'order.write'])
    expect(permissionsOf(policy, [])).toEqual([])
  })

  test('adds to another one, and counts once', () => {
    const both = ['market.read']
    const policy = define({
      roles: { client: { permissions: both }, auditor: { permissions: both } },
    })
    expect(permissionsOf(policy, ['auditor', 'client'])).toEqual(['market.read'])
  })

  test('with a permission that no operation needs is most likely misspelt', () => {
    const roles = { client: { permissions: ['market.read', 'order.wirte'] } }
    expect(problemsOf({ roles })).toEqual([
      'roles.client.permissions[1]: no operation needs "order.wirte"',
    ])
    expect(roleProblems({ client: undefined }, new Set())).toEqual([])
  })

  test('that is none, or whose second factor may be a week old, is refused', () => {
    const king = Object.assign({ owner: {} }, { king: { permissions: [] } })
    expect(problemsOf({ roles: king })).toHaveLength(1)
    const old = { owner: { secondFactor: { writeSeconds: 604_800 } } }
    expect(problemsOf({ roles: old })).toEqual([
      expect.stringMatching(/^roles\.owner\.secondFactor\.writeSeconds: must be a whole number/),
    ])
  })
})

describe('a resource', () => {
  test.each<[object, string]>([
    [{ path: 'symbol' }, 'must have {symbol} once'],
    [{ pointer: 'symbol' }, 'is not a JSON pointer'],
  ])('at %o is a problem of its operation', (symbol, problem) => {
    const operations = { ...OPERATIONS }
    Object.assign(operations, {
      'order.write': { kind: 'order', routes: ['POST /v1/orders'], symbol },
    })
    const problems = problemsOf({ operations })
    expect(problems).toEqual([expect.stringContaining(problem)])
    expect(problems[0]).toMatch(/^operations\.order\.write\.symbol\./)
  })

  test('in the body of a call without one is a problem', () => {
    const operations: GatewayInput['operations'] = {
      'market.read': { kind: 'read', routes: ['GET /v1/time'], symbol: { pointer: '/a' } },
    }
    expect(problemsOf({ operations })).toEqual([expect.stringContaining('has no body')])
  })
})

test('an operation that only a venue reaches needs no plain route', () => {
  const operations: GatewayInput['operations'] = {
    'order.write': { kind: 'order', venues: { binance: ['POST /api/v3/order'] } },
  }
  const policy = define({ dialects: ['binance'], operations })
  expect(policy.routes.match('POST', '/api/v3/order')?.target.venue).toBe('binance')
})
