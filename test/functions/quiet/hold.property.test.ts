/** Whatever is found, however quiet it is meanwhile, and whatever becomes of what is sent. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Finding, isWorse, type Severity } from '../../../functions/checks/finding.ts'
import {
  afterLook,
  afterTelling,
  claimNotice,
  type Incident,
  type NoticeKind,
  noticeSeverity,
  type TellPolicy,
} from '../../../functions/incidents/transition.ts'
import { decide } from '../../../functions/quiet/hold.ts'
import type { Quiet } from '../../../functions/quiet/quiet.ts'
import { asSeen } from '../../../functions/quiet/seen.ts'
import { DAY, findingOf, HOUR, MINUTE, NOW, TELL } from '../builders.ts'

/** What is told is only what was found: nothing grows worse by lasting. */
const AS_FOUND: TellPolicy = { ...TELL, unseenIsCriticalMs: Number.POSITIVE_INFINITY }

const OPEN = { until: Number.POSITIVE_INFINITY, timeZone: 'UTC' }
const ASKED = { at: NOW, until: Number.POSITIVE_INFINITY }
const QUIETS = {
  loud: {},
  maintenance: { maintenance: OPEN },
  hours: { quietHours: OPEN },
  snoozed: { snoozed: ASKED },
} satisfies Record<string, Quiet>

class World {
  incident: Incident | undefined
  readonly said: { kind: NoticeKind; severity: Severity }[] = []
  now = NOW

  /** One run: the look, a claim on what is to be told, SNS, and what became of that: `died`, before it wrote that down. */
  look(finding: Finding | undefined, quiet: Quiet, works: boolean | 'died' = true, policy = AS_FOUND): void {
    this.now += 5 * MINUTE
    const before = this.incident
    const after = finding ? afterLook(before, finding, this.now, policy) : before
    const { incident, notice } = after ? decide({ before, after, finding }, quiet, this.now, policy) : {}
    const claimed = incident && notice && claimNotice(incident, `${this.now}`, this.now, MINUTE)
    this.incident = claimed ?? incident
    if (!notice || !claimed) return
    const { claim: _, ...free } = claimed
    if (works) this.said.push({ kind: notice.kind, severity: noticeSeverity(claimed, notice.kind) })
    if (works === 'died') return
    this.incident = works ? afterTelling(claimed, notice.kind, claimed, this.now) : free
  }

  /** What people believe is so, by what they were told. */
  get believed(): Severity | undefined {
    const news = this.said.filter(({ kind }) => kind !== 'reminder').at(-1)
    return news === undefined || news.kind === 'resolved' ? undefined : news.severity
  }

  get news() {
    return this.said.filter(({ kind }) => kind !== 'reminder')
  }
}

const bad = (severity: Severity) => findingOf({ severity, opens: 'at-once' })
const well = findingOf({ severity: 'ok' })
/** Over only once as many looks in a row have found it so. */
const wellForNow = findingOf({ severity: 'ok', closes: 'confirmed' })
const finding = fc.oneof(
  fc
    .record({
      severity: fc.constantFrom('warning' as const, 'unknown' as const, 'critical' as const),
      opens: fc.constantFrom('at-once' as const, 'confirmed' as const),
      full: fc.boolean(),
    })
    .map(({ full, ...changes }) =>
      findingOf({ ...changes, ...(full && changes.severity === 'critical' && { acute: true }) }),
    ),
  fc
    .record({ recovered: fc.boolean(), closes: fc.constantFrom('confirmed' as const, undefined) })
    .map((changes) => findingOf({ severity: 'ok', ...changes })),
)
const quiet = fc.constantFrom(...(Object.keys(QUIETS) as (keyof typeof QUIETS)[]))
const stepsOf = (found: fc.Arbitrary<Finding>, works: fc.Arbitrary<boolean>) =>
  fc.array(fc.record({ finding: found, quiet, works }), { maxLength: 40 })
