import { describe, expect, test } from 'vitest'
import { type NightshiftConfig, resolveConfig } from '../../functions/config.ts'
import { resolveAuraTargets } from '../../functions/config-aura.ts'
import { configFaults } from '../../functions/config-faults.ts'
import { heartbeatSettings } from '../../functions/config-heartbeat.ts'
import type { WindowConfig } from '../../functions/config-quiet.ts'
import { resolveSnapshotsTargets } from '../../functions/config-snapshots.ts'
import { resolveStorageTargets } from '../../functions/config-storage.ts'
import { configOf, targetOf } from './builders.ts'

const SUNDAYS: WindowConfig = { days: ['sunday'], from: '02:00', to: '04:00', timeZone: 'Europe/Berlin' }
const NIGHTS: WindowConfig = { from: '22:00', to: '07:00', timeZone: 'America/New_York' }

const withQuietHours = (quietHours: unknown, changes: Partial<NightshiftConfig> = {}) =>
  configOf({ tell: { emails: ['oncall@example.com'], quietHours: quietHours as WindowConfig[] }, ...changes })
const withMaintenance = (maintenance: unknown, changes: Partial<NightshiftConfig> = {}) =>
  configOf({ targets: [targetOf({ maintenance: maintenance as WindowConfig[] })], ...changes })
const faultsOf = (window: object) => configFaults(withMaintenance([{ ...SUNDAYS, ...window }]))

test('windows are without fault, and resolved for every check of the target', () => {
  const graph = { name: 'graph', aura: { instance: 'a1b2c3d4' }, maintenance: [SUNDAYS] }
  const config = configOf({ targets: [targetOf({ maintenance: [SUNDAYS] }), graph] })
  expect(configFaults(config)).toEqual([])
  const sundays = { days: [0], from: 120, length: 120, timeZone: 'Europe/Berlin', wholeLength: true }
  const targets = [
    ...resolveConfig(config).targets,
    ...resolveAuraTargets(config),
    ...resolveStorageTargets(config),
    ...resolveSnapshotsTargets(config),
  ]
  expect(targets.map(({ maintenance }) => maintenance)).toEqual(Array(6).fill([sundays]))
})

test('quiet hours are every day’s unless days are named, past midnight where they end before they begin', () => {
  const config = withQuietHours([NIGHTS, { ...SUNDAYS, from: '00:00', to: '24:00' }])
  expect(configFaults(config)).toEqual([])
  expect(resolveConfig(config).tell.quietHours).toEqual([
    { days: [0, 1, 2, 3, 4, 5, 6], from: 22 * 60, length: 9 * 60, timeZone: 'America/New_York' },
    { days: [0], from: 0, length: 24 * 60, timeZone: 'Europe/Berlin' },
  ])
  expect(resolveConfig(configOf()).tell.quietHours).toEqual([])
})

test('Nightshift’s look at itself comes once a day, and knows no quiet hours', () =>
  expect(heartbeatSettings(resolveConfig(withQuietHours([NIGHTS]))).tell.quietHours).toEqual([]))

