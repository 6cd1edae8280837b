/**
 * The origin of every contender: TLS 1.3, client certificate required, HTTP/1.1 with kept connections, a fixed answer.
 * It does as little as an origin can, so that what is measured is what stands before it. A process of its own:
 * `node bench/origin.ts PKI_FOLDER [COUNT]` prints as many ports. `OPTIONS` is answered with how many other requests came
 * to that port: a contender that has one for itself can be asked while others are.
 */
import fs from 'node:fs'
import tls from 'node:tls'
import { openPki, type Pki } from '../demo/pki.ts'

const ACCOUNT = JSON.stringify({
  account: 'acct-bench',
  balances: [
    { asset: 'USD', total: '1000000.00', available: '998765.43' },
    { asset: 'BTC', total: '12.50000000', available: '12.00000000' },
  ],
})
const ORDER = JSON.stringify({ id: '184467', clientOrderId: 'bench', status: 'new', filled: '0' })

const READ = answer('200 OK', ACCOUNT)
const PLACED = answer('201 Created', ORDER)

function answer(status: string, body: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
}

/** Requests that were let through to one port. */
interface Count {
  reached: number
}

function reply(head: string, count: Count): Buffer {
  if (head.startsWith('OPTIONS')) return answer('200 OK', String(count.reached))
  count.reached += 1
  return head.startsWith('GET') ? READ : PLACED
}

/** Answers each whole request in what has arrived, and says what is left over. */
function answerAll(arrived: Buffer, socket: tls.TLSSocket, count: Count): Buffer {
  let rest = arrived
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) return rest
    const head = rest.toString('latin1', 0, end)
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
    if (/\r\ntransfer-encoding:/i.test(head)) throw new Error('The origin reads no chunked bodies')
    if (rest.length < end + 4 + length) return rest
    socket.write(reply(head, count))
    rest = rest.subarray(end + 4 + length)
  }
}

/** The port that it listens on. */
function listen(pki: Pki): Promise<number> {
  const count = { reached: 0 }
  const server = tls.createServer(
    {
      key: fs.readFileSync(pki.broker.key),
      cert: fs.readFileSync(pki.broker.certificate),
      ca: fs.readFileSync(pki.gatewayCa),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      // What a client that speaks ALPN needs; none speaks HTTP/2 to an origin here.
      ALPNProtocols: ['http/1.1'],
    },
    (socket) => {
      let rest: Buffer = Buffer.alloc(0)
      socket.setNoDelay(true)
      socket.on('data', (chunk: Buffer) => {
        rest = answerAll(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), socket, count)
      })
      socket.on('error', () => socket.destroy())
    },
  )
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address !== null) resolve(address.port)
    })
  })
}

const [folder, ports = '1'] = process.argv.slice(2)
if (folder === undefined) throw new Error('Usage: node bench/origin.ts PKI_FOLDER [COUNT]')
const pki = await openPki(folder)
const listening = await Promise.all(Array.from({ length: Number(ports) }, () => listen(pki)))
process.stdout.write(`${listening.join(' ')}\n`)
// It ends with whoever started it.
process.stdin.on('end', () => process.exit(0)).resume()
