/** Quiet hours and maintenance by the clock, which the test sets. */
import { afterEach, expect, test, vi } from 'vitest'
import type { WindowConfig } from '../../functions/config-quiet.ts'
import { ERRORS } from '../world/aws.ts'
import { type Months, startMonths } from '../world/months.ts'
import { EMAIL, PROJECT } from '../world/night.ts'

const MINUTE = 60_000
const NEON = { project: PROJECT, role: 'nightshift' }
const REFUSED = { status: 401, body: { message: 'no such key' } }
const CUT_OFF = { status: 402, body: { message: 'exceeded the compute time quota' } }

/** All is well: a database that sleeps, though one whose API refuses the key is told as unknown for a week. */
async function startWorld(
  quietHours: WindowConfig[],
  maintenance: WindowConfig[] = [],
  unseenIsCriticalAfter = '7d',
): Promise<Months> {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const months = await startMonths({
    tell: { emails: [EMAIL], unseenIsCriticalAfter, quietHours },
    targets: [{ name: 'orders', neon: NEON, maintenance }],
  })
  const endpoint = { id: 'ep-cool-1234', postgres: { host: '127.0.0.1', port: 1 }, current_state: 'idle' as const }
  months.neon.addProject({ id: PROJECT, branches: [{ id: 'br-main-1234', endpoints: [endpoint] }] })
  return months
}
afterEach(() => void vi.restoreAllMocks())

test('in the night in which clocks change, warnings wait for seven o’clock in Berlin', async () => {
  for (const [from, seven] of [
    ['2026-03-28T21:30Z', '2026-03-29T05:00Z'],
    ['2026-10-24T21:30Z', '2026-10-25T06:00Z'],
  ] as const) {
    await using months = await startWorld([{ from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }])
    months.neon.fail('api', REFUSED)
    for (const at of [Date.parse(from), Date.parse(from) + 4 * 60 * MINUTE, Date.parse(seven) - MINUTE]) {
      months.now = at
      const { held } = await months.run(months.connections)
      expect(held).toMatchObject([{ kind: 'opened', why: 'quiet hours until 07:00 (Europe/Berlin)' }])
    }
    expect(months.subjects()).toEqual([])
    months.now = Date.parse(seven)
    expect((await months.run(months.connections)).held).toBeUndefined()
    expect(months.subjects()).toEqual([expect.stringMatching(/^\[UNKNOWN\] orders/)])
    expect(months.aws.sns.inbox.at(-1)?.text).toContain('Held back by quiet hours from')
  }
})

test('in maintenance every check is silent, with the table down too; what came and went is told to nobody', async () => {
  await using months = await startWorld([], [{ from: '02:00', to: '04:00', timeZone: 'Europe/Berlin' }])
  const { connections, storage, snapshots, neon, aws } = months
  neon.fail('api', { status: 503, body: {} })
  months.now = Date.parse('2026-11-21T02:00Z')
  for (const check of [connections, connections, storage, storage, snapshots, snapshots]) {
    expect(await months.run(check)).toMatchObject({ notices: [], targets: [{ quiet: [expect.any(String)] }] })
  }
  aws.fail('dynamodb', ERRORS.dynamodbInternal)
  await expect(months.run(connections)).rejects.toThrow('the incident table did not answer for orders')
  neon.heal()
  neon.fail('api', CUT_OFF)
  await expect(months.run(connections)).rejects.toThrow('the incident table did not answer for orders')
  expect(months.subjects()).toEqual([])
  aws.heal()
  neon.heal()
  months.now = Date.parse('2026-11-21T03:00Z')
  const whys: (string | undefined)[] = []
  for (let looks = 0; looks < 4; looks++) {
    const { held, notices } = await months.run(connections)
    whys.push(held?.[0]?.why)
    expect(notices).toEqual([])
    months.now += 5 * MINUTE
  }
  const waits = 'maintenance held it back, and it waits for a look that finds it still so'
  const gone = 'it came and went while maintenance held it back, and is not told'
  expect(whys).toEqual([waits, waits, gone, undefined])
  for (let looks = 0; looks < 3; looks++) await months.run(storage)
  expect(months.subjects()).toEqual([])
})

test('what SNS would not take before maintenance is told to be over after it', async () => {
  await using months = await startWorld([], [{ from: '02:00', to: '04:00', timeZone: 'Europe/Berlin' }])
  const { connections, neon, aws } = months
  neon.fail('api', REFUSED)
  aws.fail('sns', ERRORS.snsDenied)
  months.now = Date.parse('2026-11-21T00:50Z')
  await expect(months.run(connections)).rejects.toThrow('SNS did not take the message')
  aws.heal()
  for (const at of ['2026-11-21T01:00Z', '2026-11-21T02:00Z', '2026-11-21T02:05Z', '2026-11-21T02:10Z']) {
    months.now = Date.parse(at)
    if (at > '2026-11-21T02') neon.heal()
    await months.run(connections)
  }
  expect(months.subjects()).toEqual([])
  for (const at of ['2026-11-21T03:00Z', '2026-11-21T03:05Z', '2026-11-21T03:10Z']) {
    months.now = Date.parse(at)
    await months.run(connections)
  }
  expect(months.subjects()).toEqual([expect.stringMatching(/^\[RESOLVED\] orders/)])
  expect(aws.sns.inbox[0]?.text).toContain('It could not be told while it lasted.')
})

test('nobody is expected to see what is in maintenance: half an hour unseen is counted from its end', async () => {
  await using months = await startWorld([], [{ from: '02:00', to: '04:00', timeZone: 'Europe/Berlin' }], '30m')
  const { connections, neon } = months
  neon.fail('api', REFUSED)
  const told: string[] = []
  for (let at = Date.parse('2026-11-21T00:55Z'); at <= Date.parse('2026-11-21T03:30Z'); at += 5 * MINUTE) {
    months.now = at
    await months.run(connections)
    told.push(
      ...months.subjects().map((subject) => `${new Date(at).toISOString().slice(11, 16)} ${subject.slice(0, 10)}`),
    )
  }
  expect(told).toEqual(['00:55 [UNKNOWN] ', '03:25 [CRITICAL]'])
})
