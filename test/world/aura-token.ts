import { randomBytes } from 'node:crypto'
import { auraError } from './aura-faults.ts'
import type { HttpAnswer, HttpRequest } from './http.ts'

/** Seconds, as Aura's. */
const LIFETIME = 3_600

/** The API client and the tokens that it was given. */
export class TokenOffice {
  readonly client = { id: randomBytes(16).toString('hex'), secret: randomBytes(24).toString('base64url') }
  /** How many were given out. */
  issued = 0
  #revoked = false
  /** When each ends, in milliseconds of the epoch. */
  readonly #tokens = new Map<string, number>()

  /** As if an hour had passed for every token that was given out so far. */
  expireAll(): void {
    for (const token of this.#tokens.keys()) this.#tokens.set(token, 0)
  }

  /** As if the client had been deleted in the console: no more tokens, those given out last for their hour. */
  revoke(): void {
    this.#revoked = true
  }

  restore(): void {
    this.#revoked = false
  }

  /** The answer for whoever does not come with a token that is in force. */
  refusal(authorization: string | undefined): HttpAnswer | undefined {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
    const end = token === undefined ? undefined : this.#tokens.get(token)
    if (end === undefined) return { status: 401, body: auraError('Unauthorized', 'unauthorized') }
    return end <= Date.now() ? { status: 403, body: { error: 'Forbidden' } } : undefined
  }

  /** `POST /oauth/token`. The codes are documented (docs-aura, api/authentication), the bodies of refusals are not. */
  readonly answer = ({ method, headers, body }: HttpRequest): HttpAnswer => {
    if (method !== 'POST') return refuse(405, 'Method Not Allowed')
    const basic = /^Basic (.+)$/i.exec(headers.authorization ?? '')?.[1]
    const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded')
    if (basic === undefined || !form) return refuse(400, 'Bad Request')
    if (!body) return refuse(404, 'Not Found')
    if (new URLSearchParams(body).get('grant_type') !== 'client_credentials') return refuse(403, 'Forbidden')
    const login = Buffer.from(basic, 'base64').toString()
    if (this.#revoked || login !== `${this.client.id}:${this.client.secret}`) return refuse(401, 'Unauthorized')
    const token = randomBytes(48).toString('base64url')
    this.#tokens.set(token, Date.now() + LIFETIME * 1_000)
    this.issued += 1
    return { status: 200, body: { access_token: token, expires_in: LIFETIME, token_type: 'bearer' } }
  }
}

function refuse(status: number, error: string): HttpAnswer {
  return { status, body: { error } }
}
