import { expect, test, vi } from 'vitest'
import { resolveConfig, type Target } from '../../functions/config.ts'
import { actOn } from '../../functions/end-neon.ts'
import type { NeonSql } from '../../functions/neon/sql.ts'
import { loadSessions } from '../../functions/sessions-memory.ts'
import { startAws } from '../world/aws.ts'
import { candidateOf, configOf, DAY, groupOf, HOUR, NOW, seen } from './builders.ts'

test('endings that use up the time of their target are remembered all the same', async () => {
  await using aws = await startAws()
  Object.assign(process.env, aws.env)
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const [target] = resolveConfig(configOf({ staleSessions: { end: true, above: 0 } })).targets as [Target]
  const deadline = new AbortController()
  const memory = await loadSessions(target.name, NOW, deadline.signal)
  // Postgres ends the session, and the deadline passes before the answer is there.
  const end: NeonSql['end'] = async () => {
    deadline.abort(new Error('the time for the target is over'))
    return { outcome: 'ended' }
  }
  const reading = seen({
    used: 50,
    groups: [groupOf({ application: 'sync-job', sessions: 3, idleOverHour: 3 })],
    candidates: [candidateOf({ idleMs: DAY }), candidateOf({ pid: 4712, idleMs: HOUR })],
  })
  const sql = { end } as NeonSql
  const acted = await actOn(reading, target, {
    sql,
    memory,
    surge: false,
    surgeUnknown: false,
    dryRun: false,
    signal: deadline.signal,
  })
  expect(acted.endings.map(({ outcome }) => outcome)).toEqual(['ended'])
  expect(acted.faults).toEqual([])
  const kept = await loadSessions(target.name, NOW, AbortSignal.timeout(8_000))
  if ('fault' in kept) throw new Error(kept.fault)
  // One of sync-job's was ended, in the hour of the look.
  expect(kept.state.leak?.tracks.map(([name, counts]) => [name, counts.split(' ')[7]])).toEqual([['sync-job', '1']])
})
