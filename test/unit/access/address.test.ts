import { expect, test } from 'vitest'
import { addressAllowed, isNetwork, networkOf, networkWithin } from '../../../src/access/address.ts'

test.each([
  ['192.0.2.1', '192.0.2.0/24'],
  ['192.0.2.1', '192.0.2.1'],
  ['192.0.2.1', '0.0.0.0/0'],
  ['::ffff:192.0.2.1', '192.0.2.1/32'],
  ['::ffff:c000:201', '192.0.2.0/24'],
  ['192.0.2.1', '::ffff:192.0.2.0/120'],
  ['2001:db8::1', '2001:db8::/32'],
  ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ['::1', '::1/128'],
  ['2001:db8:1:2ff::9', '2001:db8:1:200::/56'],
])('%s lies in %s', (address, network) => {
  expect(addressAllowed(address, [network])).toBe(true)
  expect(addressAllowed(address, ['203.0.113.0/24', network])).toBe(true)
})

// @control mission/ip-binding
test.each([
  ['192.0.3.1', '192.0.2.0/24'],
  ['192.0.2.2', '192.0.2.1'],
  ['2001:db8:1:300::9', '2001:db8:1:200::/56'],
  ['::1', '0.0.0.0/0'],
  ['192.0.2.1', '::/96'],
  ['192.0.2.01', '192.0.2.0/24'],
  ['192.0.2', '192.0.2.0/24'],
  ['192.0.2.1, 203.0.113.9', '203.0.113.0/24'],
  ['', '0.0.0.0/0'],
])('%s does not lie in %s', (address, network) => {
  expect(addressAllowed(address, [network])).toBe(false)
})

test('an unknown address lies in no network', () => {
  expect(addressAllowed(undefined, ['0.0.0.0/0', '::/0'])).toBe(false)
})

test.each([
  '192.0.2.0/33',
  '192.0.2.256',
  '::/129',
  ':::',
  '1::2::3',
  '192.0.2.0/',
  '192.0.2.0/024',
  'x',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
])('%s is not a network', (text) => {
  expect(isNetwork(text)).toBe(false)
})

test.each([
  ['192.0.2.1', '192.0.2.254', true],
  ['192.0.2.1', '192.0.3.1', false],
  ['192.0.2.1', '::ffff:192.0.2.9', true],
  ['2001:db8:1:2ff::1', '2001:db8:1:200::9', true],
  ['2001:db8:1:2ff::1', '2001:db8:1:300::1', false],
])('%s and %s are one network for counting strangers: %s', (a, b, same) => {
  expect(networkOf(a) === networkOf(b)).toBe(same)
})

test('addresses that cannot be read are counted together', () => {
  expect(networkOf(undefined)).toBe(networkOf('nonsense'))
  expect(networkOf(undefined)).not.toBe(networkOf('192.0.2.1'))
})

test.each([
  ['192.0.2.7', '192.0.2.0/24'],
  ['::ffff:192.0.2.7', '192.0.2.0/24'],
  ['255.255.255.255', '255.255.255.0/24'],
  ['2001:db8:1:2ff:3:4:5:6', '2001:db8:1:200::/56'],
  ['::1', '0:0:0:0::/56'],
])('the network of %s is written %s, as one could be bound to it', (address, network) => {
  expect(networkOf(address)).toBe(network)
  expect(addressAllowed(address, [network])).toBe(true)
})

test.each([
  ['192.0.2.0/25', '192.0.2.0/24', true],
  ['192.0.2.0/24', '192.0.2.0/24', true],
  ['::ffff:192.0.2.0/120', '192.0.2.0/24', true],
  ['192.0.2.0/23', '192.0.2.0/24', false],
  ['198.51.100.1', '192.0.2.0/24', false],
  ['nonsense', '0.0.0.0/0', false],
  ['192.0.2.1', 'nonsense', false],
  ['192.0.2.1', '192.0.2.0/24/1', false],
  ['192.0.2.1', '192.0.2.0/024', false],
])('%s within %s: %s', (inner, outer, within) => {
  expect(networkWithin(inner, outer)).toBe(within)
})
