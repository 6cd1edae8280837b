/** Octets over a socket, as no HTTP client would send them. */
import net from 'node:net'
import type { Demo } from './demo.ts'

/** What comes back for these octets, whole; the socket is closed when it answered or after a while. */
export function raw(demo: Demo, octets: string | Buffer, waitMs = 3_000): Promise<string> {
  const { hostname, port } = new URL(demo.file.gateway)
  return new Promise((resolve) => {
    let heard = ''
    const socket = net.connect(Number(port), hostname, () => socket.write(octets))
    const done = () => {
      socket.destroy()
      resolve(heard)
    }
    const timer = setTimeout(done, waitMs)
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
      if (/\r\n\r\n/.test(heard)) setTimeout(done, 50)
    })
    socket.once('error', done)
    socket.once('close', () => {
      clearTimeout(timer)
      done()
    })
  })
}

export function statusOf(heard: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1] ?? 0)
}
