import { expect, test } from 'vitest'
import { EMAIL, idleFor, leak, startNight } from '../world/night.ts'

test('what stands is in each report and reminded of in one message; never by a look at which it is well; over, it says what it was', async () => {
  await using night = await startNight({
    postgres: { maxConnections: 60, reserved: 3 },
    staleSessions: { idleFor: '1s' },
    tell: { emails: [EMAIL], confirm: { looks: 1, of: 1 }, remind: { critical: '1s', warning: '1s' } },
  })
  const { aws } = night
  const look = async () => {
    const { payload } = await night.run()
    return { told: payload?.notices.map(({ rule, kind }) => `${kind} ${rule}`), open: payload?.targets[0]?.open }
  }
  const leaked = await leak(night, 'sync-job', 54)
  await idleFor(night, 1_000)
  const first = await look()
  expect(first.told).toEqual(['opened connections.saturation', 'opened connections.stale'])
  expect(first.open).toEqual([
    expect.stringMatching(
      /^critical: 55 of 57 connections \(96%\) \(connections\.saturation\), since .* UTC, not told yet$/,
    ),
    expect.stringMatching(/^warning: 54 stale sessions .* \(connections\.stale\)/),
  ])
  await night.postgres.query('SELECT pg_sleep(1)')
  const second = await look()
  expect(second.told).toEqual(['reminder connections.saturation', 'reminder connections.stale'])
  expect(second.open?.[0]).toMatch(/, told .* UTC$/)

  // It is over, though not for as long as it takes to say so: no reminder is due for what is well.
  await Promise.all(leaked.map((session) => session.close()))
  await night.postgres.query('SELECT pg_sleep(1)')
  const third = await look()
  expect(third.told).toEqual(['resolved connections.saturation'])
  expect(third.open).toEqual([expect.stringMatching(/\(connections\.stale\)/)])
  expect(aws.sns.inbox.findLast(({ protocol }) => protocol === 'email')?.text).toMatch(
    /It was: 55 of 57 connections \(96%\)/,
  )
})
