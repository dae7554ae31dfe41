import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { neon as driver, neonConfig } from '@neondatabase/serverless'
import { afterEach, describe, expect, test } from 'vitest'
import type { Cause } from '../../../functions/checks/reading.ts'
import { LookFailed } from '../../../functions/failure.ts'
import { HttpError } from '../../../functions/http.ts'
import { failureOf, isTransient } from '../../../functions/neon/failure.ts'
import { sqlError } from '../../world/neon-sql-errors.ts'

const PASSWORD = 'not-to-be-seen-anywhere'

afterEach(() => {
  neonConfig.fetchFunction = undefined
})

/** What the real driver throws, when this is what comes back from `fetch`. */
async function thrown(fetch: () => Promise<Response>): Promise<unknown> {
  neonConfig.fetchFunction = fetch
  const sql = driver(`postgresql://nightshift:${PASSWORD}@ep-cool-1234.us-east-2.aws.neon.tech/neondb`)
  try {
    await sql.transaction([sql.query('SELECT 1')])
  } catch (error) {
    return error
  }
  return expect.fail('the driver was content')
}
const answered = (status: number, body: unknown) =>
  thrown(async () => new Response(typeof body === 'string' ? body : JSON.stringify(body), { status }))
/** A body of Neon's proxy. */
const saying = (message: string, code = '') => ({ ...sqlError(message), code })

describe("what Neon's proxy was measured to answer", () => {
  test.for<[what: string, status: number, body: unknown, cause: Cause, transient?: true]>([
    [
      'full, reserved slots',
      500,
      saying('remaining connection slots are reserved for roles with the SUPERUSER attribute', '53300'),
      'full',
    ],
    ['full, too many clients', 500, saying('sorry, too many clients already', '53300'), 'full'],
    ['full, without the code', 500, saying('sorry, too many clients already'), 'full'],
    [
      'full, inside a query',
      400,
      saying(
        'remaining connection slots are reserved for roles with privileges of "pg_use_reserved_connections"',
        '53300',
      ),
      'full',
    ],
    ["the role's own limit", 500, saying('too many connections for role "nightshift"', '53300'), 'role-full'],
    ["the database's own limit", 500, saying('too many connections for database "neondb"', '53300'), 'database-full'],
    [
      'a wrong password, with its empty code',
      400,
      saying("password authentication failed for user 'nightshift'"),
      'credentials',
    ],
    [
      "Postgres's own wrong password",
      400,
      saying('password authentication failed for user "nightshift"', '28P01'),
      'credentials',
    ],
    ['an unknown role', 400, saying('role "nightshift" does not exist', '28000'), 'credentials'],
    ['no right to connect', 500, saying('permission denied for database "neondb"', '42501'), 'credentials'],
    ['an unknown database', 400, saying('database "nope" does not exist', '3D000'), 'no-database'],
    ['starting', 500, saying('the database system is starting up', '57P03'), 'starting', true],
    ['recovering', 500, saying('the database system is not yet accepting connections', '57P03'), 'starting', true],
    [
      'a compute that does not answer the proxy',
      500,
      saying("Couldn't connect to compute node"),
      'compute-failing',
      true,
    ],
    [
      'a used-up compute quota',
      500,
      saying('Your account or project has exceeded the compute time quota. Upgrade your plan to increase limits.'),
      'quota',
    ],
    [
      'a used-up quota over WebSocket',
      400,
      saying(
        'Your account or project has exceeded the compute time quota. Upgrade your plan to increase limits.',
        'XX000',
      ),
      'quota',
    ],
    [
      'a used-up transfer quota as the public reports it',
      402,
      { message: 'Your project has exceeded the data transfer quota. Upgrade your plan to increase limits.' },
      'quota',
    ],
    ['a 402 without words that are known', 402, 'Payment Required', 'quota'],
    [
      'a disabled endpoint',
      500,
      saying('The endpoint has been disabled. Enable it using Neon API and retry.'),
      'disabled',
    ],
    [
      'a statement that ran into its time limit',
      400,
      saying('canceling statement due to statement timeout', '57014'),
      'query',
    ],
    [
      'a session that was ended',
      400,
      saying('terminating connection due to administrator command', '57P01'),
      'reset',
      true,
    ],
    ['a backend that vanished', 400, saying('connection closed'), 'reset', true],
    ['a statement that is wrong', 400, saying('division by zero', '22012'), 'query'],
    ['a right that is missing', 400, saying('permission denied for function pg_stat_get_activity', '42501'), 'query'],
    ['a role that is gone in the middle of a statement', 400, saying('role "x" does not exist', '42704'), 'query'],
    ['the control plane', 500, saying('Control plane request failed'), 'provider', true],
    ['too many requests', 429, saying('Too many requests'), 'rate-limited', true],
    ['too large an answer', 507, saying('response is too large (max is 10485760 bytes)'), 'provider', true],
    ['a load balancer', 502, '<html><body>502 Bad Gateway</body></html>', 'provider', true],
    ['nothing at all', 503, '', 'provider', true],
    ['an answer that is not JSON', 200, '<html></html>', 'bad-answer'],
    ['JSON of another shape', 200, { unexpected: [] }, 'bad-answer'],
    ['null', 200, 'null', 'bad-answer'],
    ['results without rows', 200, { results: [{}] }, 'bad-answer'],
  ])('%s (%i)', async ([, status, body, cause, transient = false]) => {
    const error = await answered(status, body)
    expect(failureOf(error, 'sql')).toMatchObject({ cause, at: 'sql' })
    expect(isTransient(error)).toBe(transient)
  })

  test('is repeated in its own words, in one line, without the JSON around them', async () => {
    const error = await answered(500, saying('sorry, too many\nclients already', '53300'))
    expect(failureOf(error, 'sql').message).toBe('sorry, too many clients already')
  })

  test('is never repeated with a password that it echoes', async () => {
    const bodies = [saying(`bad string postgres://u:${PASSWORD}@h/d`), `oops postgres://u:${PASSWORD}@h/d`]
    for (const status of [400, 500])
      for (const body of bodies) {
        const { message } = failureOf(await answered(status, body), 'sql')
        expect(message).not.toContain(PASSWORD)
      }
  })

  test('is cut where it is endless', async () => {
    const { message } = failureOf(await answered(500, 'x'.repeat(100_000)), 'sql')
    expect(message.length).toBeLessThanOrEqual(400)
  })
})

