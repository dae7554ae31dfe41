import { describe, expect, test } from 'vitest'
import { type NightshiftConfig, resolveConfig, type TargetConfig } from '../../functions/config.ts'
import { ConfigError, checkConfig, configFaults as faultsOf } from '../../functions/config-faults.ts'
import { resolveSnapshotsTargets } from '../../functions/config-snapshots.ts'
import { resolveStorageTargets } from '../../functions/config-storage.ts'
import own from '../../nightshift.config.ts'
import { configOf, DAY, HOUR, MINUTE, NOW, targetOf } from './builders.ts'

const faultsOfTarget = (changes: object) =>
  faultsOf(configOf({ targets: [{ ...targetOf(), ...changes } as TargetConfig] }))
const resolvedTarget = (target: Partial<TargetConfig>, general: Partial<NightshiftConfig> = {}) => {
  const [resolved] = resolveConfig(configOf({ ...general, targets: [targetOf(target)] })).targets
  return resolved ?? expect.fail('no target')
}

test('the configuration in this repository is without fault', () => {
  expect(faultsOf(own)).toEqual([])
  expect(resolveConfig(own).targets.length).toBeGreaterThan(0)
})

test('what is not written has a default', () => {
  expect(resolveConfig(configOf())).toEqual({
    secret: 'nightshift',
    runbook: undefined,
    tell: {
      emails: ['oncall@example.com'],
      phones: [],
      operations: ['oncall@example.com'],
      confirm: { looks: 2, of: 3 },
      remindMs: { critical: HOUR, unknown: 6 * HOUR, warning: DAY },
      unseenIsCriticalMs: 30 * MINUTE,
      quietHours: [],
    },
    schedules: { connections: 5 * MINUTE, aura: 5 * MINUTE, storage: HOUR, snapshots: HOUR },
    letter: { day: 'monday', hour: 8 },
    names: ['orders'],
    watchesAura: false,
    targets: [
      {
        name: 'orders',
        neon: { project: 'cool-darkness-123456', branch: undefined, database: 'neondb', role: 'nightshift' },
        note: undefined,
        maintenance: [],
        thresholds: {
          'connections.saturation': { warning: 75, critical: 90, recovery: 70 },
          'connections.surge': { warning: 75, critical: 90, recovery: 70 },
          'connections.idle-in-transaction': { warning: 5 * MINUTE, critical: 15 * MINUTE, recovery: 4 * MINUTE },
          'connections.long-running': { warning: 10 * MINUTE, critical: HOUR, recovery: 8 * MINUTE },
          'connections.stale': { warning: 50, critical: null, recovery: 40 },
        },
        ending: {
          end: false,
          idleMs: 10 * MINUTE,
          abovePercent: 70,
          atMost: 10,
          only: { applications: [], roles: [] },
          protect: { applications: [], roles: [] },
        },
      },
    ],
  })
})

describe('what is written is taken', () => {
  test('of who is told, how often and by which secret', () => {
    const settings = resolveConfig(
      configOf({
        secret: 'prod/nightshift',
        runbook: 'https://example.com/runbook',
        tell: {
          emails: ['a@example.com'],
          phones: ['+14155550100'],
          operations: ['b@example.com'],
          confirm: { looks: 1, of: 1 },
          remind: { critical: '30m', warning: '7d' },
          unseenIsCriticalAfter: '2h',
        },
        schedules: { connections: '1m' },
      }),
    )
    expect(settings).toMatchObject({
      secret: 'prod/nightshift',
      runbook: 'https://example.com/runbook',
      tell: {
        phones: ['+14155550100'],
        operations: ['b@example.com'],
        confirm: { looks: 1, of: 1 },
        remindMs: { critical: 30 * MINUTE, unknown: 6 * HOUR, warning: 7 * DAY },
        unseenIsCriticalMs: 2 * HOUR,
      },
      schedules: { connections: MINUTE },
    })
  })

  test("a target's own limit wins over the general one, setting by setting", () => {
    const { thresholds } = resolvedTarget(
      { thresholds: { 'connections.saturation': { critical: 95 } } },
      { thresholds: { 'connections.saturation': { warning: 60, critical: 80, recovery: 50 } } },
    )
    expect(thresholds['connections.saturation']).toEqual({ warning: 60, critical: 95, recovery: 50 })
    expect(thresholds['connections.stale'].warning).toBe(50)
  })

  test("a warning of one's own moves the recovery with it, and critical may be off", () => {
    const { thresholds } = resolvedTarget({
      thresholds: {
        'connections.long-running': { warning: '20m', critical: 'off' },
        'connections.stale': { warning: 25, critical: 80 },
      },
    })
    expect(thresholds['connections.long-running']).toEqual({
      warning: 20 * MINUTE,
      critical: null,
      recovery: 16 * MINUTE,
    })
    expect(thresholds['connections.stale']).toEqual({ warning: 25, critical: 80, recovery: 20 })
  })

  test("a target's policy for stale sessions wins setting by setting", () => {
    const { ending } = resolvedTarget(
      { staleSessions: { end: true, idleFor: '30s', only: { applications: ['sync-*'] } } },
      { staleSessions: { atMost: 3, above: 0, end: false } },
    )
    expect(ending).toMatchObject({
      end: true,
      idleMs: 30_000,
      abovePercent: 0,
      atMost: 3,
      only: { applications: ['sync-*'], roles: [] },
    })
  })

  test('what is protected everywhere stays protected where a target protects more', () => {
    const { ending } = resolvedTarget(
      { staleSessions: { protect: { applications: ['billing'] } } },
      { staleSessions: { protect: { applications: ['backup-*'], roles: ['etl'] } } },
    )
    expect(ending.protect).toEqual({ applications: ['backup-*', 'billing'], roles: ['etl'] })
  })
})

