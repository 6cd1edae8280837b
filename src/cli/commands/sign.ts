import { sign as signRequest } from '../../client/sign.ts'
import { readRequest, type Command } from '../command.ts'

export const sign: Command = {
  synopsis: 'KEY METHOD PATH [BODY] [--json]',
  summary: 'Print the headers that sign a request with a key of the demo.',

  async run(words) {
    const { json, key, request } = readRequest(words)
    const headers = await signRequest(request, key)
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
    process.stdout.write(
      `${json ? JSON.stringify({ url: request.url, headers }) : lines.join('\n')}\n`,
    )
    return 0
  },
}
