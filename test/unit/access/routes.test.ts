import { expect, test } from 'vitest'
import { compileRoutes, routeParameters } from '../../../src/access/routes.ts'

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

test('the parameters of a route are what its path has in their places', () => {
  expect(routeParameters('GET /v1/{a}/x/{b}', '/v1/BTC-USD/x/7')).toEqual({ a: 'BTC-USD', b: '7' })
  expect(routeParameters('GET /v1/orders', '/v1/orders')).toEqual({})
})

test.each([
  ['GET /v1/{a}', '/v1/a%2Fb'],
  ['GET /v1/{a}', '/v1/%41'],
  ['GET /v1/{a}', '/v1/'],
  ['GET /v1/{a}', '/v1/a/b'],
  ['GET /v1/{a}', '/v2/a'],
  ['GET /v1/{a}/{a}', '/v1/a/a'],
])('%s has no parameters for %s: it does not match, or cannot be told', (route, path) => {
  expect(routeParameters(route, path)).toBeUndefined()
})
