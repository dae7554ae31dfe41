/** Ports that are no Neo4j, each in its own way, with the address that the Aura API would give of it. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { freePort } from '../world/process.ts'
import { SLOW_MS } from './faults.ts'

/** What the server says to the driver's first words, if it says anything: Bolt 5.4. */
const AGREED = Buffer.from([0, 0, 4, 5])

const ANSWERS = {
  hung: () => undefined,
  'hung midway': (socket: Socket) => void socket.write(AGREED),
  reset: (socket: Socket) => void socket.resetAndDestroy(),
  cut: (socket: Socket) => void socket.end(AGREED.subarray(0, 2)),
  'closed after the handshake': (socket: Socket) => void socket.end(AGREED),
  'a version that nobody speaks': (socket: Socket) => void socket.write(Buffer.from([0, 0, 9, 99])),
  'no version': (socket: Socket) => void socket.end(Buffer.alloc(4)),
  garbage: (socket: Socket) => void socket.write(Buffer.concat([AGREED, Buffer.alloc(4_096, 0xb7)])),
  'another shape': (socket: Socket) =>
    // A well-formed message of a kind that Bolt does not have.
    void socket.write(Buffer.concat([AGREED, Buffer.from([0, 2, 0xb0, 0x33, 0, 0])])),
  'an HTTP server': (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'),
  'slow to close': (socket: Socket) => void setTimeout(() => socket.destroy(), SLOW_MS).unref(),
}
export type BoltFault = keyof typeof ANSWERS | 'refused' | 'unresolved' | 'tls'
export const BOLT_FAULTS: BoltFault[] = ['refused', 'unresolved', 'tls', ...(Object.keys(ANSWERS) as never[])]

export interface FaultyBolt extends AsyncDisposable {
  urlFor(fault: BoltFault): string
}

export async function startFaultyBolt(): Promise<FaultyBolt> {
  const stack = new AsyncDisposableStack()
  const ports = new Map<string, number>()
  for (const [fault, answer] of Object.entries(ANSWERS)) {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
      socket.once('data', () => answer(socket))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    ports.set(fault, (server.address() as AddressInfo).port)
    stack.defer(async () => {
      const gone = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await gone
    })
  }
  ports.set('refused', await freePort())
  const started = stack.move()
  return {
    urlFor: (fault) => {
      if (fault === 'unresolved') return 'neo4j://nobody-has-this-name.invalid:7687'
      // Encryption is asked for where an HTTP server listens.
      if (fault === 'tls') return `neo4j+s://127.0.0.1:${ports.get('an HTTP server')}`
      return `neo4j://127.0.0.1:${ports.get(fault)}`
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
