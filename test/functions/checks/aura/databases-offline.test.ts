import { describe, expect, test } from 'vitest'
import { databasesOffline } from '../../../../functions/checks/aura/databases-offline.ts'
import type { DatabaseState } from '../../../../functions/checks/aura-reading.ts'
import { auraFailed, databaseOf, judge, judged, notRunning, seenBolt } from './builders.ts'

const says = (...databases: Partial<DatabaseState>[]) =>
  judged(databasesOffline, { reading: seenBolt({ databases: databases.map(databaseOf) }) })
const onMembers = (...states: string[]) =>
  says(...states.map((currentStatus, n) => ({ currentStatus, address: `m${n}` })))

test('all that should be online are', () => {
  expect(says({}, { name: 'system' })).toMatchObject({ severity: 'ok', recovered: true })
  expect(says({}, { name: 'old', requestedStatus: 'offline', currentStatus: 'offline' }).severity).toBe('ok')
})

describe('a database that no member has online', () => {
  test.for(['offline', 'quarantined', 'dirty', 'unknown', 'mixed', 'never heard of'])(
    '%s is critical at once',
    (state) => {
      expect(onMembers(state, state)).toMatchObject({ severity: 'critical', opens: 'at-once', recovered: false })
    },
  )

  test.for(['initial', 'starting', 'stopping', 'store copying', 'deallocating'])(
    '%s may be over by the next look',
    (state) => {
      expect(onMembers(state)).toMatchObject({ severity: 'critical', opens: 'confirmed' })
      expect(onMembers(state, 'offline')).toMatchObject({ severity: 'critical', opens: 'at-once' })
    },
  )
})

test('one that some members have online can be used: a warning that names how many', () => {
  const finding = onMembers('online', 'quarantined', 'online')
  expect(finding).toMatchObject({ severity: 'warning', recovered: false })
  expect(finding.headline).toBe('database neo4j is not online on 1 of 3 members (quarantined)')
  expect(finding.evidence?.rows).toEqual([['neo4j', 'm1', 'primary', 'quarantined', 'online', '']])
})

test('of several the worst comes first', () => {
  const finding = says(
    { name: 'a' },
    { name: 'a', currentStatus: 'starting' },
    { name: "b'\n", currentStatus: 'offline', statusMessage: 'disk full' },
  )
  expect(finding.headline).toBe("database b'\n is online nowhere (offline), and 1 more")
  expect(finding).toMatchObject({ severity: 'critical', opens: 'at-once' })
  expect(finding.evidence?.rows.map(([name]) => name)).toEqual(['a', "b'\n"])
})

test('nothing is said of what was not listed', () => {
  expect(judge(databasesOffline, { reading: seenBolt({ databases: [] }) })).toBeNull()
  expect(judge(databasesOffline, { reading: seenBolt({ databases: { missing: 'refused', message: '' } }) })).toBeNull()
  expect(judge(databasesOffline, { reading: auraFailed('timeout') })).toBeNull()
  expect(judge(databasesOffline, { reading: notRunning('restoring') })).toBeNull()
  expect(judged(databasesOffline, { reading: notRunning('paused') }).severity).toBe('ok')
})
