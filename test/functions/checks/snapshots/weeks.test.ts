/** Weeks of hourly looks, as the table and the incidents see them: what is told, and above all what is not. */
import { describe, expect, test } from 'vitest'
import type { SnapshotsMemory, SnapshotsPolicy } from '../../../../functions/checks/snapshots/facts.ts'
import { rememberSnapshots } from '../../../../functions/checks/snapshots/memory.ts'
import type { ListedReading, Snapshot, SnapshotsReading } from '../../../../functions/checks/snapshots/reading.ts'
import { judgeSnapshots } from '../../../../functions/checks/snapshots/rules.ts'
import { afterLook, afterTelling, dueNotice, type Incident } from '../../../../functions/incidents/transition.ts'
import { DAY, HOUR, MINUTE, NOW, TELL } from '../../builders.ts'
import { auraListed, LIMITS, neonListed, policyOf, snapshotOf, snapshotsFailed } from './builders.ts'

const MIDNIGHT = Math.floor(NOW / DAY) * DAY

/** What is told by looks at this every hour, without the reminders: `26 h: snapshots.age opened warning`. */
function told(
  hours: number,
  look: (at: number, hour: number) => SnapshotsReading,
  policy: Partial<SnapshotsPolicy> = {},
): string[] {
  const said: string[] = []
  const incidents = new Map<string, Incident>()
  let memory: SnapshotsMemory = {}
  for (let hour = 0; hour < hours; hour++) {
    const reading = look(MIDNIGHT + hour * HOUR + 7 * MINUTE, hour)
    const findings = judgeSnapshots({ reading, policy: policyOf(policy), before: memory }, LIMITS)
    memory = JSON.parse(JSON.stringify(rememberSnapshots(memory, reading)))
    for (const finding of findings) {
      const { rule } = finding
      const incident = afterLook(incidents.get(rule), finding, reading.at, TELL)
      const notice = incident && dueNotice(incident, reading.at, TELL)
      if (notice && notice.kind !== 'reminder')
        said.push(`${hour} h: ${rule} ${notice.kind}${notice.kind === 'resolved' ? '' : ` ${incident.severity}`}`)
      const after = incident && notice ? afterTelling(incident, notice.kind, incident, reading.at) : incident
      if (after) incidents.set(rule, after)
      else incidents.delete(rule)
    }
  }
  return said
}

/** What is made every so often from a week before on, some minutes late now and then, and kept for two weeks. */
function made(at: number, everyMs: number, full: (n: number) => boolean = () => true, until = at): Snapshot[] {
  const first = MIDNIGHT - 7 * DAY + 4 * HOUR
  const n = Math.floor((Math.min(at, until) - first) / everyMs) + 1
  return Array.from({ length: Math.max(0, n) }, (_, i) => {
    const moment = first + i * everyMs + ((i * 37) % 50) * MINUTE
    return snapshotOf(0, { id: `s-${i}`, at: moment, full: full(i), expiresAt: moment + 14 * DAY })
  }).filter((one) => one.at <= Math.min(at, until) && one.at > at - 14 * DAY)
}

/** As Aura is asked: today's, yesterday's, and as far back as there is a good one. */
function aura(tier: string, at: number, snapshots: Snapshot[], changes: Partial<ListedReading> = {}): ListedReading {
  const newest = Math.max(at - 9 * DAY, ...snapshots.filter(({ full }) => full).map((one) => one.at))
  const askedFrom = Math.min(Math.floor(at / DAY) * DAY - DAY, Math.floor(newest / DAY) * DAY)
  const listed = snapshots.filter((one) => one.at >= askedFrom).map(({ expiresAt: _, ...one }): Snapshot => one)
  return auraListed(tier, { at, snapshots: listed, askedFrom, ...changes })
}

describe('nothing is told', () => {
  test('of a Neon branch with a daily schedule', () => {
    expect(told(21 * 24, (at) => neonListed({ at, snapshots: made(at, DAY) }), { keepForMs: 7 * DAY })).toEqual([])
  })

  test.for(['professional-db', 'enterprise-ds'])('of a daily snapshot on %s, at whatever hour', (tier) => {
    expect(told(21 * 24, (at) => aura(tier, at, made(at, DAY)))).toEqual([])
  })

  test('of an hourly one and a daily full one', () => {
    const listed = (at: number) =>
      aura(
        'business-critical',
        at,
        made(at, HOUR, (n) => n % 24 === 0),
      )
    expect(told(14 * 24, listed)).toEqual([])
  })

  test('of an instance that is paused every night, and makes none then', () => {
    const isUp = (at: number) => at % DAY >= 8 * HOUR && at % DAY < 20 * HOUR
    const daily = (at: number) =>
      made(at, DAY)
        .map((one) => ({ ...one, at: one.at + 8 * HOUR }))
        .filter((one) => one.at <= at)
    const listed = (at: number) => aura('professional-db', at, daily(at), { status: isUp(at) ? 'running' : 'paused' })
    expect(told(14 * 24, listed)).toEqual([])
  })

  test('of an instance that was paused for a month and is running again', () => {
    const paused = 40 * HOUR
    const listed = (at: number, hour: number) => {
      const resumed = hour > 30 * 24
      const before = made(at, DAY, undefined, MIDNIGHT + paused)
      const since = made(at, DAY).filter((one) => resumed && one.at > MIDNIGHT + 30 * DAY)
      return aura('professional-db', at, [...since, ...before], {
        status: hour < 40 || resumed ? 'running' : 'paused',
      })
    }
    expect(told(40 * 24, listed)).toEqual([])
  })

  test('of a schedule that was made weekly, then daily again', () => {
    const listed = (at: number, hour: number) => {
      const isWeekly = hour >= 30 && hour < 320
      const isDaily = (one: Snapshot) => one.at < MIDNIGHT + 30 * HOUR || one.at > MIDNIGHT + 320 * HOUR
      const snapshots = made(at, DAY).filter((one) => isDaily(one) || Number(one.id.slice(2)) % 7 === 1)
      const line = { frequency: isWeekly ? 'weekly' : 'daily', everyMs: isWeekly ? 7 * DAY : DAY }
      return neonListed({ at, snapshots, schedule: [line] })
    }
    expect(told(20 * 24, listed)).toEqual([])
  })

  test('of a new instance, and of a new schedule', () => {
    const young = (at: number) => made(at, DAY).filter((one) => one.at > MIDNIGHT)
    expect(told(96, (at) => aura('professional-db', at, young(at), { createdAt: MIDNIGHT + HOUR }))).toEqual([])
    expect(told(96, (at) => neonListed({ at, snapshots: young(at) }))).toEqual([])
  })

  test('of Free plans', () => {
    expect(told(96, (at) => aura('free-db', at, []))).toEqual([])
    expect(told(96, (at) => neonListed({ at, tier: 'free_v3', schedule: [] }))).toEqual([])
  })
})

