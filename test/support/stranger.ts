/** A stranger's requests and all that an answer says. */
export { NEW_ORDER as ORDER } from './order-body.ts'
/** A wrong signature, from 192.0.2.0/24. */
export const FORGED = { 'pc-signature': 'a'.repeat(64), 'cf-connecting-ip': '192.0.2.7' }
/** That network, as the gateway names it. */
export const NETWORK = '192.0.2.0/24'

/** A wrong signature from another address. */
export function forgedFrom(address: string) {
  return { ...FORGED, 'cf-connecting-ip': address }
}

/** All of an answer but what is unique to each: the request's own id. */
export async function facts(response: Response) {
  const { requestId: _unique, ...body }: Record<string, unknown> = JSON.parse(await response.text())
  const { 'x-request-id': _own, ...headers } = Object.fromEntries(response.headers)
  return { status: response.status, body, headers }
}

export async function codeOf(response: Response): Promise<unknown> {
  return (await facts(response)).body['code']
}

/** One after the other. */
export async function times<T>(count: number, make: (i: number) => Promise<T>): Promise<T[]> {
  const made: T[] = []
  for (let i = 0; i < count; i += 1) made.push(await make(i))
  return made
}
