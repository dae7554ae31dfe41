/** Whatever is found in whatever order, by however many runs at once, and whatever becomes of what they send. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Finding, isWorse, worst } from '../../../functions/checks/finding.ts'
import {
  afterLook,
  afterTelling,
  claimNotice,
  dueNotice,
  type Incident,
  type NoticeKind,
  noticeSeverity,
  type TellPolicy,
} from '../../../functions/incidents/transition.ts'
import { findingOf, HOUR, MINUTE, NOW, TELL } from '../builders.ts'

/** What is told is only what was found: nothing grows worse by lasting. */
const AS_FOUND: TellPolicy = { ...TELL, unseenIsCriticalMs: Number.POSITIVE_INFINITY }

interface Said {
  kind: NoticeKind
  severity: Finding['severity']
}

const LEASE = 2 * MINUTE

/** The table's one item, and what arrived at SNS: changed in the order in which tell.ts changes them. */
class World {
  incident: Incident | undefined
  readonly said: Said[] = []
  now = NOW
  readonly #policy: TellPolicy
  readonly #sending = new Map<string, { id: string; kind: NoticeKind; sent: Incident; until: number }>()
  #runs = 0

  constructor(policy = TELL) {
    this.#policy = policy
  }

  /** One conditional write: the look, and a claim on what is due. */
  look(run: string, finding: Finding): void {
    this.#sending.delete(run)
    // Of its own for each invocation, as the handler makes it.
    const id = `${run}/${++this.#runs}`
    const after = afterLook(this.incident, finding, this.now, this.#policy)
    const notice = after && dueNotice(after, this.now, this.#policy)
    if (notice) expect(after.status).not.toBe('pending')
    const claimed = after && notice && claimNotice(after, id, this.now, LEASE)
    this.incident = claimed ?? after
    if (notice && claimed) this.#sending.set(run, { id, kind: notice.kind, sent: claimed, until: this.now + LEASE })
  }

  /** SNS takes the message or not, and what became of it is written down: if the process still lives. */
  send(run: string, works: boolean): void {
    const sending = this.#sending.get(run)
    this.#sending.delete(run)
    if (!sending || sending.until <= this.now) return
    const severity = noticeSeverity(sending.sent, sending.kind)
    if (works) this.said.push({ kind: sending.kind, severity })
    if (this.incident?.claim?.run !== sending.id) return
    const { claim: _, ...free } = this.incident
    this.incident = works ? afterTelling(this.incident, sending.kind, sending.sent, this.now) : free
  }

  lookAndSend(finding: Finding, works: boolean): void {
    this.look('only', finding)
    this.send('only', works)
  }
}

const finding: fc.Arbitrary<Finding> = fc.oneof(
  fc
    .record({
      severity: fc.constantFrom('warning' as const, 'unknown' as const, 'critical' as const),
      opens: fc.constantFrom('at-once' as const, 'confirmed' as const, undefined),
      full: fc.boolean(),
    })
    .map(({ full, ...changes }) =>
      findingOf({ ...changes, ...(full && changes.severity === 'critical' && { acute: true }) }),
    ),
  fc
    .record({
      recovered: fc.boolean(),
      closes: fc.constantFrom('confirmed' as const, undefined),
      quiet: fc.constantFrom({}, { closesAfterMs: HOUR }),
    })
    .map(({ quiet, ...changes }) => findingOf({ severity: 'ok', ...changes, ...quiet })),
)
const pause = fc.constantFrom(MINUTE, 5 * MINUTE, HOUR, 25 * HOUR)

function expectSense(said: Said[]): void {
  let open = false
  for (const { kind } of said) {
    if (kind === 'opened') expect(open, 'opened twice without a resolved between').toBe(false)
    if (kind === 'escalated' || kind === 'reminder') expect(open, `${kind} of what is not open`).toBe(true)
    open = kind !== 'resolved'
  }
}

const steps = fc.array(fc.record({ finding, works: fc.boolean(), pause }), { maxLength: 40 })

test('one run after the other, SNS failing at random: people hear a story that makes sense', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const world = new World()
      for (const { finding: found, works, pause: ms } of sequence) {
        world.now += ms
        const before = world.said.length
        world.lookAndSend(found, works)
        expect(world.said.length - before).toBeLessThanOrEqual(1)
        if (!works) expect(world.said.length).toBe(before)
      }
      expectSense(world.said)
    }),
    { numRuns: 500 },
  )
})

