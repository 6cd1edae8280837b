/** What the local edge tells the Worker, and what no client can make it tell. */
import { X509Certificate } from 'node:crypto'
import fs from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sign } from '../../src/client/sign.ts'
import { Demo } from '../support/node/demo.ts'

const demo = new Demo()
beforeAll(() => demo.start())
afterAll(() => demo.stop())

const HEALTH = { method: 'GET', target: '/gw/v1/health' }

/** What the Worker recorded of a request. */
async function recorded(requestId: unknown) {
  await demo.until(() => demo.records().some((record) => record['requestId'] === requestId))
  return demo.records().find((record) => record['requestId'] === requestId)
}

test.each([
  ['127.0.0.1', 'DE', 'FRA'],
  ['127.1.0.1', 'US', 'EWR'],
  ['127.2.9.9', 'JP', 'NRT'],
  ['127.3.0.1', 'GB', 'LHR'],
])('a client at %s is in %s', async (localAddress, country, colo) => {
  const { headers } = await demo.send(HEALTH, { localAddress, agent: false })
  expect(await recorded(headers['x-request-id'])).toMatchObject({
    address: localAddress,
    country,
    colo,
  })
})

describe('the test headers', () => {
  const place = JSON.stringify({ country: 'SG', asn: 64_999 })

  test('are believed with the token', async () => {
    const headers = { 'x-test-edge': place, 'x-test-edge-token': demo.file.edgeToken }
    const answer = await demo.send({ ...HEALTH, headers })
    expect(await recorded(answer.headers['x-request-id'])).toMatchObject({
      country: 'SG',
      asn: 64_999,
    })
  })

  test.each([
    ['no token', {}],
    ['a wrong token', { 'x-test-edge-token': 'x'.repeat(32) }],
    ['an empty token', { 'x-test-edge-token': '' }],
  ])('are dropped with %s', async (_what, token) => {
    const headers = { 'x-test-edge': place, ...token }
    const answer = await demo.send({ ...HEALTH, headers })
    expect(await recorded(answer.headers['x-request-id'])).toMatchObject({
      country: 'DE',
      asn: 64_500,
    })
  })
})

test('nothing that a client sends changes what the edge says', async () => {
  const forged = JSON.stringify({ country: 'KP', tlsVersion: 'TLSv1.3', asn: 1, colo: 'XXX' })
  for (const name of [
    'MF-CF-Blob',
    'mf-cf-blob',
    'CF-Blob',
    'CF-Connecting-IP',
    'CF-IPCountry',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'True-Client-IP',
    'MF-Original-URL',
    'X-Real-IP',
  ]) {
    const headers = {
      [name]: name.endsWith('Blob') || name.endsWith('blob') ? forged : '203.0.113.9',
    }
    const answer = await demo.send({ ...HEALTH, headers })
    expect(JSON.parse(answer.body), name).toMatchObject({ tls: { enforced: false } })
    expect(await recorded(answer.headers['x-request-id']), name).toMatchObject({
      address: '127.0.0.1',
      country: 'DE',
      asn: 64_500,
      colo: 'FRA',
    })
  }
})

describe('TLS', () => {
  // @control mission/tls13 pci/4.2.1 soc2/CC6.6
  test('1.3 is served, 1.2 is refused by the Worker, 1.1 by the edge', async () => {
    const over = (maxVersion: 'TLSv1.3' | 'TLSv1.2' | 'TLSv1.1') =>
      demo.send(HEALTH, {
        tls: true,
        agent: false,
        maxVersion,
        minVersion: maxVersion === 'TLSv1.1' ? 'TLSv1' : maxVersion,
        ciphers: 'DEFAULT@SECLEVEL=0',
      })
    expect((await over('TLSv1.3')).status).toBe(200)
    expect((await over('TLSv1.2')).status).toBe(403)
    await expect(over('TLSv1.1')).rejects.toThrow()
  })

  // @control mission/mtls-client
  test('a client may show a certificate; a verified one, and no other, is told to the broker', async () => {
    const pem = (name: string) => fs.readFileSync(demo.path(`pki/${name}`))
    const pair = (name: string) => ({ cert: pem(`${name}.pem`), key: pem(`${name}.key.pem`) })
    const key = demo.key('hot')
    for (const [certificate, status] of [
      [pair('trader'), 'verified'],
      [pair('broker'), 'refused'],
      [{}, 'none'],
    ] as const) {
      const options = { tls: true, agent: false, ...certificate }
      const { body } = await demo.send(HEALTH, options)
      expect(JSON.parse(body)).toMatchObject({ tls: { clientCertificate: status } })
      const wire = { method: 'GET', target: '/v1/account' }
      const host = new URL(demo.file.gatewayTls).host
      const headers = {
        ...(await sign({ ...wire, url: `https://${host}/v1/account` }, key)),
        'client-cert': ':forged:',
      }
      const { headers: answered } = await demo.send({ ...wire, headers }, options)
      const line = demo.journal().find(({ requestId }) => requestId === answered['x-request-id'])
      const expected =
        status === 'verified'
          ? `:${new X509Certificate(pem('trader.pem')).raw.toString('base64')}:`
          : undefined
      expect(line?.headers['client-cert'], status).toBe(expected)
    }
  })
})
