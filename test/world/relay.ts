/**
 * Stands between functions and everything that they ask, so that a test can kill a process at a point of its way: each
 * request passes by twice, before it is carried out and before its answer leaves, and can be kept at either. For good: who
 * waits for it is killed there.
 *
 *     await using relay = await startRelay({ ...night.aws.env, ...night.neon.env })
 *     await using fn = await night.another(relay.env('first'))
 *     relay.watch(({ what, answered }) => {
 *       if (what === 'Publish' && answered) kill.abort()
 *       return kill.signal.aborted ? 'keep' : undefined
 *     })
 */
import { Faults } from './faults.ts'
import { type HttpAnswer, type HttpRequest, type RecordedRequest, startServer } from './http.ts'

/** A request on its way, or its answer on the way back. */
export interface Passing {
  /** The name that its sender was given. */
  from: string
  /** `Publish`, `PutItem TARGET#orders CHECK#connections`, `NIGHTSHIFT_NEON_SQL_URL`. */
  what: string
  /** Which attempt of the AWS SDK's it is, from 1. */
  attempt: number
  /** The answer's status; absent on the way there. */
  answered?: number
}

/** `keep`: it goes no further. An answer: given instead, and the request is not carried out. */
export type Verdict = 'keep' | HttpAnswer | undefined

export interface Relay extends AsyncDisposable {
  /** The addresses of the environment, changed so that all requests of one function come by under this name. */
  env(name: string): Record<string, string>
  /** Asks this about everything that passes, in place of what was asked before. Without any, all goes on. */
  watch(decide?: (passing: Passing) => Verdict): void
}

/** @param addresses an environment: whatever in it is a local address is relayed */
export async function startRelay(addresses: Record<string, string>): Promise<Relay> {
  const variables = Object.keys(addresses).filter((name) => addresses[name]?.startsWith('http://127.0.0.1'))
  let decide: (passing: Passing) => Verdict = () => undefined

  async function answer(request: HttpRequest): Promise<HttpAnswer> {
    const [, from = '', variable = '', ...rest] = request.url.pathname.split('/')
    const attempt = Number(/attempt=(\d+)/.exec(String(request.headers['amz-sdk-request']))?.[1] ?? 1)
    const passing = { from, what: nameOf(request) ?? variable, attempt }
    const there = decide(passing)
    if (there === 'keep') return forever(request.signal)
    if (there) return there
    const found = await passOn(request, [addresses[variable], ...rest].join('/') + request.url.search)
    return decide({ ...passing, answered: found.status }) === 'keep' ? forever(request.signal) : found
  }

  const requests: RecordedRequest<'all'>[] = []
  const server = await startServer({
    services: { all: { prefix: '/', answer } },
    faults: new Faults<'all'>(),
    requests,
    maxRequestBytes: 10 * 1024 * 1024,
  })
  return {
    env: (name) => Object.fromEntries(variables.map((variable) => [variable, `${server.origin}/${name}/${variable}`])),
    watch: (next = () => undefined) => {
      decide = next
    },
    [Symbol.asyncDispose]: server.stop,
  }
}

/** What a request asks of AWS, with the item's key if it is about one; undefined: of somebody else. */
function nameOf({ headers, body = '' }: HttpRequest): string | undefined {
  const [, action] = /\.(\w+)$/.exec(String(headers['x-amz-target'] ?? '')) ?? []
  if (action === undefined) return /(?:^|&)Action=(\w+)/.exec(body)?.[1]
  const { Key, Item } = JSON.parse(body)
  const key = Key ?? Item
  return key ? `${action} ${key.pk.S} ${key.sk.S}` : action
}

/** Of one connection, and not of the request. */
const OF_CONNECTION = ['host', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date']

/** Carried out to its end even if the sender dies meanwhile, but for the database, which notices that a client has gone. */
async function passOn({ method, headers, body, signal }: HttpRequest, address: string): Promise<HttpAnswer> {
  const kept = Object.entries(headers).filter(([name]) => !OF_CONNECTION.includes(name)) as [string, string][]
  const reply = await fetch(address, {
    method,
    headers: kept,
    ...(method !== 'GET' && body !== undefined && { body }),
    ...(headers['neon-connection-string'] && { signal }),
  })
  const back = [...reply.headers].filter(([name]) => !OF_CONNECTION.includes(name))
  return { status: reply.status, headers: Object.fromEntries(back), body: await reply.text() }
}

/** Until the sender is gone; then nobody reads the answer. */
const forever = (left: AbortSignal): Promise<HttpAnswer> =>
  new Promise((resolve) => {
    const leave = () => resolve({ status: 503, body: '' })
    if (left.aborted) leave()
    left.addEventListener('abort', leave)
  })
