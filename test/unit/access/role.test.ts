import { expect, test } from 'vitest'
import { reachOf, readRoles, RIGHTS, ROLES, type Right } from '../../../src/access/role.ts'

const rights = Object.keys(RIGHTS).filter((name): name is Right => name in RIGHTS)

// @control mission/rbac rts6/20-parameters 15c3-5(d) pci/7.2
test('whoever makes people and keys raises no limit, and whoever raises limits makes none', () => {
  for (const role of ROLES) {
    const makes =
      reachOf('users.create', [role]) === 'any' || reachOf('keys.create', [role]) === 'any'
    expect(makes && reachOf('keys.limits', [role]) === 'any').toBe(false)
  }
})

test('a client reaches their own, never anybody else’s, and nobody reaches anything without a role', () => {
  for (const right of rights) {
    expect(reachOf(right, ['client'])).not.toBe('any')
    expect(reachOf(right, [])).toBeUndefined()
  }
  expect(reachOf('keys.read', ['client'])).toBe('own')
  expect(reachOf('users.create', ['client'])).toBeUndefined()
})

test('of several roles the furthest counts', () => {
  expect(reachOf('keys.read', ['client', 'support'])).toBe('any')
  // A role that has not the right adds nothing.
  expect(reachOf('keys.limits', ['client', 'owner'])).toBe('own')
})

test('an auditor changes nothing but what is their own', () => {
  const changes = rights.filter((right) => !right.endsWith('.read'))
  const reaches = changes.map((right) => [right, reachOf(right, ['auditor'])])
  expect(reaches.filter(([, reach]) => reach !== undefined)).toEqual([['sessions.end', 'own']])
})

test('what is no role is none', () => {
  expect(readRoles(['owner', 'king', 'client', 'owner'])).toEqual(['client', 'owner'])
})
