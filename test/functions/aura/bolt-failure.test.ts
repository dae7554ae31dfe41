import neo4j from 'neo4j-driver'
import { expect, test } from 'vitest'
import {
  boltFailure,
  isTransientBolt,
  keptOut,
  missingPart,
  refusesEnding,
} from '../../../functions/aura/bolt-failure.ts'
import type { Cause } from '../../../functions/checks/reading.ts'
import { LookFailed } from '../../../functions/failure.ts'
import { learnSecret } from '../../../functions/redact.ts'

const error = (code: string, message = 'its words', cause?: Error) =>
  Object.assign(new neo4j.Neo4jError(message, code, '50N42', ''), { cause })
const CONNECT =
  'Failed to connect to server. Please ensure that your database is listening on the correct host and port and that you have compatible encryption settings both on Neo4j server and driver. Note that the default encryption setting has changed in Neo4j 4.0.'
const ROUTING =
  'Could not perform discovery. No routing servers available. Known routing table: RoutingTable[database=x]'

test.for<[string, Cause]>([
  ['Neo.ClientError.Security.Unauthorized', 'credentials'],
  ['Neo.ClientError.Security.CredentialsExpired', 'credentials'],
  ['Neo.ClientError.Security.TokenExpired', 'credentials'],
  ['Neo.ClientError.Security.Forbidden', 'credentials'],
  ['Neo.ClientError.Security.AuthenticationRateLimit', 'rate-limited'],
  ['Neo.ClientError.Database.DatabaseNotFound', 'no-database'],
  ['Neo.TransientError.General.DatabaseUnavailable', 'starting'],
  ['Neo.TransientError.Database.DatabaseUnavailable', 'starting'],
  ['Neo.TransientError.Request.NoThreadsAvailable', 'full'],
  ['Neo.ClientError.Security.AuthorizationExpired', 'provider'],
  ['Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration', 'timeout'],
  ['Neo.ClientError.Transaction.TransactionTimedOut', 'timeout'],
  ['Neo.TransientError.General.OutOfMemoryError', 'query'],
  ['Neo.ClientError.Statement.SyntaxError', 'query'],
  ['Neo.DatabaseError.General.UnknownError', 'query'],
  ['SessionExpired', 'reset'],
  ['ServiceUnavailable', 'reset'],
  ['ProtocolError', 'bad-answer'],
  ['N/A', 'unexpected'],
])('%s: %s', ([code, cause]) => {
  expect(boltFailure(error(code))).toEqual({ cause, at: 'bolt', message: 'its words' })
})

test.for<[string, Cause]>([
  ['getaddrinfo ENOTFOUND h.example', 'unresolved'],
  ['getaddrinfo EAI_AGAIN h.example', 'unresolved'],
  ['connect ECONNREFUSED 127.0.0.1:7687', 'refused'],
  ['connect EHOSTUNREACH 10.0.0.1:7687', 'refused'],
  ['read ECONNRESET', 'reset'],
  ['Client network socket disconnected before secure TLS connection was established', 'reset'],
  ['connect ETIMEDOUT 10.0.0.1:7687', 'timeout'],
  ['Failed to establish connection in 5000ms', 'timeout'],
  ['self-signed certificate in certificate chain', 'tls'],
  ["Hostname/IP does not match certificate's altnames: Host: h.example", 'tls'],
  ['certificate has expired', 'tls'],
  ['write EPROTO 0:error:0A00010B:SSL routines:ssl3_get_record:wrong version number', 'tls'],
])('%s: %s, direct or behind routing', ([words, cause]) => {
  const direct = error('ServiceUnavailable', `${CONNECT} Caused by: ${words}`)
  expect(boltFailure(direct)).toEqual({ cause, at: 'bolt', message: words })
  expect(boltFailure(error('ServiceUnavailable', ROUTING, direct))).toEqual({ cause, at: 'bolt', message: words })
})