test('every fault is listed at once, each with the setting, its value and the remedy', () => {
  const faults = faultsOf({
    secrets: 'nightshift',
    tell: { emails: ['oncall'], phones: ['+1 415 555 0100'] },
    schedules: { connections: '30s' },
    targets: [
      { name: 'Orders', neon: { project: 'cool-darkness-123456' } },
      { name: 'billing', neon: { project: 'other-1234', role: 'r' }, thresholds: { 'connections.saturaton': {} } },
    ],
  })
  expect(faults).toEqual([
    'tell.emails[0]: "oncall" is not an e-mail address; write it like oncall@example.com',
    'tell.phones[0]: "+1 415 555 0100" is not a phone number in E.164; write it like +14155550100, without spaces',
    `schedules.connections: "30s" is not a schedule of whole minutes from 1 minute to 1 day; write it like '5m'`,
    'targets[0].name: "Orders" is not a name of a-z, 0-9, - and _, at most 40 characters; write it like orders',
    'targets[0].neon.role: is missing; it has no default',
    expect.stringMatching(
      /^targets\[1\]\.thresholds: unknown setting "connections\.saturaton"; allowed here: connections\.saturation, /,
    ),
    expect.stringMatching(/^unknown setting "secrets"; allowed here: secret, runbook, tell, /),
  ])
})

test('a configuration with faults is refused with all of them, and by the name of its file', () => {
  const check = () => checkConfig({ targets: [] }, 'night.config.ts')
  expect(check).toThrow(ConfigError)
  expect(check).toThrow(/^night\.config\.ts has 2 faults:\n {2}- tell: .+\n {2}- targets: \[\] watches nothing/)
  expect(() => checkConfig(configOf({ targets: [] }))).toThrow(/^nightshift\.config\.ts has a fault:\n/)
  expect(() => checkConfig(configOf())).not.toThrow()
})

