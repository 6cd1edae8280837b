/** nginx and its Lua module, with the configuration and the script beside this file. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Contender, World } from '../../contender.ts'
import { compactKeys, filled, freePort, needFiles, newFolder, startServer } from '../../server.ts'

const HERE = 'bench/contenders/nginx'
const PROGRAM = '/usr/sbin/nginx'
const MODULES = '/usr/lib/nginx/modules'

export const nginx: Contender = {
  id: 'nginx',
  title: 'nginx 1.22 + Lua',
  lacks: [
    'a request sent twice is refused',
    'a limit that is exact: a sliding window is approximated from two fixed ones',
    'one limit for several hosts, and after a restart: it is in the memory of one host',
    'a Retry-After that holds: it always says one second',
    'orders, cancels and reads counted apart',
    'revocation on the next request: keys are read at start',
    'permissions, addresses and a list of routes',
    'an audit record of each decision, written before an order leaves',
    'a signed assertion of who is calling, for the origin',
    'secrets sealed at rest: they lie in a file as they are',
    'lock-out of networks that keep failing',
    'headers by allow-list, and Idempotency-Key under the signature',
  ],
  async start(world) {
    needFiles(
      [PROGRAM, `${MODULES}/ngx_http_lua_module.so`],
      'Run: apt-get install -y --no-install-recommends nginx-light libnginx-mod-http-lua',
    )
    const folder = newFolder(world, 'nginx')
    const port = await freePort()
    const configuration = writeConfiguration(world, folder, port)
    const command = [PROGRAM, '-p', folder, '-e', 'error.log', '-c', configuration]
    const server = await startServer(command, port)
    return { port, pids: [server.pid, ...childrenOf(server.pid)], stop: () => server.stop() }
  },
}

function writeConfiguration(world: World, folder: string, port: number): string {
  const write = (name: string, text: string) => {
    const file = path.join(folder, name)
    fs.writeFileSync(file, text, { mode: 0o600 })
    return file
  }
  const lines = compactKeys(world).map(
    ({ id, secret, perSecond }) => `${id} ${secret} ${perSecond}\n`,
  )
  return write(
    'nginx.conf',
    filled(world, `${HERE}/nginx.conf`, {
      MODULES,
      USER: os.userInfo().username,
      PORT: port,
      ORIGIN_PORT: world.originPort,
      SCRIPTS: path.join(world.root, HERE),
      KEYS: write('keys', lines.join('')),
      SERVER_CA: world.pki.serverCa,
      CERTIFICATE: world.pki.gateway.certificate,
      KEY: world.pki.gateway.key,
    }),
  )
}

/** The worker does the work; the master only waits for signals. */
function childrenOf(pid: number): number[] {
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return children === '' ? [] : children.split(' ').map(Number)
}