describe('when no answer comes', () => {
  test.for<[code: string, cause: Cause]>([
    ['ENOTFOUND', 'unresolved'],
    ['EAI_AGAIN', 'unresolved'],
    ['ECONNREFUSED', 'refused'],
    ['EHOSTUNREACH', 'refused'],
    ['ENETUNREACH', 'refused'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['UND_ERR_SOCKET', 'reset'],
    ['ETIMEDOUT', 'timeout'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout'],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout'],
    ['UND_ERR_BODY_TIMEOUT', 'timeout'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['EPROTO', 'tls'],
  ])('%s', async ([code, cause]) => {
    const network = () => new TypeError('fetch failed', { cause: Object.assign(new Error(`x ${code}`), { code }) })
    // Bare, as the API's fetch throws it, and as the driver wraps it.
    expect(failureOf(network(), 'api')).toMatchObject({ cause, at: 'api' })
    const wrapped = await thrown(() => Promise.reject(network()))
    expect(failureOf(wrapped, 'sql')).toMatchObject({ cause, at: 'sql' })
    expect(isTransient(wrapped)).toBe(cause === 'reset')
  })

  test('at any of several addresses', () => {
    const each = ['10.0.0.1', '::1'].map((to) =>
      Object.assign(new Error(`connect ECONNREFUSED ${to}`), { code: 'ECONNREFUSED' }),
    )
    const error = new TypeError('fetch failed', { cause: new AggregateError(each) })
    expect(failureOf(error, 'sql').cause).toBe('refused')
  })

  test('since we stopped waiting', async () => {
    const hang = (signal: AbortSignal) => () =>
      new Promise<Response>((_, reject) => {
        if (signal.aborted) reject(signal.reason)
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    const gaveUp = new AbortController()
    const aborted = thrown(hang(gaveUp.signal))
    gaveUp.abort()
    expect(failureOf(await aborted, 'sql').cause).toBe('timeout')
    expect(failureOf(await thrown(hang(AbortSignal.timeout(1))), 'sql').cause).toBe('timeout')
  })

  test('for real: a port where nothing listens, and a server that hangs up', async () => {
    const server = createServer((request) => request.socket.resetAndDestroy()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(failureOf(await thrown(() => fetch(url)), 'sql').cause).toBe('reset')
    server.close()
    await once(server, 'close')
    expect(failureOf(await thrown(() => fetch(url)), 'sql').cause).toBe('refused')
  })
})

describe('an answer of the API', () => {
  test.for<[status: number, cause: Cause, transient: boolean]>([
    [401, 'api-key', false],
    [403, 'api-key', false],
    [402, 'quota', false],
    [404, 'not-found', false],
    [423, 'provider', true],
    [429, 'rate-limited', true],
    [500, 'provider', true],
    [503, 'provider', true],
    [0, 'bad-answer', false],
    [418, 'provider', false],
  ])('%i', ([status, cause, transient]) => {
    const error = new HttpError(status, 'its words')
    expect(failureOf(error, 'api')).toEqual({ cause, at: 'api', message: 'its words' })
    expect(isTransient(error)).toBe(transient)
  })
})

test('what is already understood stays as it is', () => {
  const failure = { cause: 'no-compute', at: 'api', message: 'branch main has no read-write compute' } as const
  expect(failureOf(new LookFailed(failure), 'sql')).toEqual(failure)
})

test('what nobody expected is called unexpected', () => {
  for (const at of ['sql', 'api'] as const)
    for (const error of [new Error('?'), 'text', 7, {}]) expect(failureOf(error, at).cause).toBe('unexpected')
})