describe('a fault is', () => {
  const emails = ['oncall@example.com']
  test.for<[string, unknown, string]>([
    ['no configuration', undefined, 'nothing is not a group of settings'],
    ['a list', [], '[] is not a group of settings; write { ... }'],
    ['nobody to tell', configOf({ tell: {} }), 'tell.emails: nothing tells nobody; name at least one'],
    ['an empty list of people', configOf({ tell: { emails: [] } }), 'tell.emails: [] tells nobody'],
    [
      'nobody who hears of trouble of our own',
      configOf({ tell: { emails, operations: [] } }),
      'tell.operations: [] tells nobody',
    ],
    ['no targets', configOf({ targets: [] }), 'targets: [] watches nothing; name at least one target'],
    ['targets left out', { tell: { emails } }, 'targets: is missing; it has no default'],
    [
      'one person twice',
      configOf({ tell: { emails: [...emails, ...emails] } }),
      'tell.emails: "oncall@example.com" stands there twice',
    ],
    [
      'one phone twice',
      configOf({ tell: { emails, phones: ['+14155550100', '+14155550100'] } }),
      'tell.phones: "+14155550100" stands there twice',
    ],
    [
      'looks that can never agree',
      configOf({ tell: { emails, confirm: { looks: 3, of: 2 } } }),
      'tell.confirm: 3 of 2 looks can never agree; make looks at most 2',
    ],
    [
      'no look at all',
      configOf({ tell: { emails, confirm: { looks: 0, of: 2 } } }),
      'tell.confirm.looks: 0 is not a whole number from 1 to 10',
    ],
    [
      'a time unseen without a unit',
      configOf({ tell: { emails, unseenIsCriticalAfter: '30' } }),
      `tell.unseenIsCriticalAfter: "30" is not a duration from 1 min to 30 d; write it like '30m' (s, m, h, d)`,
    ],
    [
      'a reminder without a unit',
      configOf({ tell: { emails, remind: { critical: '60' } } }),
      `tell.remind.critical: "60" is not a duration from 1 min to 30 d; write it like '1h' (s, m, h, d)`,
    ],
    [
      'a phone number without a plus',
      configOf({ tell: { emails, phones: ['004915112345678'] } }),
      'tell.phones[0]: "004915112345678" is not a phone number in E.164',
    ],
    [
      'an address that would break a header',
      configOf({ tell: { emails: ['a@example.com\nBcc: b@example.com'] } }),
      'is not an e-mail address',
    ],
    [
      'a period under a minute',
      configOf({ schedules: { connections: '59s' } }),
      'schedules.connections: "59s" is not a schedule of whole minutes',
    ],
    [
      'a period that is not whole minutes',
      configOf({ schedules: { connections: '90s' } }),
      'schedules.connections: "90s" is not',
    ],
    [
      'a runbook without https',
      configOf({ runbook: 'http://example.com' }),
      'runbook: "http://example.com" is not an https:// address',
    ],
    ['a secret with a space', configOf({ secret: 'my secret' }), 'secret: "my secret" is not the name of a secret'],
    [
      'a number where a duration stands',
      configOf({ staleSessions: { idleFor: 10 as never } }),
      'staleSessions.idleFor: 10 is not a duration',
    ],
  ])('%s', ([, config, says]) => {
    const faults = faultsOf(config)
    expect(
      faults.some((fault) => fault.includes(says)),
      faults.join('\n'),
    ).toBe(true)
  })

  test.for<[string, object, string]>([
    [
      'an unknown setting of a target',
      { nots: 'x' },
      'targets[0]: unknown setting "nots"; allowed here: name, neon, aura, note, thresholds, staleSessions',
    ],
    [
      'a project written as a name',
      { neon: { project: 'My Project', role: 'r' } },
      `targets[0].neon.project: "My Project" is not a Neon project's id; copy it from the console`,
    ],
    [
      'a branch with a space at its end',
      { neon: { project: 'ab', role: 'r', branch: 'main ' } },
      'targets[0].neon.branch: "main " is not',
    ],
    ['an empty role', { neon: { project: 'ab', role: '' } }, 'targets[0].neon.role: "" is not the name of a role'],
    [
      'a password',
      { neon: { project: 'ab', role: 'r', password: 'x' } },
      'targets[0].neon: unknown setting "password"; allowed here: project, branch, database, role',
    ],
    ['a note as long as a letter', { note: 'x'.repeat(501) }, 'is not a note of at most 500 characters'],
    [
      'warning above critical',
      { thresholds: { 'connections.saturation': { warning: 95 } } },
      'targets[0].thresholds["connections.saturation"]: warning 95 is above critical 90; lower warning or raise critical',
    ],
    [
      'a default warning above a critical of its own',
      { thresholds: { 'connections.long-running': { critical: '5m' } } },
      'warning 10 min is above critical 5m',
    ],
    [
      'recovery above warning',
      { thresholds: { 'connections.saturation': { recovery: 80 } } },
      'recovery 80 is above warning 75, so an incident would close while it still warns; lower recovery',
    ],
    [
      'more than all',
      { thresholds: { 'connections.saturation': { critical: 101 } } },
      'critical: 101 is not a percentage above 0',
    ],
    [
      'neither a limit nor off',
      { thresholds: { 'connections.saturation': { critical: 'never' } } },
      `critical: "never" is neither a percentage like 90 nor 'off'`,
    ],
    [
      'a limit that is always reached',
      { thresholds: { 'connections.saturation': { warning: 0 } } },
      'warning: 0 is not a percentage above 0',
    ],
    [
      'a recovery that never comes',
      { thresholds: { 'connections.stale': { recovery: 0 } } },
      'recovery: 0 is not a percentage above 0',
    ],
    [
      'a percentage for a duration',
      { thresholds: { 'connections.long-running': { warning: 10 } } },
      'warning: 10 is not a duration',
    ],
    [
      'a warning that is off',
      { thresholds: { 'connections.stale': { warning: 'off' } } },
      'warning: "off" is not a percentage',
    ],
    ['not to be a number', { staleSessions: { above: Number.NaN } }, 'staleSessions.above'],
    [
      'to end nobody',
      { staleSessions: { atMost: 0 } },
      'targets[0].staleSessions.atMost: 0 is not a whole number from 1 to 100',
    ],
    ['to end half a session', { staleSessions: { atMost: 1.5 } }, 'targets[0].staleSessions.atMost: 1.5 is not'],
    ['"yes"', { staleSessions: { end: 'yes' } }, 'targets[0].staleSessions.end: "yes" is not true or false'],
    [
      'a protected name that no session can have',
      { staleSessions: { protect: { roles: ['x'.repeat(64)] } } },
      'is not a role; write it as the database has it',
    ],
    [
      'a name that is protected without a list',
      { staleSessions: { protect: { applications: 'shop' } } },
      'protect.applications: "shop" is not a list; write [ ... ]',
    ],
    [
      'a budget without a unit',
      { neon: { project: 'ab', role: 'r', storageBudget: '50' } },
      `targets[0].neon.storageBudget: "50" is not an amount of storage; write it like '50GB'`,
    ],
    [
      'a warning that comes after its critical',
      { thresholds: { 'storage.time-to-full': { warning: '1d', critical: '2d' } } },
      'warning 1d is below critical 2d; raise warning or lower critical',
    ],
    [
      'a recovery before there is more time than at the warning',
      { thresholds: { 'storage.time-to-full': { recovery: '1d' } } },
      'so an incident would close while it still warns; raise recovery',
    ],
    [
      'a day that is in no calendar',
      { snapshots: { drill: { last: '2026-02-30', every: '90d' } } },
      `targets[0].snapshots.drill.last: "2026-02-30" is not a date; write it like '2026-09-01'`,
    ],
    [
      'a drill without its rhythm',
      { snapshots: { drill: { last: '2026-02-28' } } },
      'targets[0].snapshots.drill.every: is missing',
    ],
    ['an age without a unit', { snapshots: { maxAge: '26' } }, 'targets[0].snapshots.maxAge: "26" is not a duration'],
    [
      'a history window of what has none',
      { neon: undefined, aura: { instance: 'a1b2c3d4' }, snapshots: { historyWindow: '1d' } },
      'targets[0].snapshots.historyWindow: "1d" is for Neon only',
    ],
    [
      'a growth below nothing',
      { thresholds: { 'storage.accelerating': { warning: -5 } } },
      'warning: -5 is not a percentage above 0, up to 10000',
    ],
  ])('%s', ([, changes, says]) => {
    const faults = faultsOfTarget(changes)
    expect(
      faults.some((fault) => fault.includes(says)),
      faults.join('\n'),
    ).toBe(true)
  })

  test('two targets of one name, or of one branch', () => {
    const twins = faultsOf(configOf({ targets: [targetOf(), targetOf()] }))
    expect(twins).toEqual([
      'targets: "orders" stands there twice; give each target a name of its own',
      expect.stringMatching(/^targets: "cool-darkness-123456" stands there twice; a branch is watched as a whole/),
    ])
    const neon = targetOf().neon ?? expect.fail('no Neon target')
    expect(
      faultsOf(configOf({ targets: [targetOf(), targetOf({ name: 'dev', neon: { ...neon, branch: 'dev' } })] })),
    ).toEqual([])
  })

  test('a target that is called as Nightshift calls itself', () => {
    expect(faultsOfTarget({ name: 'nightshift' })).toEqual([
      'targets[0].name: "nightshift" is what Nightshift calls itself in alerts; give it another name',
    ])
  })

  test('a letter at no hour, on no day of the week, or as something else', () => {
    expect(faultsOf(configOf({ letter: { hour: 24, day: 'someday' as 'monday' } }))).toEqual([
      expect.stringContaining('letter.day: "someday" is not a weekday; write one of monday, tuesday'),
      'letter.hour: 24 is not a whole number from 0 to 23',
    ])
    expect(faultsOf(configOf({ letter: 'weekly' as unknown as false }))).toEqual([
      'letter: "weekly" is not a group of settings; write { ... } with any of: day, hour',
    ])
    expect(faultsOf(configOf({ letter: false }))).toEqual([])
  })

  test("a general limit that a target's own contradicts", () => {
    const faults = faultsOf(
      configOf({
        thresholds: { 'connections.saturation': { recovery: 60 } },
        targets: [targetOf({ thresholds: { 'connections.saturation': { warning: 50 } } })],
      }),
    )
    expect(faults).toEqual([
      expect.stringContaining('targets[0].thresholds["connections.saturation"]: recovery 60 is above warning 50'),
    ])
  })
})