describe('is refused, with the setting, its value and the remedy', () => {
  test.for<[object, string]>([
    [{ from: '25:00' }, `maintenance[0].from: "25:00" is not a time of day from 00:00 to 23:59; write it like '02:00'`],
    [{ from: '24:00' }, 'maintenance[0].from: "24:00" is not a time of day'],
    [{ from: '2:00' }, 'maintenance[0].from: "2:00" is not'],
    [{ to: 4 }, 'maintenance[0].to: 4 is not a time of day from 00:00 to 24:00'],
    [{ to: '04:60' }, 'maintenance[0].to: "04:60" is not'],
    [
      { timeZone: 'Berlin' },
      `maintenance[0].timeZone: "Berlin" is not a time zone by its IANA name; write it like 'Europe/Berlin'`,
    ],
    [{ timeZone: 'EST' }, 'maintenance[0].timeZone: "EST" has the same hour all year'],
    [{ timeZone: 'Etc/GMT+2' }, 'maintenance[0].timeZone: "Etc/GMT+2" has the same hour all year'],
    [{ timeZone: '+02:00' }, 'maintenance[0].timeZone: "+02:00" is not a time zone'],
    [{ timeZone: undefined }, 'maintenance[0].timeZone: nothing is not a time zone'],
    [{ days: ['sundays'] }, 'maintenance[0].days[0]: "sundays" is not a weekday; write one of monday, tuesday'],
    [{ days: 'sunday' }, 'maintenance[0].days: "sunday" is not a list'],
    [{ days: [] }, 'maintenance[0].days: [] is no day; name some, or leave it out for every day'],
    [{ to: '02:00' }, `maintenance[0]: from and to are both "02:00"; for a whole day write from: '00:00', to: '24:00'`],
    [{ zone: 'Europe/Berlin' }, 'maintenance[0]: unknown setting "zone"; allowed here: days, from, to, timeZone'],
  ])('%j', ([window, says]) => expect(faultsOf(window).join('\n')).toContain(`targets[0].${says}`))

  test('every fault, not the first', () => {
    expect(faultsOf({ days: ['x'], from: 'a', to: 'b', timeZone: 'c' })).toHaveLength(4)
    expect(configFaults(withQuietHours([{}]))).toHaveLength(3)
    expect(configFaults(withQuietHours(NIGHTS)).join()).toContain('is not a list')
  })
})

describe('windows that would keep it silent are refused', () => {
  test('maintenance for more than half of the week', () => {
    const weekdays = { ...SUNDAYS, days: ['monday', 'tuesday', 'wednesday', 'thursday'], from: '00:00', to: '24:00' }
    expect(configFaults(withMaintenance([weekdays]))).toEqual([
      'targets[0].maintenance: 96 of the 168 hours of a week, in which nothing would be told; make it 84 at most',
    ])
    // What overlaps is counted once.
    expect(configFaults(withMaintenance([NIGHTS, NIGHTS, { ...NIGHTS, from: '23:00' }]))).toEqual([])
  })

  test('quiet hours that leave less than a working week, or last for more than a weekend', () => {
    const days = (...named: string[]) => ({ ...NIGHTS, days: named, from: '00:00', to: '24:00' })
    const nights = { ...NIGHTS, from: '17:00', to: '09:00' }
    const office = [nights, days('saturday', 'sunday')]
    expect(configFaults(withQuietHours(office))).toEqual([])
    expect(configFaults(withQuietHours([...office, { ...NIGHTS, from: '16:59', to: '17:00' }]))).toEqual([
      'tell.quietHours: 129 of the 168 hours of a week, in which no warning would be told; make it 128 at most',
      'tell.quietHours: 65 hours without a break, in which no warning would be told; make it 64 at most',
    ])
    expect(configFaults(withQuietHours([{ ...NIGHTS, from: '08:00', to: '07:00' }]))).toEqual([
      expect.stringContaining('161 of the 168 hours of a week'),
    ])
    expect(configFaults(withQuietHours([days('friday', 'saturday', 'sunday')]))).toEqual([
      expect.stringContaining('72 hours without a break'),
    ])
  })

  test('whatever a check could always fall into', () => {
    const always = { ...NIGHTS, from: '00:00', to: '24:00' }
    expect(configFaults(withQuietHours([always]))).toContain(
      'tell.quietHours: leaves 0 s between at most, and a check that runs every 1 h (schedules) could always fall into it; narrow it, or let that check run more often',
    )
    expect(configFaults(withQuietHours([{ ...NIGHTS, from: '07:30' }])).join()).toContain('leaves 30 min between')
    const daily = { schedules: { snapshots: '1d' } }
    expect(configFaults(withQuietHours([NIGHTS], daily)).join()).toContain('leaves 15 h between at most')
    expect(configFaults(withMaintenance([NIGHTS], daily)).join()).toContain('every 1 d (schedules)')
    expect(configFaults(withMaintenance([SUNDAYS], daily))).toEqual([])
  })
})
