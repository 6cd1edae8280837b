import net from 'node:net'

/** Below those that the system gives to clients, and apart for runs beside each other. */
const FIRST = process.env['TEST_LANE'] === 'patient' ? 22_000 : 12_000
const COUNT = 9_000

/** Not given twice in one run: what a test ends it may start again on the same port. */
const given = new Set<number>()

/** Ports that nothing listens on just now. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = FIRST + Math.floor(Math.random() * COUNT)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    ports.push(port)
  }
  return ports
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