describe('the targets of storage and snapshots', () => {
  const config = configOf({
    snapshots: { maxAge: '2d', drill: { last: '2026-09-01', every: '90d' } },
    thresholds: { 'storage.level': { warning: 60 }, 'snapshots.shrunk': { critical: 'off' } },
    targets: [
      targetOf({ neon: { project: 'ab', role: 'r', storageBudget: '50GB' }, snapshots: { maxAge: '26h' } }),
      { name: 'graph', aura: { instance: 'a1b2c3d4', user: 'nightshift' } },
    ],
  })

  test('are all there are, of either kind', () => {
    expect(faultsOf(config, NOW)).toEqual([])
    expect(resolveStorageTargets(config)).toMatchObject([
      { name: 'orders', neon: { project: 'ab', database: 'neondb', role: 'r', storageBudgetBytes: 50 * 1024 ** 3 } },
      { name: 'graph', aura: { instance: 'a1b2c3d4' } },
    ])
    expect(resolveSnapshotsTargets(config)).toMatchObject([{ neon: { project: 'ab' } }, { aura: {} }])
  })

  test('have the general limits where they have none of their own', () => {
    const [orders, graph] = resolveSnapshotsTargets(config)
    expect(orders?.policy).toEqual({
      expected: true,
      maxAgeMs: 26 * HOUR,
      keepForMs: undefined,
      historyWindowMs: undefined,
      drill: { lastAt: Date.UTC(2026, 8, 1), everyMs: 90 * DAY },
    })
    expect(graph?.policy.maxAgeMs).toBe(2 * DAY)
    expect(graph?.thresholds['snapshots.shrunk'].critical).toBeNull()
    expect(resolveStorageTargets(config).map(({ thresholds }) => thresholds['storage.level'].warning)).toEqual([60, 60])
  })
})

