import { randomUUID } from 'node:crypto'
import { EventEmitter, on } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { faultList } from './aws-faults.ts'
import { type Protocol, WireError, type WireReply } from './aws-protocols.ts'

/** The names that AWS signs requests with. */
export type ServiceName = 'sns' | 'dynamodb' | 'secretsmanager'

/** Whose AWS this is. Every request must be signed by this key, for this region. */
export interface Identity {
  region: string
  account: string
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string }
}

export interface WireRequest {
  service: ServiceName
  action: string
  headers: IncomingHttpHeaders
  body: string
}

export type WireService = Awaited<ReturnType<typeof startService>>

/**
 * One AWS service on a free local port. `answer` does the work and throws `WireError` to refuse;
 * signatures (their presence, key and scope, not their arithmetic) and faults are dealt with here.
 */
export async function startService(
  service: ServiceName,
  protocol: Protocol,
  identity: Identity,
  answer: (request: WireRequest) => WireReply | Promise<WireReply>,
) {
  const requests: WireRequest[] = []
  const faults = faultList()
  const arrivals = new EventEmitter().setMaxListeners(0)
  const closing = new AbortController()

  const reply = async (request: WireRequest): Promise<WireReply> => {
    try {
      checkSignature(request, protocol, identity)
      return await answer(request)
    } catch (error) {
      if (error instanceof WireError) return protocol.errorReply(error)
      return protocol.errorReply({ status: 500, code: 'BugInTheLocalWorld', message: String(error) })
    }
  }

  const serve = async (request: WireRequest, response: ServerResponse): Promise<void> => {
    requests.push(request)
    const fault = faults.take(request)
    arrivals.emit('request', request)
    if (fault === 'hang') return
    if (fault === 'refuse') return void response.destroy()
    if (typeof fault === 'object' && 'code' in fault) return send(response, protocol.errorReply(fault))
    if (typeof fault === 'object') await sleep(fault.slowMs, undefined, { signal: closing.signal })
    const result = await reply(request)
    if (fault === 'drop-after') return void response.destroy()
    if (fault === 'cut') return cut(response, result)
    send(response, result)
  }

  const server = createServer((incoming, response) => {
    buffer(incoming)
      .then((bytes) => {
        const body = bytes.toString('utf8')
        const { headers } = incoming
        return serve({ service, action: protocol.actionOf(headers, body), headers, body }, response)
      })
      // The caller hung up while it was still sending, or the world is being stopped.
      .catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    faults,
    /** Resolves when the next such request arrives, before it is answered. */
    async nextRequest(action?: string): Promise<WireRequest> {
      for await (const [request] of on(arrivals, 'request', { signal: closing.signal })) {
        if (action === undefined || request.action === action) return request
      }
      throw new Error(`${service} was stopped`)
    },
    async [Symbol.asyncDispose](): Promise<void> {
      closing.abort(new Error(`${service} was stopped`))
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function send(response: ServerResponse, { status, headers, body }: WireReply): void {
  response.writeHead(status, {
    'x-amzn-requestid': randomUUID(),
    ...headers,
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

function cut(response: ServerResponse, { status, headers, body }: WireReply): void {
  const bytes = Buffer.from(body)
  response.writeHead(status, { ...headers, 'content-length': bytes.length })
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy())
}

/** Checks what shows that the caller uses its own key for the right region and service; the signature itself is not recomputed. */
function checkSignature({ service, headers }: WireRequest, protocol: Protocol, identity: Identity): void {
  const { authorization = '' } = headers
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=\S+, ?Signature=[0-9a-f]{64}$/.exec(
      authorization,
    )
  if (!found) throw new WireError(...protocol.unsigned, 'Request is missing Authentication Token')
  const [, key, region, signedFor] = found
  const { accessKeyId, sessionToken } = identity.credentials
  if (key !== accessKeyId || headers['x-amz-security-token'] !== sessionToken) {
    throw new WireError(...protocol.unknownKey, 'The security token included in the request is invalid.')
  }
  if (region !== identity.region || signedFor !== service) {
    throw new WireError(...protocol.wrongScope, `Credential should be scoped to '${identity.region}/${service}'.`)
  }
}