describe('what is told', () => {
  test('when a schedule makes no more: late, too late, and over with the next one', () => {
    const listed = (at: number, hour: number) =>
      neonListed({ at, snapshots: hour < 90 ? made(at, DAY, undefined, MIDNIGHT + DAY) : made(at, DAY) })
    expect(told(120, listed)).toEqual([
      // The last one is of 4:09 on the first day.
      '31 h: snapshots.age opened warning',
      '55 h: snapshots.age escalated critical',
      '90 h: snapshots.age resolved',
    ])
  })

  test('when only full ones fail to come', () => {
    const listed = (at: number) =>
      aura(
        'business-critical',
        at,
        made(at, HOUR, (n) => n % 24 === 0 && n < 24 * 7 + 1),
      )
    expect(told(96, listed)).toEqual(['31 h: snapshots.age opened warning', '55 h: snapshots.age escalated critical'])
  })

  test('when none can be listed any more: at first that, and in the end that the newest known is too old', () => {
    const listed = (at: number, hour: number) =>
      hour < 10 || hour > 70 ? aura('professional-db', at, made(at, DAY)) : snapshotsFailed('timeout', { at })
    expect(told(96, listed)).toEqual([
      '11 h: snapshots.blind opened unknown',
      '31 h: snapshots.age opened warning',
      '55 h: snapshots.age escalated critical',
      '71 h: snapshots.age resolved',
      '73 h: snapshots.blind resolved',
    ])
  })

  test('when the newest one falls out of all that is asked for: the same as before, once', () => {
    const listed = (at: number) => aura('professional-db', at, made(at, DAY, undefined, MIDNIGHT + DAY))
    expect(told(20 * 24, listed)).toEqual([
      '31 h: snapshots.age opened warning',
      '55 h: snapshots.age escalated critical',
    ])
  })

  test('when somebody deletes them all, and turns the schedule off', () => {
    const listed = (at: number, hour: number) =>
      hour < 48
        ? neonListed({ at, snapshots: made(at, DAY) })
        : neonListed({ at, schedule: hour < 50 ? [{ frequency: 'daily', everyMs: DAY }] : [] })
    expect(told(96, listed)).toEqual([
      '49 h: snapshots.none opened critical',
      '50 h: snapshots.schedule-off opened warning',
    ])
  })
})

describe('hourly ones that are listed only when they are done', () => {
  /** Begun five minutes past, two minutes before the look; they take so long and, every other one, six minutes more. */
  const taking = (minutes: number) => (at: number) => {
    const begun = Array.from({ length: 14 * 24 }, (_, i) => MIDNIGHT - 3 * DAY + i * HOUR + 5 * MINUTE)
    const snapshots = begun
      .filter((moment, i) => moment + (minutes + (i % 2) * 6) * MINUTE <= at)
      .map((moment, i) => snapshotOf(0, { at: moment, id: `s-${i}`, full: i % 24 === 0 }))
    return aura('business-critical', at, snapshots)
  }

  test('an hour later are not late', () => {
    expect(told(7 * 24, taking(58))).toEqual([])
  })

  test('two hours later are late in every other look, which is one incident', () => {
    expect(told(7 * 24, taking(118))).toEqual([expect.stringMatching(/^\d h: snapshots\.age opened warning$/)])
  })
})

test('a critical one is not told to be over because somebody has changed the schedule', () => {
  const line = (frequency: string, days: number) => ({ frequency, everyMs: days * DAY })
  const listed = (at: number, hour: number) =>
    neonListed({
      at,
      snapshots: hour < 100 ? made(at, DAY, undefined, MIDNIGHT + DAY) : made(at, DAY),
      schedule: hour < 64 ? [line('daily', 1)] : [line('daily', 1), line('weekly', 7)],
    })
  expect(told(120, listed)).toEqual([
    '31 h: snapshots.age opened warning',
    '55 h: snapshots.age escalated critical',
    '100 h: snapshots.age resolved',
  ])
})