test('the letter keeps what is not written, and is none where none is wanted', () => {
  expect(resolveConfig(configOf({ letter: { hour: 6 } })).letter).toEqual({ day: 'monday', hour: 6 })
  expect(resolveConfig(configOf({ letter: false })).letter).toBeUndefined()
})

test('a long value is shown by its beginning', () => {
  const [fault] = faultsOfTarget({ note: 'x'.repeat(5_000) })
  expect(fault?.length).toBeLessThan(200)
})

describe('what would do nothing on Aura is a fault:', () => {
  const faults = (staleSessions: TargetConfig['staleSessions'], general: Partial<NightshiftConfig> = {}) =>
    faultsOf(configOf({ ...general, targets: [{ name: 'graph', aura: { instance: 'a1b2c3d4' }, staleSessions }] }))
  const nobody = expect.stringMatching(/^targets\[0\]\.staleSessions: end without only ends nobody on Aura; name whose/)

  test('to end without saying whose', () => {
    expect(faults({ end: true })).toEqual([nobody])
    expect(faults({ end: true, only: { roles: [] } })).toEqual([nobody])
    expect(faults({}, { staleSessions: { end: true } })).toEqual([nobody])
    expect(faults({ end: true, only: { roles: ['shop'] } })).toEqual([])
    expect(faults({ end: true }, { staleSessions: { only: { applications: ['neo4j-java/*'] } } })).toEqual([])
    expect(faults({ end: false }, { staleSessions: { end: true } })).toEqual([])
    expect(faultsOfTarget({ staleSessions: { end: true } })).toEqual([])
  })

  test('looks that are too seldom to see a disk fill', () => {
    expect(faults({}, { schedules: { storage: '2h' } })).toEqual([])
    const refused = [expect.stringMatching(/^schedules\.storage: "12h" is too seldom .* make it 2h at most/)]
    expect(faults({}, { schedules: { storage: '12h' } })).toEqual(refused)
    expect(faultsOf(configOf({ schedules: { storage: '12h' } }))).toEqual(refused)
  })

  test('looks that are too seldom to tell growth', () => {
    expect(faults({}, { schedules: { aura: '20m' } })).toEqual([])
    expect(faults({}, { schedules: { aura: '21m' } })).toEqual([
      expect.stringMatching(/^schedules\.aura: "21m" is too seldom to ever judge connections\.growth/),
    ])
    expect(faultsOf(configOf({ schedules: { aura: '1h' } }))).toEqual([])
  })
})
