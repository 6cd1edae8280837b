import { expect, test } from 'vitest'
import { compileRoutes } from '../../../src/access/routes.ts'

function compile(...routes: string[]) {
  const problems: string[] = []
  const table = compileRoutes(
    routes.map((route) => ({ route, place: 'here', target: route })),
    problems,
  )
  return { table, problems }
}

test('a request is matched by exactly its own route', () => {
  const { table } = compile(
    'GET /v1/orders',
    'GET /v1/orders/{id}',
    'DELETE /v1/orders/{id}',
    'GET /',
  )
  expect(table.match('GET', '/v1/orders')?.route).toBe('GET /v1/orders')
  expect(table.match('GET', '/v1/orders/ord_1')?.route).toBe('GET /v1/orders/{id}')
  expect(table.match('DELETE', '/v1/orders/ord_1')?.route).toBe('DELETE /v1/orders/{id}')
})

test.each([
  ['POST', '/v1/orders/1'],
  ['get', '/v1/orders'],
  ['GET', '/v1/orders/'],
  ['GET', '/v1/orders//'],
  ['GET', '/v1/orders/1/2'],
  ['GET', '/v1//orders'],
  ['GET', '/v1/orders/a%2Fb'],
  ['GET', '/v1/orders/%2e%2e'],
  ['GET', '/v1/orders/a b'],
  ['GET', '/V1/orders'],
  ['GET', ''],
  ['GET', '/v1/orders/{id}'],
  ['GET', '/__proto__'],
])('%s %s is matched by nothing', (method, path) => {
  const { table } = compile('GET /v1/orders', 'GET /v1/orders/{id}')
  expect(table.match(method, path)).toBeUndefined()
})

test('a literal segment outranks a template', () => {
  const { table, problems } = compile('GET /v1/orders/{id}', 'GET /v1/orders/open')
  expect(problems).toEqual([])
  expect(table.match('GET', '/v1/orders/open')?.route).toBe('GET /v1/orders/open')
  expect(table.match('GET', '/v1/orders/other')?.route).toBe('GET /v1/orders/{id}')
})

test.each([
  ['GET v1/orders', 'must read "METHOD /path"'],
  ['/v1/orders', 'must read "METHOD /path"'],
  ['GET /v1/../x', 'neither plain text nor {name}'],
  ['GET /v1/{}', 'neither plain text nor {name}'],
  ['GET /v1/a{b}', 'neither plain text nor {name}'],
  ['GET /v1/a%20b', 'neither plain text nor {name}'],
])('refuses the route %s', (route, message) => {
  expect(compile(route).problems).toEqual([expect.stringContaining(message)])
})

test.each([
  ['GET /a/{x}', 'GET /a/{y}'],
  ['GET /a/{x}/c', 'GET /a/b/{y}'],
  ['GET /a', 'GET /a'],
])('refuses %s beside %s: one request would have two answers', (a, b) => {
  expect(compile(a, b).problems).toEqual([expect.stringContaining('answers the same requests')])
})
