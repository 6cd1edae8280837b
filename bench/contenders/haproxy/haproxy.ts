/** HAProxy with the configuration beside this file. */
import fs from 'node:fs'
import path from 'node:path'
import type { Contender, World } from '../../contender.ts'
import { compactKeys, filled, freePort, needFiles, newFolder, startServer } from '../../server.ts'

const PROGRAM = '/usr/sbin/haproxy'

export const haproxy: Contender = {
  id: 'haproxy',
  title: 'HAProxy 2.6',
  lacks: [
    'a request sent twice is refused',
    'a limit that is exact: the rate is an average, and what it refuses counts too, so who keeps asking gets nothing',
    'one limit for several hosts, and after a restart: its tables are in the memory of one process',
    'a Retry-After that holds: it always says one second',
    'orders, cancels and reads counted apart',
    'revocation on the next request: keys are read at start',
    'permissions, addresses and a list of routes',
    'an audit record of each decision, written before an order leaves',
    'a signed assertion of who is calling, for the origin',
    'secrets sealed at rest: they lie in a file as they are',
    'lock-out of networks that keep failing',
    'headers by allow-list, and Idempotency-Key under the signature',
    'bodies beyond 15 KiB',
  ],
  async start(world) {
    needFiles([PROGRAM], 'Run: apt-get install -y haproxy')
    const folder = newFolder(world, 'haproxy')
    const port = await freePort()
    const configuration = writeConfiguration(world, folder, port)
    const server = await startServer([PROGRAM, '-db', '-f', configuration], port)
    return { port, pids: [server.pid], stop: () => server.stop() }
  },
}

function writeConfiguration(world: World, folder: string, port: number): string {
  const write = (name: string, text: string) => {
    const file = path.join(folder, name)
    fs.writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  const map = (value: 'secret' | 'perSecond') =>
    compactKeys(world)
      .map((key) => `${key.id} ${key[value]}\n`)
      .join('')
  const { certificate, key } = world.pki.gateway
  return write(
    'haproxy.cfg',
    filled(world, 'bench/contenders/haproxy/haproxy.cfg', {
      PORT: port,
      ORIGIN_PORT: world.originPort,
      SECRETS: write('secrets.map', map('secret')),
      LIMITS: write('limits.map', map('perSecond')),
      SERVER_CA: world.pki.serverCa,
      // HAProxy wants both in one file.
      CLIENT: write(
        'client.pem',
        [certificate, key].map((file) => fs.readFileSync(file, 'utf8')).join('\n'),
      ),
    }),
  )
}
