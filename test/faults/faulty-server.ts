/** An HTTP server that does nothing right: which wrong it does is in a header of the request. */
import { once } from 'node:events'
import http, { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../world/process.ts'
import { type Fault, HUGE_BYTES, RETRY_AFTER_S, SLOW_MS, statusOf } from './faults.ts'

/** As it is before anybody puts a gate in its place: what is passed on must not come by here again. */
const { request: sendRequest } = http

/** The request's header that names the fault. */
export const FAULT_HEADER = 'x-local-fault'
/** The one that names where it was meant to go: who is only slow, or loses answers, passes it on. */
export const ORIGIN_HEADER = 'x-local-origin'

export interface FaultyServer extends AsyncDisposable {
  /** Where a request is to go, so that it meets with the fault. */
  originFor(fault: Fault): string
}

export async function startFaultyServer(): Promise<FaultyServer> {
  const server = createServer((request, response) => {
    const fault = request.headers[FAULT_HEADER] as Fault
    // Who went away while waiting gets nothing, and nothing is done for them.
    if (fault === 'slow') return void passOn(request, response, SLOW_MS).catch(() => response.destroy())
    if (fault === 'answers lost' || fault === 'answer lost') {
      const heard = fault === 'answer lost' && attemptOf(request) > 1
      return void passOn(request, heard ? response : undefined).catch(() => response.destroy())
    }
    request.resume()
    serve(request, response, fault)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const closed = await freePort()
  return {
    originFor: (fault) => {
      if (fault === 'refused') return `http://127.0.0.1:${closed}`
      if (fault === 'unresolved') return 'http://nobody-has-this-name.invalid'
      return `${fault === 'tls' ? 'https' : 'http'}://127.0.0.1:${port}`
    },
    [Symbol.asyncDispose]: async () => {
      const gone = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await gone
    },
  }
}

function serve({ headers, socket }: IncomingMessage, response: ServerResponse, fault: Fault): void {
  const status = statusOf(fault)
  if (fault === 'hung') return
  if (fault === 'reset') return void socket.resetAndDestroy()
  if (fault === 'hung midway' || fault === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 })
    response.write('{"results": [{"rows"', () => fault === 'cut' && response.destroy())
    return
  }
  if (fault === '50 MB') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': HUGE_BYTES + 2 })
    response.write(SPACES)
    return void response.end('{}')
  }
  if (fault === 'not JSON') return void response.writeHead(200).end('<html><body>Welcome to your hotel</body></html>')
  if (status === undefined) return void response.writeHead(200).end(JSON.stringify({ unexpected: [] }))
  if (fault === '429 with Retry-After') response.setHeader('retry-after', RETRY_AFTER_S)
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-local-1' })
  // The other side says what it was sent, keys and all: nobody promises that it does not.
  const { authorization, 'neon-connection-string': connection, 'x-amz-security-token': session } = headers
  const echo = [authorization, connection, session].filter(Boolean).join(' ')
  response.end(JSON.stringify({ code: 'FAULT', message: `refused by a test: ${echo}` }))
}

/** @param response undefined: it is carried out, and whoever asked never hears of it */
async function passOn(request: IncomingMessage, response: ServerResponse | undefined, lateMs = 0): Promise<void> {
  const [body] = await Promise.all([buffer(request), delay(lateMs)])
  if (response?.destroyed) return
  const { [ORIGIN_HEADER]: origin, [FAULT_HEADER]: _, connection: __, ...headers } = request.headers
  const { method, url = '/' } = request
  const onward = sendRequest(`${origin}${url}`, { method, headers })
  onward.end(body)
  const [answer] = (await once(onward, 'response')) as [IncomingMessage]
  if (response === undefined) {
    await buffer(answer)
    return void request.socket.resetAndDestroy()
  }
  response.writeHead(answer.statusCode ?? 500, answer.headers)
  answer.pipe(response)
}

/** Which attempt of the AWS SDK's it is, from 1. */
const attemptOf = ({ headers }: IncomingMessage): number =>
  Number(/attempt=(\d+)/.exec(String(headers['amz-sdk-request']))?.[1] ?? 1)

const SPACES = Buffer.alloc(HUGE_BYTES, ' ')
