import neo4j from 'neo4j-driver'
import { expect, test, vi } from 'vitest'
import type { Bolt } from '../../../functions/aura/bolt.ts'
import { boltFailure } from '../../../functions/aura/bolt-failure.ts'
import { lookOverBolt } from '../../../functions/aura/bolt-look.ts'
import type { BoltLook } from '../../../functions/aura/bolt-records.ts'

// What a real server says of a database that does not start, or is not there, was measured; see bolt.test.ts for the latter.
const coded = (code: string) => new neo4j.Neo4jError('its words', code, '50N42', '')
const DOWN = coded('Neo.TransientError.General.DatabaseUnavailable')
const ABSENT = coded('Neo.ClientError.Database.DatabaseNotFound')
const BROKEN = coded('SessionExpired')
const never = new AbortController().signal

const LOOK: BoltLook = {
  member: 'a',
  sighted: true,
  connections: { rows: [] },
  transactions: { rows: [] },
  databases: { rows: [] },
}

/** Lines on which the looks come out so, one after the other; who is asked for what, and what is left open. */
function lines(...answers: (BoltLook | Error)[]) {
  const asked: string[] = []
  let open = 0
  const openLine = (database = 'home'): Bolt => {
    asked.push(database)
    open++
    const close = vi.fn(async () => {
      open--
    })
    return {
      look: async () => {
        const answer = answers.shift()
        if (answer === undefined || answer instanceof Error) throw answer
        return answer
      },
      endConnection: () => expect.fail(),
      endTransaction: () => expect.fail(),
      storeSize: () => expect.fail(),
      close,
      [Symbol.asyncDispose]: close,
    }
  }
  return { asked, openLine, left: () => open }
}
const failed = (looked: Promise<unknown>) => looked.then(() => expect.fail('it was answered'), boltFailure)

test('a look that succeeds is one look, and its line stays open', async () => {
  const { asked, openLine, left } = lines(LOOK)
  expect((await lookOverBolt(openLine, never)).look).toEqual(LOOK)
  expect([asked, left()]).toEqual([['home'], 1])
})

test.for([
  'SessionExpired',
  'ServiceUnavailable',
  'Neo.TransientError.General.OutOfMemoryError',
  'Neo.TransientError.Transaction.LockClientStopped',
])('what breaks off or passes (%s) is looked at once more, on a new line', async (code) => {
  const { asked, openLine, left } = lines(coded(code), LOOK)
  expect((await lookOverBolt(openLine, never)).look).toEqual(LOOK)
  expect([asked, left()]).toEqual([['home', 'home'], 1])
})

test('twice is enough', async () => {
  const { asked, openLine, left } = lines(BROKEN, BROKEN, LOOK)
  expect(await failed(lookOverBolt(openLine, never))).toMatchObject({ cause: 'reset' })
  expect([asked, left()]).toEqual([['home', 'home'], 0])
})

test.for([
  'Neo.ClientError.Security.Unauthorized',
  'Neo.TransientError.Request.NoThreadsAvailable',
  'Neo.ClientError.Statement.SyntaxError',
])('what another look would not mend (%s) is not asked again', async (code) => {
  const { asked, openLine, left } = lines(coded(code), LOOK)
  expect(await failed(lookOverBolt(openLine, never))).toMatchObject({ message: 'its words' })
  expect([asked, left()]).toEqual([['home'], 0])
})

test.for([
  ['is down', DOWN, 'starting'],
  ['is not there', ABSENT, 'no-database'],
] as const)('where the database %s, the look is made by way of system, and says why', async ([, error, cause]) => {
  const { asked, openLine, left } = lines(error, LOOK)
  const { look } = await lookOverBolt(openLine, never)
  expect(look).toEqual({ ...LOOK, bySystem: { cause, at: 'bolt', message: 'its words' } })
  expect([asked, left()]).toEqual([['home', 'system'], 1])
})

test('also after a line that broke off, and on one that breaks off', async () => {
  const { asked, openLine, left } = lines(BROKEN, DOWN, BROKEN, LOOK)
  expect((await lookOverBolt(openLine, never)).look.bySystem?.cause).toBe('starting')
  expect([asked, left()]).toEqual([['home', 'home', 'system', 'system'], 1])
})

test('where that does not help either, it is the first that is told', async () => {
  const { asked, openLine, left } = lines(DOWN, coded('Neo.ClientError.Security.Forbidden'))
  expect(await failed(lookOverBolt(openLine, never))).toMatchObject({ cause: 'starting' })
  expect([asked, left()]).toEqual([['home', 'system'], 0])
})

test('after the deadline nothing is asked again', async () => {
  for (const error of [BROKEN, DOWN]) {
    const { asked, openLine, left } = lines(error, LOOK)
    expect(await failed(lookOverBolt(openLine, AbortSignal.abort()))).toMatchObject({ message: 'its words' })
    expect([asked, left()]).toEqual([['home'], 0])
  }
})
