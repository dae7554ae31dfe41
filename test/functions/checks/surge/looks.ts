/** Looks at a database of 200 connections, minutes apart, as `checkNeon` goes through them: judged, planned, remembered, told. */
import type { Finding, Thresholds } from '../../../../functions/checks/finding.ts'
import type { SeenReading, StaleGroup } from '../../../../functions/checks/reading.ts'
import { saturation } from '../../../../functions/checks/saturation.ts'
import { type RecentLook, remember } from '../../../../functions/checks/surge/recent.ts'
import { holdsEndings, isSurge, surge } from '../../../../functions/checks/surge/surge.ts'
import { type Held, planEndings } from '../../../../functions/checks/victims.ts'
import { afterLook, afterTelling, dueNotice, type Incident } from '../../../../functions/incidents/transition.ts'
import { candidateOf, groupOf, HOUR, judged, MINUTE, NOW, policyOf, seen, staleGroupOf, TELL } from '../../builders.ts'

/** Of each application, how many of its sessions are at work and how many idle; `leaked` are idle for hours. */
export type Applications = Record<string, [atWork: number, idle: number, leaked?: number]>

export function readingOf(applications: Applications, changes: Partial<SeenReading> = {}): SeenReading {
  const named = Object.entries(applications)
  const sum = (of: (counts: [number, number, number?]) => number) => named.reduce((n, [, counts]) => n + of(counts), 0)
  const stale = named.flatMap(([application, [, , leaked = 0]]): StaleGroup[] =>
    leaked > 0 ? [staleGroupOf({ application, sessions: leaked, oldestMs: 2 * HOUR })] : [],
  )
  const atWork = sum(([working]) => working)
  return seen({
    limit: { max: 207, reserved: 7, usable: 200 },
    used: sum(([working, idle, leaked = 0]) => working + idle + leaked),
    active: atWork,
    atWork,
    groups: named.flatMap(([application, [working, idle, leaked = 0]]) => [
      ...(working > 0 ? [groupOf({ application, state: 'active', sessions: working })] : []),
      ...(idle + leaked > 0 ? [groupOf({ application, sessions: idle + leaked, idleOverHour: leaked })] : []),
    ]),
    stale,
    staleSessions: stale.reduce((n, { sessions }) => n + sessions, 0),
    candidates: stale.map(({ application }, i) => candidateOf({ pid: i + 1, application })),
    ...changes,
  })
}

export interface Outcome {
  finding: Finding
  /** `critical opened`, of this rule or `saturation`. */
  told: string[]
  held: Held | null
}

export interface Following {
  apartMs?: number
  /** What is remembered before the first look. */
  recent?: RecentLook[]
  changes?: Partial<SeenReading>
}

/** What comes of looks one after the other. */
export function follow(
  looks: Applications[],
  { apartMs = 5 * MINUTE, recent = [], changes = {} }: Following = {},
): Outcome[] {
  const incidents: Record<string, Incident | undefined> = {}
  const limits = surge.limits as Thresholds
  let remembered = recent
  return looks.map((applications, i) => {
    const at = NOW + i * apartMs
    const reading = readingOf(applications, { at, ...changes })
    const surgeStands = incidents[surge.name]?.status === 'open'
    const facts = { reading, recent: remembered, surgeStands }
    const surging = isSurge(facts, limits)
    const finding = judged(surge, facts)
    const told: string[] = []
    for (const [rule, found] of [
      [surge.name, finding],
      [saturation.name, judged(saturation, { ...facts, surging })],
    ] as const) {
      const incident = afterLook(incidents[rule], found, at, TELL)
      const notice = incident && dueNotice(incident, at, TELL)
      if (incident && notice) told.push(`${incident.worst} ${notice.kind} ${rule.split('.')[1]}`)
      incidents[rule] = incident && notice ? afterTelling(incident, notice.kind, incident, at) : incident
    }
    if (!surgeStands && !surging) remembered = remember(remembered, reading)
    return { finding, told, held: planEndings(reading, policyOf(), false, holdsEndings(facts, limits)).held }
  })
}
