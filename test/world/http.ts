import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Fault, Faults } from './neon-faults.ts'

/** One of the three things of Neon that are spoken to over HTTP. */
export type Service = 'sql' | 'api' | 'status'

/** Where each of them is found on the one server that serves all three. */
export const PREFIXES: Record<Service, string> = { sql: '/sql', api: '/api/v2', status: '/status' }

/** A request as the services see it. */
export interface HttpRequest {
  method: string
  /** Path and query, without the service's prefix. */
  url: URL
  headers: IncomingHttpHeaders
  /** `undefined`: longer than the service takes. */
  body: string | undefined
  /** Aborted when the client went away. */
  signal: AbortSignal
}

export interface HttpAnswer {
  status: number
  /** A string is sent as it is, anything else as JSON. */
  body: unknown
  headers?: Record<string, string>
  /** Rows in the answer; only `sql`. */
  rows?: number
}

/** A request as the test sees it afterwards. */
export interface RecordedRequest {
  service: Service
  method: string
  /** Path and query as they were asked for. */
  path: string
  /** As sent, but without keys and passwords. */
  headers: IncomingHttpHeaders
  /** Undefined while it is not answered, and for ever if a fault or an abort prevented the answer. */
  status?: number
  /** Rows that went over the wire; only `sql`. */
  rows?: number
}

export interface ServerOptions {
  services: Record<Service, (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>>
  faults: Faults
  /** Each request is added as it arrives. */
  requests: RecordedRequest[]
  maxRequestBytes: number
}

/** Serves all of them on a free port of the loopback interface, with the faults that are in force. */
export async function startServer({ services, faults, requests, maxRequestBytes }: ServerOptions) {
  const server = createServer((message, response) => {
    // Our own mistake, or a client that left while it sent its request.
    serve(message, response).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(500).end(`The local Neon failed: ${error.stack}`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = message
    const service = (Object.keys(PREFIXES) as Service[]).find((name) => path.startsWith(PREFIXES[name]))
    if (service === undefined) {
      response.writeHead(404).end()
      return
    }
    const record: RecordedRequest = { service, method, path, headers: redact(headers) }
    requests.push(record)
    const signal = whenLeft(response)
    const body = await readBody(message, maxRequestBytes)
    const host = /@([^/:?]+)/.exec(String(headers['neon-connection-string']))?.[1]
    const fault = faults.take(service, service === 'sql' ? `${method} ${path} ${host} ${body}` : `${method} ${path}`)
    if (fault === 'hang') return
    if (fault === 'reset') {
      message.socket.resetAndDestroy()
      return
    }
    const url = new URL(path.slice(PREFIXES[service].length), origin)
    const answer: HttpAnswer =
      typeof fault === 'object' && 'status' in fault
        ? fault
        : await services[service]({ method, url, headers, body, signal })
    if (typeof fault === 'object' && 'slow' in fault) await passed(fault.slow, signal)
    if (signal.aborted) return
    deliver(answer, response, fault)
    if (fault !== 'cut' && fault !== 'hang-midway') Object.assign(record, { status: answer.status, rows: answer.rows })
  }

  return {
    origin,
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** What a log of ours may show of a header: a test prints `neon.requests` when it fails. */
function redact(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const shown = { ...headers }
  if (headers.authorization) shown.authorization = headers.authorization.replace(/\s.*/, ' ***')
  const connectionString = headers['neon-connection-string']
  if (connectionString) shown['neon-connection-string'] = String(connectionString).replace(/:[^:@/]*@/, ':***@')
  return shown
}

function whenLeft(response: ServerResponse): AbortSignal {
  const left = new AbortController()
  response.on('close', () => {
    if (!response.writableFinished) left.abort()
  })
  return left.signal
}

/** The body, or nothing if it is longer than `limit`; read to its end all the same, so that the client gets the answer. */
async function readBody(message: IncomingMessage, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of message) {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
  }
  return size > limit ? undefined : Buffer.concat(chunks).toString()
}

function deliver(answer: HttpAnswer, response: ServerResponse, fault: Fault | undefined): void {
  const body = Buffer.from(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': body.length,
    ...answer.headers,
  })
  if (fault !== 'cut' && fault !== 'hang-midway') {
    response.end(body)
    return
  }
  response.write(body.subarray(0, body.length / 2), () => {
    if (fault === 'cut') response.destroy()
  })
}

/** Some time passed, or the client left. */
function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
