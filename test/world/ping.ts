import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What the outside heard of a run. */
export interface Ping {
  /** `/fail` behind the address. */
  well: boolean
  body: string
  method: string
}

export interface LocalPing extends AsyncDisposable {
  /** What goes into the secret as `heartbeatUrl`. */
  address: string
  /** Sends what is for `address` here. */
  env: Record<string, string>
  pings: Ping[]
  /** Every request, answered or not. */
  requests: number
  /** What is answered from now on: a status, or `hang` (never) or `reset`. */
  answers: number | 'hang' | 'reset'
}

/** Somebody outside of AWS who waits for pings, by the protocol of healthchecks.io. */
export async function startPing(): Promise<LocalPing> {
  const path = `/${randomUUID()}`
  const server = createServer((message, response) => {
    local.requests += 1
    if (local.answers === 'hang') return
    if (local.answers === 'reset') return void message.socket.resetAndDestroy()
    const status = local.answers
    buffer(message).then(
      (body) => {
        const known = message.url === path || message.url === `${path}/fail`
        if (known && status === 200)
          local.pings.push({ well: message.url === path, body: body.toString(), method: message.method ?? '' })
        response.writeHead(known ? status : 404).end(known && status === 200 ? 'OK' : 'not found')
      },
      () => response.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const local: LocalPing = {
    address: `https://ping.example.com${path}`,
    env: { NIGHTSHIFT_PING_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    pings: [],
    requests: 0,
    answers: 200,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  return local
}