test('a critical that stands is known once sending works, and nothing worse than was found is ever told', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const world = new World(AS_FOUND)
      let worstFound: Finding['severity'] = 'ok'
      for (const { finding: found, works, pause: ms } of sequence) {
        world.now += ms
        if (isWorse(found.severity, worstFound)) worstFound = found.severity
        world.lookAndSend(found, works)
        for (const { severity } of world.said) expect(isWorse(severity, worstFound)).toBe(false)
        if (works && found.severity === 'critical' && found.opens !== 'confirmed') {
          const sinceResolved = world.said.slice(world.said.map(({ kind }) => kind).lastIndexOf('resolved') + 1)
          expect(sinceResolved.map(({ severity }) => severity)).toContain('critical')
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('once all is well and SNS works, the last word is "resolved", and then nothing', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const world = new World()
      for (const { finding: found, works, pause: ms } of sequence) {
        world.now += ms
        world.lookAndSend(found, works)
      }
      for (let look = 0; look < TELL.confirm.of + 1; look++) {
        world.now += 5 * MINUTE
        world.lookAndSend(findingOf({ severity: 'ok', closes: 'confirmed' }), true)
      }
      expect(world.incident).toBeUndefined()
      if (world.said.length > 0) expect(world.said.at(-1)?.kind).toBe('resolved')
      const before = world.said.length
      world.lookAndSend(findingOf({ severity: 'ok' }), true)
      expect(world.said).toHaveLength(before)
    }),
    { numRuns: 500 },
  )
})

test('while SNS is down for long and then back, what stands is told once', () => {
  fc.assert(
    fc.property(fc.array(finding, { maxLength: 20 }), (down) => {
      const world = new World()
      for (const found of down) {
        world.now += 5 * MINUTE
        world.lookAndSend(found, false)
      }
      for (let look = 0; look < 5; look++) {
        world.now += MINUTE
        world.lookAndSend(findingOf({ severity: 'critical', opens: 'at-once' }), true)
      }
      expect(world.said).toEqual([{ kind: 'opened', severity: 'critical' }])
    }),
  )
})

const run = fc.constantFrom('a', 'b', 'c')
const actsOf = (found: fc.Arbitrary<Finding>, pauses: number[]) =>
  fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ act: fc.constant('look' as const), run, finding: found }) },
      { weight: 3, arbitrary: fc.record({ act: fc.constant('send' as const), run, works: fc.boolean() }) },
      // A run that never comes to sending has died; its claim runs out.
      fc.record({ act: fc.constant('time' as const), pause: fc.constantFrom(...pauses) }),
    ),
    { maxLength: 60 },
  )
type Acts = ReturnType<typeof actsOf> extends fc.Arbitrary<infer Value> ? Value : never
function play(acts: Acts, world = new World()): World {
  for (const one of acts) {
    if (one.act === 'look') world.look(one.run, one.finding)
    else if (one.act === 'send') world.send(one.run, one.works)
    else world.now += one.pause
  }
  return world
}
const overlapping = actsOf(finding, [1_000, MINUTE, LEASE, HOUR])

test('runs that overlap, fail and die: still no notice twice', () => {
  fc.assert(
    fc.property(overlapping, (acts) => expectSense(play(acts).said)),
    { numRuns: 2_000 },
  )
})

test('however runs overlapped, a critical that stands is told in the end, and then no more', () => {
  fc.assert(
    fc.property(overlapping, (acts) => {
      const world = play(acts)
      // Whoever was sending is through, or dead.
      for (const slot of ['a', 'b', 'c']) world.send(slot, true)
      world.now += LEASE
      for (let look = 0; look < 2; look++) world.lookAndSend(findingOf({ severity: 'critical' }), true)
      const sinceResolved = world.said.slice(world.said.map(({ kind }) => kind).lastIndexOf('resolved') + 1)
      expect(sinceResolved.map(({ severity }) => severity)).toContain('critical')
      expectSense(world.said)
      const before = world.said.length
      world.lookAndSend(findingOf({ severity: 'critical' }), true)
      expect(world.said).toHaveLength(before)
    }),
    { numRuns: 1_000 },
  )
})

test('however runs overlapped, the worst that any of them found is told, though it was better again meanwhile', () => {
  const broken = fc.constantFrom('warning' as const, 'unknown' as const, 'critical' as const)
  // Within an hour, so that nothing but what was found is told.
  const acts = actsOf(
    broken.map((severity) => findingOf({ severity, opens: 'at-once' })),
    [1_000, 30_000],
  )
  fc.assert(
    fc.property(acts, (sequence) => {
      const world = play(sequence, new World(AS_FOUND))
      for (const slot of ['a', 'b', 'c']) world.send(slot, true)
      world.now += LEASE
      for (let look = 0; look < 2; look++) world.lookAndSend(findingOf({ severity: 'warning', opens: 'at-once' }), true)
      const found = sequence.flatMap((one) => (one.act === 'look' ? [one.finding.severity] : []))
      expect(worst(world.said.map(({ severity }) => severity))).toBe(worst([...found, 'warning']))
    }),
    { numRuns: 1_000 },
  )
})
