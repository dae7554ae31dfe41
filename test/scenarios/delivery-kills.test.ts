/**
 * What is promised of delivery: every change is told, and told twice only where it is not known that SNS has taken the
 * message. So it is where the process died after SNS had it and before the table had it that this was told: nobody can do
 * better with two services that know nothing of each other. It is counted here how often that is, and that of all deaths it
 * is at no other. (The other way is an answer of SNS that is lost, see delivery.test.ts: the SDK sends the message again.)
 * Processes really die, by SIGKILL.
 */
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ERRORS } from '../world/aws.ts'
import { bundleFor } from '../world/bundle-for.ts'
import { startFunction } from '../world/lambda.ts'
import { sqlError } from '../world/neon-sql-errors.ts'
import { EMAIL, leak, type Night, PHONE, startNight, TARGET } from '../world/night.ts'
import { type Point, type SideBySide, startSideBySide } from '../world/side-by-side.ts'

const SATURATION = 'connections.saturation'
const CRITICAL = `CRITICAL orders ${SATURATION}`
const RESOLVED = `RESOLVED orders ${SATURATION}`
/** Sessions of 30, with room for those of five looks: warning and critical. */
const SOME = 10
const MANY = 20
const REFUSED = { status: 400, code: 'AccessDeniedException', message: 'not authorized to perform: dynamodb:PutItem' }

let night: Night
let runs: SideBySide
/** The same function, watching `stock` too: another project, on the same server. */
let pairs: SideBySide

const world = new AsyncDisposableStack()
beforeAll(async () => {
  night = world.use(
    await startNight({
      postgres: { maxConnections: 33, reserved: 3 },
      tell: { emails: [EMAIL], phones: [PHONE], confirm: { looks: 1, of: 1 } },
      thresholds: { [SATURATION]: { warning: 30, critical: 65, recovery: 25 } },
    }),
  )
  runs = world.use(await startSideBySide(night))
  pairs = world.use(await startPairs(night))
})
afterAll(() => world.disposeAsync())
/** Every test leaves all well and told. */
afterEach(async () => {
  night.aws.heal()
  night.neon.heal()
  await crowd(0)
  await pairs.expireClaims()
  await pairs.makeUntilQuiet()
  pairs.told()
  runs.told()
})

async function startPairs({ aws, neon, postgres, config }: Night): Promise<SideBySide> {
  neon.addProject({ id: 'stock', branches: [{ id: 'br-stock', endpoints: [{ id: 'ep-stock', postgres }] }] })
  const password = postgres.password('nightshift')
  aws.secrets.put(aws.env.NIGHTSHIFT_SECRET as string, {
    neonApiKey: neon.apiKey,
    passwords: { [TARGET]: password, stock: password },
  })
  const stock = { name: 'stock', neon: { project: 'stock', role: 'nightshift' } }
  const built = world.use(
    await bundleFor('functions/connections.ts', { ...config, targets: [...config.targets, stock] }),
  )
  return startSideBySide(night, (env) =>
    startFunction({ directory: built.directory, timeoutSeconds: 120, env: { ...aws.env, ...neon.env, ...env } }),
  )
}

