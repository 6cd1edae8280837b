import { sign } from '../../client/sign.ts'
import { readRequest, type Command } from '../command.ts'

export const call: Command = {
  synopsis: 'KEY METHOD PATH [BODY] [--json]',
  summary: 'Sign a request with a key of the demo, send it, and print the answer.',

  async run(words) {
    const { json, key, request } = readRequest(words)
    const headers = await sign(request, key)
    const type = request.body === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(request.url, {
      ...request,
      headers: { ...headers, ...type },
    }).catch(() => undefined)
    if (response === undefined)
      throw new Error(`Cannot reach ${request.url}: is the demo running (npm start)?`)

    const body = await response.text()
    const shown = ['x-request-id', 'ratelimit', 'retry-after'].flatMap((name) => {
      const value = response.headers.get(name)
      return value === null ? [] : [`${name}: ${value}`]
    })
    process.stdout.write(
      json
        ? `${JSON.stringify({ status: response.status, headers: Object.fromEntries(response.headers), body })}\n`
        : `${response.status} ${response.statusText}\n${shown.join('\n')}\n\n${pretty(body)}\n`,
    )
    return response.ok ? 0 : 1
  },
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
