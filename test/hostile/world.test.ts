import { escapeIdentifier, escapeLiteral } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NightshiftConfig } from '../../functions/config.ts'
import type { Report } from '../../functions/report.ts'
import { type Crossing, cross } from '../faults/crossing.ts'
import { type Kind, type Lane, startLane } from '../faults/lane.ts'
import { type Stage, startStage } from '../faults/stage.ts'
import { auraError } from '../world/aura-faults.ts'
import { apiError } from '../world/neon-faults.ts'
import { sqlError } from '../world/neon-sql-errors.ts'
import { EMAIL, PHONE } from '../world/night.ts'
import { expectHarmlessItem, expectHarmlessLog, expectHarmlessMail, expectHarmlessSms } from './harmless.ts'
import { HOSTILE } from './texts.ts'

const TELL: NightshiftConfig['tell'] = { emails: [EMAIL], phones: [PHONE], confirm: { looks: 1, of: 1 } }
const SECRET = 'nightshift-hostile'

let stage: Stage
let lane: Lane
beforeAll(async () => {
  stage = await startStage()
  stage.aws.sns.subscribe({
    protocol: 'sms',
    endpoint: PHONE,
    filterPolicy: { severity: ['critical', 'resolved-critical'] },
  })
  lane = await startLane(1)
})
afterAll(() => stage?.[Symbol.asyncDispose]())

/** One run; whatever left the machine is looked at before the report is given back. */
async function run(kind: Kind, targets: NightshiftConfig['targets']): Promise<Report> {
  const { aws, aura, neon, password } = stage
  const { id: clientId, secret: clientSecret } = aura.client
  aws.secrets.put(SECRET, {
    neonApiKey: neon.apiKey,
    aura: { clientId, clientSecret },
    passwords: Object.fromEntries(targets.map(({ name }) => [name, password])),
  })
  const crossing: Crossing = {
    env: { NIGHTSHIFT_SECRET: SECRET, AWS_LAMBDA_FUNCTION_NAME: 'nightshift-local' },
    aheadMs: lane.casesSoFar++ * 6 * 3_600_000,
    strikes: [],
    hit: new Set(),
    struck: [],
    log: [],
    published: false,
  }
  const before = aws.sns.inbox.length
  const report = await cross(crossing, () =>
    lane.run(kind, { tell: TELL, targets }, crypto.randomUUID(), Date.now() + 60_000),
  )
  expectHarmlessLog(crossing.log.join(''))
  const delivered = aws.sns.inbox.slice(before)
  expect(delivered.length).toBeGreaterThan(0)
  for (const { protocol, subject, text } of delivered)
    if (protocol === 'sms') expectHarmlessSms(text)
    else expectHarmlessMail(subject ?? '', text)
  for (const item of await aws.dynamodb.items(aws.env.NIGHTSHIFT_TABLE as string)) {
    expectHarmlessItem(item)
    if (typeof item.state === 'string') expect(() => JSON.parse(item.state as string)).not.toThrow()
  }
  expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  return report
}

/** As PostgreSQL takes it: a name has no NUL and no half of a character, and 63 bytes at most. */
const asName = (text: string): string => {
  const whole = text.toWellFormed().replaceAll('\0', '')
  let name = ''
  for (const character of whole) {
    if (Buffer.byteLength(name + character) > 63) break
    name += character
  }
  return name
}

