/**
 * Every way out of the functions, with a gate: the requests of one case go to the faulty server where the case says so, all
 * others where they would have gone. Which case a request belongs to is known by the context that it was sent in, so that
 * many cases can be on their way at once; each has its own clock and environment, too.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import http from 'node:http'
import https from 'node:https'
import { syncBuiltinESMExports } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'
import { SNSClient } from '@aws-sdk/client-sns'
import { type Fault, SLOW_MS } from './faults.ts'
import { FAULT_HEADER, type FaultyServer, ORIGIN_HEADER } from './faulty-server.ts'

export type Call =
  | 'Neon API'
  | 'SQL over HTTP'
  | 'Neon status page'
  | 'Aura token'
  | 'Aura API'
  | 'Aura metrics'
  | 'table: get'
  | 'table: first write'
  | 'table: write after telling'
  | 'SNS publish'
  | 'SNS question'
  | 'secret'
  | 'ping'

export interface Strike {
  call: Call
  fault: Fault
}

/** What a case has for itself while it runs. */
export interface Crossing {
  env: Record<string, string>
  /** How far its clock is ahead. */
  aheadMs: number
  strikes: Strike[]
  /** Whether there was such a call for a strike to hit. */
  hit: Set<Call>
  /** What stands in the address or login of the requests that are for the one target that is struck. */
  struck: string[]
  /** Lines of its log. */
  log: string[]
  published: boolean
}

const crossings = new AsyncLocalStorage<Crossing>()
/** What SNS is being asked: of its requests that stands in the body alone. */
const asking = new AsyncLocalStorage<string>()
export const cross = <Result>(crossing: Crossing, run: () => Promise<Result>): Promise<Result> =>
  crossings.run(crossing, run)

/** Calls that are about one target; any other is about the whole run. */
const OF_TARGET: Call[] = ['Neon API', 'SQL over HTTP', 'Aura API', 'Aura metrics']

/** @param callOf which call goes to an address of the world. For as long as the test process lives. */
export function openGate(faulty: FaultyServer, callOf: (url: URL, action: string) => Call | undefined): void {
  const strikeFor = (url: URL, action: string, login: string): Fault | undefined => {
    const crossing = crossings.getStore()
    const found = callOf(url, action)
    if (crossing === undefined || found === undefined) return undefined
    const call = found === 'table: first write' && crossing.published ? 'table: write after telling' : found
    if (call === 'SNS publish') crossing.published = true
    const subject = `${url.href} ${login}`
    const meant = !OF_TARGET.includes(call) || crossing.struck.some((part) => subject.includes(part))
    const strike = meant ? crossing.strikes.find((one) => one.call === call) : undefined
    if (strike) crossing.hit.add(call)
    return strike?.fault
  }

  const { fetch } = globalThis
  globalThis.fetch = async (input, init) => {
    const url = new URL(String(input))
    const headers = new Headers(init?.headers)
    const fault = strikeFor(url, '', headers.get('neon-connection-string') ?? '')
    if (fault === undefined) return fetch(input, init)
    if (fault === 'slow') {
      await delay(SLOW_MS, undefined, { signal: init?.signal ?? undefined }).catch(() => undefined)
      return fetch(input, init)
    }
    headers.set(FAULT_HEADER, fault)
    return fetch(`${faulty.originFor(fault)}${url.pathname}${url.search}`, { ...init, headers })
  }

  const { send } = SNSClient.prototype
  SNSClient.prototype.send = function (this: SNSClient, command: object, ...rest: never[]) {
    return asking.run(command.constructor.name, () => send.apply(this, [command, ...rest] as never))
  } as typeof send

  // The AWS SDK's way out.
  const { request } = http
  http.request = ((options: http.RequestOptions, listener: (response: http.IncomingMessage) => void) => {
    const url = new URL(`http://${options.hostname ?? options.host}:${options.port}`)
    const headers = (options.headers ?? {}) as Record<string, string>
    const fault = strikeFor(url, headers['x-amz-target'] ?? headers['X-Amz-Target'] ?? asking.getStore() ?? '', '')
    if (fault === undefined) return request(options, listener)
    const { protocol, hostname, port } = new URL(faulty.originFor(fault))
    const elsewhere = { ...options, protocol, host: hostname, hostname, port: port || 80, agent: undefined }
    const send = protocol === 'https:' ? https.request : request
    return send({ ...elsewhere, headers: { ...headers, [FAULT_HEADER]: fault, [ORIGIN_HEADER]: url.origin } }, listener)
  }) as typeof http.request
  syncBuiltinESMExports()

  const { now } = Date
  Date.now = () => now() + (crossings.getStore()?.aheadMs ?? 0)

  const outer = process.env
  process.env = new Proxy(outer, {
    get: (target, name) => crossings.getStore()?.env[name as string] ?? target[name as string],
    // By the environment itself: it takes no property from a proxy.
    set: (target, name, value) => Reflect.set(target, name, value),
  })

  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = ((text: string | Uint8Array, ...rest: never[]) => {
    const crossing = crossings.getStore()
    if (crossing === undefined || typeof text !== 'string') return write(text, ...rest)
    crossing.log.push(text)
    return true
  }) as typeof process.stdout.write
}