const steps = stepsOf(finding, fc.boolean())

function play(sequence: { finding: Finding; quiet: keyof typeof QUIETS; works: boolean }[]): World {
  const world = new World()
  for (const one of sequence) world.look(one.finding, QUIETS[one.quiet], one.works)
  return world
}

test('people hear a story that makes sense', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      let open = false
      for (const { kind } of play(sequence).said) {
        expect(open).toBe(kind !== 'opened' && (kind !== 'resolved' || open))
        open = kind !== 'resolved'
      }
    }),
    { numRuns: 1_000 },
  )
})

test('in maintenance nothing is told', () => {
  fc.assert(
    fc.property(steps, fc.array(finding), (before, meanwhile) => {
      const world = play(before)
      const said = world.said.length
      for (const found of meanwhile) world.look(found, QUIETS.maintenance)
      expect(world.said).toHaveLength(said)
    }),
  )
})

test.for(['hours', 'snoozed'] as const)('%s: what is critical and nobody knows is told at once', (name) => {
  fc.assert(
    fc.property(steps, (before) => {
      const world = play(before)
      const news = world.news.length
      const knew = world.believed === 'critical'
      world.look(bad('critical'), QUIETS[name])
      expect(world.believed).toBe('critical')
      expect(world.news.length - news).toBeLessThanOrEqual(1)
      if (!knew) expect(world.news.length - news).toBe(1)
    }),
    { numRuns: 1_000 },
  )
})

test.for(['hours', 'snoozed'] as const)('%s: nothing but critical is ever news', (name) => {
  fc.assert(
    fc.property(fc.array(finding), (found) => {
      const world = new World()
      for (const one of found) world.look(one, QUIETS[name])
      for (const { severity } of world.said) expect(severity).toBe('critical')
    }),
  )
})

test('nothing is lost: what is still true when it is loud again is told once, and then no more', () => {
  const broken = fc.constantFrom('warning' as const, 'unknown' as const, 'critical' as const)
  fc.assert(
    fc.property(steps, broken, (before, severity) => {
      const world = play(before)
      const [news, knew] = [world.news.length, world.believed]
      for (let looks = 0; looks < 3; looks++) world.look(bad(severity), {})
      const told = world.news.slice(news)
      expect(told.length).toBeLessThanOrEqual(1)
      // Who knows of worse is not told of less.
      if (knew === undefined) expect(told).toMatchObject([{ kind: 'opened' }])
      else expect(isWorse(severity, world.believed ?? 'ok')).toBe(false)
    }),
    { numRuns: 2_000 },
  )
})