test.for<[string, unknown, Cause]>([
  ['a pool with no connection to give', error('N/A', 'Connection acquisition timed out in 8000 ms.'), 'timeout'],
  ['a web server', error('N/A', 'Server responded HTTP. Make sure you are not trying'), 'bad-answer'],
  // Measured: so the driver tells it of a connection that has not logged in yet.
  [
    'a server whose every thread is taken',
    error('ProtocolError', 'There are no available threads to serve this request at the moment.'),
    'full',
  ],
  ['the deadline', new DOMException('no answer in time', 'TimeoutError'), 'timeout'],
  ['the driver, tripping', new TypeError("Cannot read properties of undefined (reading 'onCompleted')"), 'reset'],
  ['any other slip', new TypeError('x is not a function'), 'unexpected'],
  ['a text', 'oh', 'unexpected'],
  ['nothing', undefined, 'unexpected'],
])('%s is known', ([, thrown, cause]) => {
  expect(boltFailure(thrown)).toMatchObject({ cause, at: 'bolt' })
})

test('what is already understood stays as it is', () => {
  const failure = { cause: 'tls', at: 'bolt', message: 'not encrypted' } as const
  expect(boltFailure(new LookFailed(failure))).toBe(failure)
})

test('no password is told', () => {
  learnSecret('s3cret-word')
  const { message } = boltFailure(
    error('ServiceUnavailable', `${CONNECT} Caused by: bolt://jane:pw@h.example, s3cret-word`),
  )
  expect(message).toBe('bolt://[redacted]@h.example, [redacted]')
})

test('a part is missing where the server says that it is not for us, or not there; any other error is of the whole look', () => {
  expect(missingPart(error('Neo.ClientError.Security.Forbidden'))).toBe('refused')
  for (const code of [
    'Procedure.ProcedureNotFound',
    'Statement.SyntaxError',
    'Statement.UnsupportedAdministrationCommand',
  ])
    expect(missingPart(error(`Neo.ClientError.${code}`))).toBe('unavailable')
  for (const code of [
    'SessionExpired',
    'N/A',
    'Neo.TransientError.General.OutOfMemoryError',
    'Neo.ClientError.Security.Unauthorized',
  ])
    expect(missingPart(error(code))).toBeUndefined()
})

test('an ending is refused where the server says so; after any other error it may have been done', () => {
  for (const code of ['Security.Forbidden', 'Procedure.ProcedureNotFound', 'Procedure.ProcedureCallFailed'])
    expect(refusesEnding(error(`Neo.ClientError.${code}`))).toBe(true)
  for (const code of ['SessionExpired', 'ServiceUnavailable', 'N/A', 'Neo.ClientError.Transaction.Terminated'])
    expect(refusesEnding(error(code))).toBe(false)
})

test.for<[string, boolean]>([
  ['SessionExpired', true],
  ['ServiceUnavailable', true],
  ['Neo.TransientError.General.OutOfMemoryError', true],
  ['Neo.TransientError.Transaction.DeadlockDetected', true],
  // Rights that the server knows have run out: a new line asks for them anew.
  ['Neo.ClientError.Security.AuthorizationExpired', true],
  // A third wrong password locks the user.
  ['Neo.ClientError.Security.Unauthorized', false],
  ['Neo.ClientError.Security.AuthenticationRateLimit', false],
  ['Neo.TransientError.Request.NoThreadsAvailable', false],
  // For these there is the system database.
  ['Neo.TransientError.General.DatabaseUnavailable', false],
  ['Neo.ClientError.Database.DatabaseNotFound', false],
  ['N/A', false],
])('whether another look at once may come out otherwise: %s, %s', ([code, transient]) => {
  expect(isTransientBolt(error(code))).toBe(transient)
})

test('who is not let into its database may be let into another', () => {
  expect(keptOut(error('Neo.TransientError.General.DatabaseUnavailable'))).toBe(true)
  expect(keptOut(error('Neo.ClientError.Database.DatabaseNotFound'))).toBe(true)
  expect(keptOut(error('Neo.ClientError.Security.Forbidden'))).toBe(false)
  expect(keptOut(error('SessionExpired'))).toBe(false)
})