/** Makes it so many sessions; fewer than there are: all of them end first. */
async function crowd(sessions: number): Promise<void> {
  const [row] = await night.postgres.query<{ now: number }>(
    `SELECT count(*)::int AS now FROM pg_stat_activity WHERE usename = 'app'`,
  )
  const now = row?.now ?? 0
  if (sessions < now)
    await night.postgres.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'app'`)
  await leak(night, 'sync-job', sessions < now ? sessions : sessions - now)
}

const STATE = `TARGET#${TARGET} CHECK#connections`
/** The first time that such a request gets there. */
const on = (what: string) => (point: Point) => point.what === what && point.answered === undefined
/** It has been done, and the answer is lost. */
const done = (what: string) => (point: Point) => point.what === what && point.answered === 200
const marking = (dies: (point: Point) => boolean) => (point: Point) => point.published && dies(point)

/** Where a process dies, and how often a change is told: while its claim stands, or would stand if it had one, and after. */
const EARLY: Death[] = [
  ['before the table is read', on(`GetItem ${STATE}`), 1, 0],
  ['before the look', on('NIGHTSHIFT_NEON_API_URL'), 1, 0],
  ['during the look', done('NIGHTSHIFT_NEON_SQL_URL'), 1, 0],
  ['before the claim', on(`PutItem ${STATE}`), 1, 0],
]
const LATE: Death[] = [
  ['claimed, answer lost', done(`PutItem ${STATE}`), 0, 1],
  ['before SNS', on('Publish'), 0, 1],
  ['SNS has it, answer lost', done('Publish'), 1, 1],
  ['before the mark is read', marking(on(`GetItem ${STATE}`)), 1, 1],
  ['before the mark', marking(on(`PutItem ${STATE}`)), 1, 1],
  ['marked, answer lost', marking(done(`PutItem ${STATE}`)), 1, 0],
  ['before the report', marking(on('GetItem CHECK#connections SUCCESS')), 1, 0],
]
type Death = [where: string, dies: (point: Point) => boolean, told: number, toldAfter: number]

const CHANGES = [
  { change: 'opened', from: 0, to: MANY, line: CRITICAL },
  { change: 'resolved', from: MANY, to: 0, line: RESOLVED },
  { change: 'escalated', from: SOME, to: MANY, line: CRITICAL },
]

test.each([
  // Before anything is written it makes no difference what there is to tell; and alone, nobody writes in between.
  [
    'alone',
    1,
    [...EARLY, ...LATE].map((death, index) => ({ death, changes: CHANGES.slice(index % 3, (index % 3) + 1) })),
  ],
  ['one of five', 5, LATE.map((death) => ({ death, changes: CHANGES }))],
  [
    'one of five, early',
    5,
    EARLY.map((death, index) => ({ death, changes: CHANGES.slice(index % 2, (index % 2) + 1) })),
  ],
])('a run that dies, %s: each change is told, and twice only between SNS and the mark', async (_who, count, cases) => {
  const expected: unknown[] = []
  const seen: unknown[] = []
  let sessions = 0
  const reach = async (wanted: number) => {
    if (sessions === wanted) return
    await crowd(wanted)
    await runs.make(1)
    expect(runs.told()).toHaveLength(1)
    sessions = wanted
  }
  for (const { death, changes } of cases) {
    const [where, dies, ...times] = death
    for (const { change, from, to, line } of changes) {
      // From critical to a warning is no news: only what is over can become one.
      if (from === SOME) await reach(0)
      await reach(from)
      await crowd(to)
      sessions = to
      const { died } = await runs.make(count, dies)
      expect(died, `${change}, ${where}: nobody died`).toBeDefined()
      // The claim of a dead run still stands: for all that this one can know, the other is alive and sending.
      await runs.make(1)
      const told = runs.told()
      await runs.expireClaims()
      await runs.makeUntilQuiet()
      const toldAfter = runs.told()
      expect([...told, ...toldAfter].filter((one) => one !== line)).toEqual([])
      seen.push([change, where, told.length, toldAfter.length])
      expected.push([change, where, ...times])
    }
  }
  expect(seen).toEqual(expected)
})

test('a run that dies with the news of two targets: only what it had not marked is told again', async () => {
  const both = ['orders', 'stock']
  const other = 'PutItem TARGET#stock CHECK#connections'
  const written = done(`PutItem ${STATE}`)
  // Of two writes at once the other one never gets there.
  const lost = ({ what }: Point) => (what === other ? 'keep' : undefined)
  const lostMark = (point: Point) => (point.published ? lost(point) : undefined)
  const deaths: [where: string, dies: (point: Point) => boolean, Spoils, told: string[], toldAfter: string[]][] = [
    ['one claimed', written, lost, ['stock'], ['orders']],
    ['both claimed', on('Publish'), undefined, [], both],
    ['SNS has it', done('Publish'), undefined, both, both],
    ['one marked', marking(written), lostMark, both, ['stock']],
  ]
  await pairs.make(1)
  let kind = 'RESOLVED'
  for (const [where, dies, spoils, told, toldAfter] of deaths) {
    await crowd(kind === 'CRITICAL' ? 0 : MANY)
    kind = kind === 'CRITICAL' ? 'RESOLVED' : 'CRITICAL'
    const lines = (targets: string[]) => targets.map((target) => `${kind} ${target} ${SATURATION}`)
    const { died } = await pairs.make(1, dies, spoils)
    expect(died, where).toBeDefined()
    await pairs.make(1)
    expect(pairs.told().sort(), where).toEqual(lines(told))
    await pairs.expireClaims()
    await pairs.makeUntilQuiet()
    expect(pairs.told().sort(), where).toEqual(lines(toldAfter))
  }
})
type Spoils = Parameters<SideBySide['make']>[2]

test('SNS is down for an hour of runs, in which two criticals open and one ends: each is told once afterwards', async () => {
  night.aws.fail('sns', ERRORS.snsDenied)
  let ordersRecovers = () => {}
  for (let run = 0; run < 12; run++) {
    if (run === 2) ordersRecovers = night.neon.fail('sql', FULL, { match: /ep-cool/ })
    if (run === 5) night.neon.fail('sql', FULL, { match: /ep-stock/ })
    if (run === 8) ordersRecovers()
    const { answers } = await pairs.make(run % 4 === 3 ? 3 : 1)
    expect(answers.some(({ ok }) => !ok)).toBe(run >= 2)
  }
  expect(pairs.told()).toEqual([])
  night.aws.heal()
  await pairs.make(3)
  await pairs.makeUntilQuiet()
  expect(pairs.told().sort()).toEqual([`CRITICAL stock ${SATURATION}`, `${RESOLVED}, untold`])
})
const FULL = {
  status: 500,
  body: { ...sqlError('sorry, too many clients already'), code: '53300', severity: 'FATAL' },
}

test('the table refuses writes: what is critical is told by every run, and once more when it takes them again', async () => {
  const three = async () => {
    const { answers } = await runs.make(3)
    expect(answers.map(({ ok }) => ok)).toEqual(Array(3).fill(false))
  }
  night.aws.fail('dynamodb', REFUSED, { action: 'PutItem' })
  await crowd(MANY)
  for (let round = 0; round < 3; round++) await three()
  expect(runs.told()).toEqual(Array(9).fill(CRITICAL))
  night.aws.heal()
  await runs.make(3)
  await runs.makeUntilQuiet()
  expect(runs.told()).toEqual([CRITICAL])

  night.aws.fail('dynamodb', REFUSED, { action: 'PutItem' })
  await three()
  expect(runs.told()).toEqual(Array(3).fill(CRITICAL))
  await crowd(0)
  await three()
  expect(runs.told()).toEqual([])
  night.aws.heal()
  await runs.make(3)
  await runs.makeUntilQuiet()
  expect(runs.told()).toEqual([RESOLVED])
})

test('the table refuses the mark alone: told again once the claim has run out, as after a death', async () => {
  await crowd(MANY)
  const refusal = { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${REFUSED.code}`, message: 'no' } }
  const spoils = (point: Point) => (marking(on(`PutItem ${STATE}`))(point) ? refusal : undefined)
  const { answers } = await runs.make(1, undefined, spoils)
  expect(answers[0]?.error?.errorMessage).toContain('did not take what was told of orders')
  await runs.make(1)
  expect(runs.told()).toEqual([CRITICAL])
  await runs.expireClaims()
  await runs.makeUntilQuiet()
  expect(runs.told()).toEqual([CRITICAL])
})

test('the table is too busy for every other first attempt: five runs at once tell once', async () => {
  const busy = {
    status: 400,
    body: { __type: 'com.amazon.coral.availability#ThrottlingException', message: 'Rate of requests is too high' },
  }
  let asked = 0
  const spoils = ({ what, attempt }: Point) =>
    what.includes('Item ') && attempt === 1 && asked++ % 2 === 0 ? busy : undefined
  for (const [sessions, line] of [
    [MANY, CRITICAL],
    [0, RESOLVED],
  ] as const) {
    await crowd(sessions)
    const { answers } = await runs.make(5, undefined, spoils)
    expect(answers.map(({ error }) => error)).toEqual(Array(5).fill(undefined))
    expect(runs.told()).toEqual([line])
  }
})

/** What happens in one step of a walk; all of it at random. */
const step = fc.record({
  changes: fc.nat(3).map((one) => one > 0),
  /** The world changes while the runs are on their way, not before. */
  meanwhile: fc.nat(3).map((one) => one === 0),
  runs: fc.integer({ min: 1, max: 5 }),
  /** Which of them dies, and at which of all that passes; with a large number it lives. */
  victim: fc.nat(4),
  at: fc.nat(45),
  snsDown: fc.nat(7).map((one) => one === 0),
  claimsRunOut: fc.boolean(),
})

test('whatever happens: in the end what was told last is true, and no more is told twice than died between SNS and the mark', async () => {
  const seed = Number(process.env.NIGHTSHIFT_TEST_SEED ?? Date.now() % 1_000_000)
  const [steps = []] = fc.sample(fc.array(step, { minLength: 25, maxLength: 25 }), { numRuns: 1, seed })
  let unmarked = 0
  let sessions = 0
  for (const { changes, meanwhile, runs: count, victim, at, snsDown, claimsRunOut } of steps) {
    if (snsDown) night.aws.fail('sns', ERRORS.snsDenied)
    if (changes) sessions = MANY - sessions
    if (!meanwhile) await crowd(sessions)
    const passed = new Map<string, number>()
    const made = runs.make(count, ({ from }) => {
      passed.set(from, (passed.get(from) ?? 0) + 1)
      return [...passed.keys()].indexOf(from) === victim % count && passed.get(from) === at
    })
    if (meanwhile) await crowd(sessions)
    if ((await made).diedUnmarked) unmarked++
    night.aws.heal()
    if (claimsRunOut) await runs.expireClaims()
  }
  await runs.expireClaims()
  await runs.makeUntilQuiet()
  const told = runs.told()
  // What came and went while nothing could be sent is another one of the same words.
  const again = told.filter((one, index) => one === told[index - 1] && !one.endsWith('untold'))
  const story = `seed ${seed} (NIGHTSHIFT_TEST_SEED), ${unmarked} died unmarked, told:\n${told.join('\n')}`
  const [last = RESOLVED] = told.at(-1)?.split(',') ?? []
  expect(last, story).toBe(sessions > 0 ? CRITICAL : RESOLVED)
  expect(again.length, story).toBeLessThanOrEqual(unmarked)
})
