import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Fault, Faults } from './faults.ts'

/** One of the things that a local server stands for. */
export interface Service {
  /** Where it is found on the server: `/api/v2`. */
  prefix: string
  answer(request: HttpRequest): HttpAnswer | Promise<HttpAnswer>
  /** What a fault's `match` is tested against, if not `METHOD path`. */
  subject?(request: HttpRequest, path: string): string
}

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
  /** Rows in the answer; only Neon's `sql`. */
  rows?: number
}

/** A request as the test sees it afterwards. */
export interface RecordedRequest<Name extends string> {
  service: Name
  method: string
  /** Path and query as they were asked for. */
  path: string
  /** As sent, but without keys and passwords. */
  headers: IncomingHttpHeaders
  /** Undefined while it is not answered, and for ever if a fault or an abort prevented the answer. */
  status?: number
  /** Rows that went over the wire; only Neon's `sql`. */
  rows?: number
}

export interface ServerOptions<Name extends string> {
  services: Record<Name, Service>
  faults: Faults<Name>
  /** Each request is added as it arrives. */
  requests: RecordedRequest<Name>[]
  maxRequestBytes: number
  /** Headers of every response, those of faults included. */
  responseHeaders?: () => Record<string, string>
}

/** Serves all of them on a free port of the loopback interface, with the faults that are in force. */
export async function startServer<Name extends string>({
  services,
  faults,
  requests,
  maxRequestBytes,
  responseHeaders = () => ({}),
}: ServerOptions<Name>) {
  const server = createServer((message, response) => {
    // Our own mistake, or a client that left while it sent its request.
    serve(message, response).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(500).end(`The local world failed: ${error.stack}`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = message
    const name = (Object.keys(services) as Name[]).find((each) => path.startsWith(services[each].prefix))
    if (name === undefined) {
      response.writeHead(404, responseHeaders()).end()
      return
    }
    const service = services[name]
    const record: RecordedRequest<Name> = { service: name, method, path, headers: redact(headers) }
    requests.push(record)
    const signal = whenLeft(response)
    const body = await readBody(message, maxRequestBytes)
    const request = { method, url: new URL(path.slice(service.prefix.length), origin), headers, body, signal }
    const fault = faults.take(name, service.subject?.(request, path) ?? `${method} ${path}`)
    if (fault === 'hang') return
    if (fault === 'reset') {
      message.socket.resetAndDestroy()
      return
    }
    const answer: HttpAnswer = typeof fault === 'object' && 'status' in fault ? fault : await service.answer(request)
    if (typeof fault === 'object' && 'slow' in fault) await passed(fault.slow, signal)
    if (signal.aborted) return
    deliver({ ...answer, headers: { ...responseHeaders(), ...answer.headers } }, response, fault)
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
