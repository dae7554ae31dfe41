import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

export interface WireReply {
  status: number
  headers: Record<string, string>
  body: string
}

/** A refusal that the caller is to see: `code` is what the real service writes on the wire. */
export class WireError extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** How a service writes: where a request names its operation, and what an error looks like. */
export interface Protocol {
  actionOf(headers: IncomingHttpHeaders, body: string): string
  errorReply(error: { status: number; code: string; message?: string }): WireReply
  /** Codes and status for a request without, or with somebody else's, signature. */
  unsigned: [status: number, code: string]
  unknownKey: [status: number, code: string]
  wrongScope: [status: number, code: string]
}

/** AWS JSON 1.0 and 1.1: the operation is in a header, errors are named by `__type`. */
export function jsonProtocol(version: '1.0' | '1.1', errorNamespace = ''): Protocol {
  return {
    actionOf: (headers) => String(headers['x-amz-target'] ?? '').replace(/^.*\./, ''),
    errorReply: ({ status, code, message }) => ({
      status,
      headers: { 'content-type': `application/x-amz-json-${version}` },
      body: JSON.stringify({ __type: errorNamespace + code, message }),
    }),
    unsigned: [400, 'MissingAuthenticationTokenException'],
    unknownKey: [400, 'UnrecognizedClientException'],
    wrongScope: [400, 'InvalidSignatureException'],
  }
}

/** AWS Query: a form as request, XML as reply. */
export function queryProtocol(namespace: string): Protocol {
  return {
    actionOf: (_headers, body) => new URLSearchParams(body).get('Action') ?? '',
    errorReply: ({ status, code, message = '' }) => ({
      status,
      headers: { 'content-type': 'text/xml' },
      body:
        `<ErrorResponse xmlns="${namespace}"><Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>` +
        `<Code>${code}</Code><Message>${xml(message)}</Message></Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
    }),
    unsigned: [403, 'MissingAuthenticationToken'],
    unknownKey: [403, 'InvalidClientTokenId'],
    wrongScope: [403, 'SignatureDoesNotMatch'],
  }
}

/** Text made safe inside an XML element. */
export function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