describe.for(Object.keys(QUIETS).slice(1) as (keyof typeof QUIETS)[])('%s', (name) => {
  const held: Severity[] = name === 'maintenance' ? ['warning', 'unknown', 'critical'] : ['warning', 'unknown']
  const isWell = fc.constantFrom(well, wellForNow)
  const heldFinding = fc.constantFrom(...held).map(bad)

  test('what came and went meanwhile is never told, also when it goes with the first look afterwards', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(heldFinding, isWell)), isWell, fc.boolean(), (found, last, before) => {
        const world = new World()
        for (const one of found) world.look(one, QUIETS[name])
        world.look(last, before ? QUIETS[name] : {})
        for (let looks = 0; looks < 3; looks++) world.look(last, {})
        expect(world.said).toEqual([])
        expect(world.incident).toBeUndefined()
      }),
    )
  })

  test('what was worse meanwhile is told as what it is now', () => {
    fc.assert(
      fc.property(fc.array(heldFinding, { minLength: 1 }), fc.constantFrom(...held), (found, now) => {
        const world = new World()
        for (const one of found) world.look(one, QUIETS[name])
        world.look(bad(now), {})
        world.look(bad(now), {})
        expect(world.said).toEqual([{ kind: 'opened', severity: now }])
        expect(world.incident?.held).toBeUndefined()
      }),
    )
  })

  test('what was told before and is over meanwhile is told to be over, once', () => {
    for (const severity of held) {
      const world = new World()
      world.look(bad(severity), {})
      for (let looks = 0; looks < 3; looks++) world.look(well, QUIETS[name])
      for (let looks = 0; looks < 3; looks++) world.look(well, {})
      expect(world.said).toEqual([
        { kind: 'opened', severity },
        { kind: 'resolved', severity },
      ])
    }
  })

  test('what cannot be judged when that is over is told by the first look that can', () => {
    const world = new World()
    world.look(bad('warning'), QUIETS[name])
    world.look(undefined, {})
    expect(world.said).toEqual([])
    world.look(bad('warning'), {})
    expect(world.said).toEqual([{ kind: 'opened', severity: 'warning' }])
  })

  test('what became worse meanwhile and is well when that is over is told to be over, and no more', () => {
    if (name !== 'maintenance') return
    const world = new World()
    world.look(bad('warning'), {})
    world.look(bad('critical'), QUIETS[name])
    for (let looks = 0; looks < 4; looks++) world.look(wellForNow, {})
    expect(world.news).toEqual([
      { kind: 'opened', severity: 'warning' },
      { kind: 'resolved', severity: 'warning' },
    ])
  })

  test.for(['could not be sent', 'was sent by a run that died'])('what %s before is told to be over', (how) => {
    const found = fc.array(fc.oneof(heldFinding, isWell), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.constantFrom(...held), found, fc.nat(2), (severity, meanwhile, looks) => {
        const world = new World()
        const [works, told] = how === 'could not be sent' ? [false, []] : ['died' as const, ['opened']]
        for (let tries = 0; tries <= looks; tries++) world.look(bad(severity), {}, works)
        for (const one of meanwhile) world.look(one, QUIETS[name])
        for (let looked = 0; looked < 4; looked++) world.look(wellForNow, {})
        expect(world.incident).toBeUndefined()
        expect(world.news.map(({ kind }) => kind).filter((kind, i, all) => kind !== all[i - 1])).toEqual([
          ...told,
          'resolved',
        ])
      }),
    )
  })

  test('what was due before is told as bad as it was then, though it is better', () => {
    if (name !== 'maintenance') return
    const world = new World()
    world.look(bad('critical'), {}, false)
    for (let looks = 0; looks < 3; looks++) world.look(bad('warning'), QUIETS[name])
    world.look(bad('warning'), {})
    expect(world.said).toEqual([{ kind: 'opened', severity: 'critical' }])
  })

  test('what could not be sent afterwards is news, though it is over by then', () => {
    const world = new World()
    world.look(bad('warning'), QUIETS[name])
    world.look(bad('warning'), {}, false)
    for (let looks = 0; looks < 3; looks++) world.look(well, {})
    expect(world.said).toEqual([{ kind: 'resolved', severity: 'warning' }])
  })
})

test('what cannot be looked at grows worse by lasting, but not by maintenance', () => {
  const unseen = findingOf({ severity: 'unknown', opens: 'at-once', unseen: true })
  const world = new World()
  const looks = (count: number, quiet: Quiet) => {
    for (let looked = 0; looked < count; looked++) world.look(unseen, quiet, true, TELL)
    return world.news.map(({ kind, severity }) => `${kind} ${severity}`)
  }
  expect(looks(3, {})).toEqual(['opened unknown'])
  expect(looks(24, QUIETS.maintenance)).toEqual(['opened unknown'])
  // Half an hour from the last look in it.
  expect(looks(5, {})).toEqual(['opened unknown'])
  expect(looks(1, {})).toEqual(['opened unknown', 'escalated critical'])
})

