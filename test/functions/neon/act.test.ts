import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Candidate } from '../../../functions/checks/reading.ts'
import type { Evidence } from '../../../functions/checks/trust/abandoned.ts'
import type { EndingPolicy, Outcome } from '../../../functions/checks/victims.ts'
import { resolveConfig } from '../../../functions/config.ts'
import { endSessions } from '../../../functions/neon/act.ts'
import type { NeonSql } from '../../../functions/neon/sql.ts'
import { candidateOf, configOf, HOUR, MINUTE, planOf } from '../builders.ts'

const target = resolveConfig(configOf()).targets[0] ?? expect.fail('no target')
const never = new AbortController().signal
const victims = [1, 2, 3].map((pid) => candidateOf({ pid }))
const notPermitted = [8, 9].map((pid) => candidateOf({ pid, permitted: false }))
const coded = (code: string) => Object.assign(new Error(`its words, ${code}`), { code })

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(() => vi.restoreAllMocks())

/** Answers each pid with what is given for it, and everybody else with `ended`. */
function server(answers: Record<number, Outcome | Error> = {}) {
  const asked: number[] = []
  const limits: number[] = []
  const end = async ({ pid }: Candidate, { idleMs }: EndingPolicy) => {
    asked.push(pid)
    limits.push(idleMs)
    const answer = answers[pid] ?? 'ended'
    if (answer instanceof Error) throw answer
    return { outcome: answer }
  }
  return { asked, limits, sql: { end, look: () => expect.fail('it looked') } satisfies NeonSql }
}
const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  idleMs: HOUR,
  policyMs: 10 * MINUTE,
  limitMs: 10 * MINUTE,
  ...changes,
})
const acting = { evidenceOf: () => evidence(), recorder: { note: vi.fn(), faults: async () => [] }, signal: never }

async function outcomes(sql: NeonSql, plan = planOf({ victims }), signal = never) {
  return (await endSessions(plan, target, { ...acting, sql, signal })).map(
    ({ victim, outcome }) => `${victim.pid} ${outcome}`,
  )
}

test('who may not be ended is told to be refused, and is not tried', async () => {
  const { asked, sql } = server()
  expect(await outcomes(sql, planOf({ victims, notPermitted }))).toEqual([
    '8 refused',
    '9 refused',
    '1 ended',
    '2 ended',
    '3 ended',
  ])
  expect(asked).toEqual([1, 2, 3])
})

test('nobody is tried or told to be refused where ending is held', async () => {
  const { asked, sql } = server()
  for (const held of ['not-opted-in', 'dry-run', 'maintenance', 'below', 'load'] as const)
    expect(await outcomes(sql, planOf({ victims, notPermitted, held }))).toEqual([])
  expect(asked).toEqual([])
})

test('what the server refuses is refused, and the others are tried', async () => {
  const { sql } = server({ 1: coded('42501') })
  expect(await outcomes(sql)).toEqual(['1 refused', '2 ended', '3 ended'])
})

test.for([coded('57014'), coded('57P01'), coded('ECONNRESET'), new Error('fetch failed')])(
  'after any other error it may have been ended, and nobody more is tried: %s',
  async (error) => {
    const { asked, sql } = server({ 2: error })
    expect(await outcomes(sql)).toEqual(['1 ended', '2 lost'])
    expect(asked).toEqual([1, 2])
  },
)

test('the words of an error are told', async () => {
  const [ending] = await endSessions(planOf({ victims }), target, { ...acting, sql: server({ 1: coded('57014') }).sql })
  expect(ending?.detail).toBe('its words, 57014')
})

test('nobody is tried once the time is up', async () => {
  const { asked, sql } = server()
  expect(await outcomes(sql, planOf({ victims, notPermitted }), AbortSignal.abort())).toEqual([
    '8 refused',
    '9 refused',
  ])
  expect(asked).toEqual([])
})

test('each is asked with the limit that it was chosen by, and noted right after it was ended', async () => {
  const { limits, sql } = server({ 2: 'woke' })
  const noted: string[] = []
  const evidenceOf = ({ pid }: Candidate) => evidence({ limitMs: pid * HOUR, longestGapMs: (pid * HOUR) / 2 })
  const recorder = {
    note: vi.fn(({ id, outcome, evidence: why }, { longestGapMs }) => {
      noted.push(`${id} ${outcome} ${longestGapMs} after ${limits.length}: ${why}`)
    }),
    faults: async () => [],
  }
  await endSessions(planOf({ victims }), target, { ...acting, sql, evidenceOf, recorder })
  expect(limits).toEqual([HOUR, 2 * HOUR, 3 * HOUR])
  expect(noted).toEqual([
    expect.stringMatching(/^1 ended 1800000 after 1: Idle for 1 h.* Limit of the policy: 10 min\. .*: 30 min\.$/),
    expect.stringMatching(/^2 woke 3600000 after 2/),
    expect.stringMatching(/^3 ended 5400000 after 3/),
  ])
})
