import neo4j from 'neo4j-driver'
import { expect, test } from 'vitest'
import { readAll } from '../../../functions/aura/bolt.ts'
import { endConnection, endTransaction } from '../../../functions/aura/bolt-end.ts'
import type { Ask, Line, Row } from '../../../functions/aura/bolt-line.ts'
import { type SeenTransaction, transactionOf } from '../../../functions/aura/bolt-records.ts'

// Every user of the Community edition is an administrator: what others are refused is played here.
const coded = (code: string) => new neo4j.Neo4jError('its words', code, '50N42', '')
const FORBIDDEN = coded('Neo.ClientError.Security.Forbidden')

const MARK = 'mark'
const OWN = { id: 'bolt-5', client: '10.2.2.2:1' }
const own = { transactionId: 't-9', connectionId: OWN.id, clientAddress: OWN.client, metaData: { nonce: MARK } }
const forgotten = {
  transactionId: 't-6',
  connectionId: 'bolt-3',
  status: 'Running',
  startTime: '2026-11-21T09:21:44.569Z',
}
const victim = {
  id: 'bolt-3',
  server: '10.0.0.1:7687',
  client: '10.1.1.1:55814',
  user: 'shop',
  agent: 'checkout/1.0',
  connector: 'bolt',
  connectedAt: 0,
}
const held: SeenTransaction = transactionOf(forgotten)

type Answer = Row[] | Error
/** Answers by what a statement does; as the server does, it answers nothing more in a transaction after an error. */
function server(answers: { show?: Answer; list?: Answer; kill?: Answer; terminate?: Answer; databases?: Answer }) {
  const asked: string[] = []
  let transactions = 0
  const ask: Ask = async (cypher) => {
    const kind = (['kill', 'terminate', 'databases', 'list', 'show'] as const).find((word) =>
      new RegExp(word, 'i').test(cypher),
    )
    if (kind === undefined) return expect.fail(cypher)
    asked.push(`${kind} ${transactions}`)
    const answer = answers[kind] ?? []
    if (answer instanceof Error) throw answer
    return answer
  }
  const line: Line = {
    begin: async () => {
      transactions++
      let over = false
      return {
        ask: async (...question) => {
          if (over) throw coded('N/A')
          return ask(...question).catch((error: unknown) => {
            over = true
            throw error
          })
        },
        end: async () => undefined,
      }
    },
    ask,
    close: async () => undefined,
  }
  return { asked, line }
}

const refused = { missing: 'refused', message: 'its words' }
const unavailable = { missing: 'unavailable', message: 'its words' }

test('connections that may not be listed are refused, and all else is read', async () => {
  const { asked, line } = server({ show: [own], list: FORBIDDEN })
  const rows = { rows: [own] }
  expect(await readAll(line, MARK)).toEqual({
    before: rows,
    connections: refused,
    after: rows,
    databases: { rows: [] },
  })
  expect(asked).toEqual(['show 1', 'list 1', 'show 2', 'databases 2'])
})

test('where nothing may be read, each part says so', async () => {
  const missing = coded('Neo.ClientError.Procedure.ProcedureNotFound')
  const { asked, line } = server({ show: FORBIDDEN, list: missing, databases: FORBIDDEN })
  const parts = { before: refused, connections: unavailable, after: refused, databases: refused }
  expect(await readAll(line, MARK)).toEqual(parts)
  expect(asked).toEqual(['show 1', 'list 2', 'databases 3'])
})

test.for(['show', 'list', 'databases'])('any other error at "%s" is that of the whole look', async (part) => {
  const { line } = server({ [part]: coded('SessionExpired') })
  await expect(readAll(line, MARK)).rejects.toMatchObject({ code: 'SessionExpired' })
})

test('whose ending the server refuses is refused, with its words', async () => {
  for (const code of ['Security.Forbidden', 'Procedure.ProcedureCallFailed', 'Procedure.ProcedureNotFound']) {
    const { line } = server({ show: [own], kill: coded(`Neo.ClientError.${code}`) })
    expect(await endConnection(line, MARK, OWN, victim)).toEqual({ outcome: 'refused', detail: 'its words' })
  }
})

test('a line that breaks off before anybody was told to end anything has ended nothing', async () => {
  const { line } = server({ show: coded('SessionExpired') })
  expect(await endConnection(line, MARK, OWN, victim)).toEqual({ outcome: 'not-tried', detail: 'its words' })
  expect(await endTransaction(line, MARK, OWN, held)).toEqual({ outcome: 'not-tried', detail: 'its words' })
})

test('an answer that does not arrive leaves it open whether anything was ended', async () => {
  const { line } = server({ show: [own], kill: coded('SessionExpired') })
  expect(await endConnection(line, MARK, OWN, victim)).toEqual({ outcome: 'lost', detail: 'its words' })
})

test('a connection that is still listed is still ending', async () => {
  const left = { connectionId: 'bolt-3', connectTime: '1970-01-01T00:00:00Z' }
  const killed = [{ message: 'Connection found' }]
  const { line } = server({ show: [own], kill: killed, list: [left] })
  expect(await endConnection(line, MARK, OWN, victim)).toEqual({ outcome: 'still-ending' })
  const namesake = server({ show: [own], kill: killed, list: [{ ...left, connectTime: '1970-01-01T00:00:01Z' }] })
  expect(await endConnection(namesake.line, MARK, OWN, victim)).toEqual({ outcome: 'ended' })
})

test('a transaction that goes on after it was ended may not be ended by us', async () => {
  const terminate = [{ transactionId: 't-6', message: 'Transaction not found.' }]
  const { line } = server({ show: [own, forgotten], terminate })
  expect(await endTransaction(line, MARK, OWN, held)).toEqual({ outcome: 'refused', detail: 'Transaction not found.' })
})

test.for([
  ['on another connection', { ...own, connectionId: 'bolt-6' }],
  ['on one of the same name, perhaps of another member', { ...own, clientAddress: '10.2.2.2:2' }],
  ['where we do not find ourselves', { ...own, metaData: {} }],
] as const)('nothing is ended %s', async ([, self]) => {
  const { asked, line } = server({ show: [self, forgotten] })
  const left = { outcome: 'not-tried', detail: 'the connection that the look was made on is gone' }
  expect(await endConnection(line, MARK, OWN, { ...victim, id: 'bolt-4' })).toEqual(left)
  expect(await endTransaction(line, MARK, OWN, held)).toEqual(left)
  expect(asked).toEqual(['show 1', 'show 2'])
})
