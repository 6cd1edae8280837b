/** The dialect against requests that real clients sent, and every change of them. */
import { assert, asyncProperty, constantFrom, nat } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { binance } from '../../../src/signature/dialects/binance.ts'
import { read, verdict } from '../../support/binance.ts'
import vectors from '../../vectors/dialects.json' with { type: 'json' }

/** Every captured request with an HMAC secret. */
const CAPTURED = [...vectors.vectors, ...vectors.official].flatMap(
  ({ name, dialect, credentials, request }) => {
    const secret = 'secret' in credentials ? credentials.secret : undefined
    const signed = `${request.target}&${request.body}`.includes('signature=')
    return dialect === 'binance' && typeof secret === 'string' && signed
      ? [{ name, secret, request }]
      : []
  },
)

test('the vectors are there', () => {
  expect(CAPTURED.length).toBeGreaterThanOrEqual(8)
})

describe.each(CAPTURED)('$name', ({ request, secret }) => {
  test('verifies', async () => {
    expect(await verdict(request, secret)).toBe('verified')
    expect(await verdict(request, `${secret}x`)).toBe('not verified')
  })

  test('is refused with any character of what is covered changed', async () => {
    const start = request.target.indexOf('?')
    for (const [part, from] of [
      ['target', start < 0 ? request.target.length : start + 1],
      ['body', 0],
    ] as const) {
      for (let at = from; at < request[part].length; at += 1) {
        const other = request[part][at] === '7' ? '8' : '7'
        const changed = request[part].slice(0, at) + other + request[part].slice(at + 1)
        expect(await verdict({ ...request, [part]: changed }, secret), changed).not.toBe('verified')
      }
    }
  })

  test('leaves method and path open, as the coverage says', async () => {
    const path = request.target.replace(/^[^?]*/, '/api/v3/other')
    expect(await verdict({ ...request, method: 'PUT', target: path }, secret)).toBe('verified')
    expect(binance.covers).toEqual({ method: false, path: false, query: true, body: true })
  })

  test('is refused however what is covered is cut, doubled, swapped or lengthened', async () => {
    await assert(
      asyncProperty(
        nat(10_000),
        nat(10_000),
        constantFrom('insert', 'delete', 'swap', 'double'),
        async (at, to, how) => {
          const part = request.body === '' ? 'target' : 'body'
          const start = part === 'target' ? request.target.indexOf('?') + 1 : 0
          const text = request[part].slice(start)
          const ends = [at % text.length, to % text.length]
          const [i, j] = [Math.min(...ends), Math.max(...ends)]
          const changed = {
            insert: `${text.slice(0, i)}&x=1${text.slice(i)}`,
            delete: text.slice(0, i) + text.slice(i + 1),
            swap:
              text.slice(0, i) +
              text.slice(j, j + 1) +
              text.slice(i + 1, j) +
              text.slice(i, i + 1) +
              text.slice(j + 1),
            double: text.slice(0, j + 1) + text.slice(i, j + 1) + text.slice(j + 1),
          }[how]
          if (changed === text || (how === 'swap' && i === j)) return
          const sent = { ...request, [part]: request[part].slice(0, start) + changed }
          expect(await verdict(sent, secret), changed).not.toBe('verified')
        },
      ),
    )
  })

  test('is forwarded without its signature', async () => {
    const signed = await read(request)
    const { target, body } = (signed.ok && signed.value.forward) || expect.fail()
    expect(target + new TextDecoder().decode(body)).not.toContain('signature')
    expect(target.split('?')[0]).toBe(request.target.split('?')[0])
  })
})

const SHIFTS = vectors.boundary_shifts.cases.filter(({ dialect }) => dialect === 'binance')
const CREATE_SECRET = 'gwtest-binance-secret-0123456789abcdef'

test.each(SHIFTS)('$label', async ({ label, request }) => {
  const harmless = /signature first|upper-case|as signed/.test(label)
  expect(await verdict(request, CREATE_SECRET)).toBe(harmless ? 'verified' : 'malformed_request')
})

test('an upper-case signature means the same', async () => {
  const [first] = CAPTURED
  const target = first?.request.target.replace(/signature=(.*)$/, (whole) =>
    whole.toUpperCase().replace('SIGNATURE', 'signature'),
  )
  expect(
    await verdict(
      { ...(first?.request ?? expect.fail()), target: target ?? '' },
      first?.secret ?? '',
    ),
  ).toBe('verified')
})