test('names and statements in PostgreSQL: each is told as it is, and does nothing', async () => {
  const { postgres, neon } = stage
  await postgres.query('CREATE TABLE canary (id int); INSERT INTO canary VALUES (1)')
  const names = [...new Set(HOSTILE.map(asName))].filter((name) => name !== '' && !/^[-+=@]/.test(name))
  for (const [index, name] of names.entries()) {
    await postgres.createRole(name)
    if (index % 4 === 0) await postgres.query(`CREATE DATABASE ${escapeIdentifier(name)}`)
    const database = index % 4 === 0 ? { database: name } : {}
    const session = await postgres.session({ user: name, application: name, ...database })
    await session.query(
      `BEGIN; SELECT ${escapeLiteral(name)} /* ${name.replaceAll('*/', '')} */ AS ${escapeIdentifier(name)}`,
    )
  }
  neon.addProject({ id: 'names', branches: [{ id: 'br-1', endpoints: [{ id: 'ep-names', postgres }] }] })
  const report = await run('connections', [
    {
      name: 'orders',
      neon: { project: 'names', role: 'nightshift' },
      note: HOSTILE.slice(0, 6).join(' '),
      staleSessions: {
        end: true,
        idleFor: '1s',
        above: 0,
        only: { roles: names, applications: names },
        protect: { roles: names, applications: names },
      },
      thresholds: {
        'connections.saturation': { warning: 0.1, critical: 0.1, recovery: 0 },
        'connections.idle-in-transaction': { warning: '1s', critical: '2s', recovery: '1s' },
      },
    },
  ])
  expect(report.severity).toBe('critical')
  const [target] = report.targets
  expect(target?.connections?.used).toBeGreaterThan(names.length)
  expect(await postgres.query('SELECT id FROM canary')).toEqual([{ id: 1 }])
  const roles = await postgres.query<{ usename: string }>(
    `SELECT usename FROM pg_stat_activity WHERE usename = ANY ($1)`,
    [names],
  )
  expect(new Set(roles.map(({ usename }) => usename))).toEqual(new Set(names))
})

/** As a test's name, what is hostile to a terminal would be so to whoever runs it. */
const plain = (text: string): string => `"${text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 40)}"`

describe.for(HOSTILE.map((text, index) => [plain(text), text, index] as const))('%s', ([, text, index]) => {
  const name = `target-${index}`
  const neonTarget = { name, neon: { project: name, branch: 'none-so-called', role: 'nightshift' } }
  const auraTarget = { name, aura: { instance: name, user: 'nightshift' } }

  test('as the words of an API or of a server that refuses', async () => {
    const { neon, aura, postgres } = stage
    neon.addProject({ id: name, branches: [{ id: 'br-1', endpoints: [{ id: `ep-${name}`, postgres }] }] })
    aura.addInstance({ id: name })
    const onMain = { name, neon: { project: name, role: 'nightshift' } }
    for (const status of [400, 503]) {
      const lift = neon.fail('api', { status, body: apiError(text, text) }, { match: new RegExp(name) })
      expect((await run('connections', [onMain])).severity).toBe('unknown')
      lift()
    }
    const lifts = [
      neon.fail('sql', { status: 400, body: { ...sqlError(text), code: '42601' } }),
      aura.fail('api', { status: 404, body: auraError(text, text, text) }),
    ]
    const [sql] = (await run('connections', [onMain])).targets
    expect(sql?.severity).toMatch(/unknown|critical/)
    expect((await run('aura', [auraTarget])).severity).toMatch(/unknown|critical/)
    for (const lift of lifts) lift()
  })

  test('as the name of a project, branch, snapshot or instance, and as a status', async () => {
    const { neon, aura } = stage
    const project = neon.addProject({ id: name, name: text, branches: [{ id: 'br-1', name: text }] })
    project.addSnapshot({ name: text, created_at: '2026-01-02T00:00:00Z' })
    expect((await run('connections', [neonTarget])).severity).toBe('unknown')
    const instance = aura.addInstance({ id: name, name: text, status: text || 'none' })
    instance.addSnapshot({ snapshot_id: text, status: text, profile: text, timestamp: '2026-01-02T00:00:00Z' })
    const snapshots = { maxAge: '24h' }
    const reports = [
      await run('snapshots', [{ name: `${name}-neon`, snapshots, neon: { project: name, role: 'nightshift' } }]),
      await run('snapshots', [{ name: `${name}-aura`, snapshots, aura: { instance: name } }]),
      await run('aura', [auraTarget]),
    ]
    for (const { severity } of reports) expect(severity).toMatch(/unknown|warning|critical/)
  })
})