describe.for(['acknowledged', 'snoozed'] as const)('whoever has %s', (how) => {
  const asked = { at: NOW, until: Number.POSITIVE_INFINITY }
  const quietly = how === 'snoozed' ? QUIETS.snoozed : {}
  const ask = (world: World) => {
    const seen = asSeen(world.incident as Incident)
    world.incident = how === 'snoozed' ? seen : { ...seen, acknowledged: asked }
  }
  const FULL = findingOf({ severity: 'critical', opens: 'at-once', acute: true })
  const worseThan = (severity: Severity): Finding =>
    severity === 'critical' ? FULL : bad(severity === 'warning' && how === 'acknowledged' ? 'unknown' : 'critical')

  test('a problem in hand hears of a worse one, whatever that was before; and of nothing else but that it is over', () => {
    const broken = fc.constantFrom('warning' as const, 'unknown' as const, 'critical' as const)
    fc.assert(
      fc.property(steps, broken, fc.array(broken, { maxLength: 8 }), (before, severity, meanwhile) => {
        const world = play(before)
        for (let looks = 0; looks < 2; looks++) world.look(bad(severity), {})
        ask(world)
        const said = world.said.length
        for (const found of meanwhile) if (!isWorse(found, severity)) world.look(bad(found), quietly)
        expect(world.said).toHaveLength(said)
        const worse = worseThan(severity)
        world.look(worse, quietly)
        expect(world.said.slice(said)).toEqual([{ kind: 'escalated', severity: worse.severity }])
        expect(world.incident?.acknowledged).toBeUndefined()
        world.look(worse, quietly)
        expect(world.said).toHaveLength(said + 1)
      }),
      { numRuns: 2_000 },
    )
  })

  test('what nobody was told yet takes back nothing of it', () => {
    const world = new World()
    world.look(bad('warning'), {})
    world.look(bad('critical'), {}, false)
    world.look(bad('warning'), {}, false)
    ask(world)
    world.look(bad('warning'), quietly)
    expect(world.news).toEqual([
      { kind: 'opened', severity: 'warning' },
      { kind: 'escalated', severity: 'critical' },
    ])
  })

  test('a full one that is told so by the look before is not told it again', () => {
    const world = new World()
    world.look(FULL, {})
    ask(world)
    world.look(FULL, quietly)
    world.look(bad('critical'), quietly)
    world.look(FULL, quietly)
    expect(world.said).toEqual([{ kind: 'opened', severity: 'critical' }])
  })
})

describe('an acknowledged incident', () => {
  const acknowledged = { at: NOW, until: NOW + DAY }
  const told = (severity: Severity) => {
    const world = new World()
    world.look(bad(severity), {})
    world.incident = { ...(world.incident as Incident), acknowledged }
    return world
  }

  test('is not told again until that has expired', () => {
    const world = told('critical')
    world.now += HOUR
    world.look(bad('critical'), {})
    expect(world.said).toHaveLength(1)
    world.now += DAY
    world.look(bad('critical'), {})
    expect(world.said.slice(1)).toEqual([{ kind: 'reminder', severity: 'critical' }])
    expect(world.incident?.acknowledged).toBeUndefined()
  })

  test('is told when it becomes worse, which ends that', () => {
    const world = told('warning')
    world.look(bad('critical'), {})
    expect(world.said.slice(1)).toEqual([{ kind: 'escalated', severity: 'critical' }])
    expect(world.incident?.acknowledged).toBeUndefined()
  })

  test('is in hand no more once it is told to have been worse than it was seen', () => {
    const world = new World()
    world.look(bad('critical'), {}, false)
    world.look(bad('warning'), {}, false)
    world.incident = { ...asSeen(world.incident as Incident), acknowledged }
    world.look(bad('warning'), {})
    expect(world.said).toEqual([{ kind: 'opened', severity: 'critical' }])
    expect(world.incident?.acknowledged).toBeUndefined()
  })

  test('is told when it is over, and what comes after that is another', () => {
    const world = told('warning')
    world.look(well, {})
    world.look(bad('warning'), {})
    expect(world.news.map(({ kind }) => kind)).toEqual(['opened', 'resolved', 'opened'])
    expect(world.incident?.acknowledged).toBeUndefined()
  })
})
