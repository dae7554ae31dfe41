/** Does an application open connections and not give them back, and when is the database full of them? */
import { count, formatDuration, formatTime } from '../../units.ts'
import type { Finding, Table } from '../finding.ts'
import { type SeenReading, tellsStates } from '../reading.ts'
import type { Rule } from '../rule.ts'
import type { TrustFacts } from '../trust/facts.ts'
import type { EndingPlan } from '../victims.ts'
import { adviseOnLeaks } from './advice.ts'
import type { Leak, Settled } from './leaks.ts'
import { nameOf, whomToRestart } from './names.ts'

const name = 'connections.leak'
const HOUR = 60 * 60_000
/** With less left than that somebody must get up. */
const CRITICAL_MS = 6 * HOUR

export const leak = {
  name,
  judge({ reading, leaks, settled = [], busiest = 0, surging, surgeStands, plan, trust }) {
    if (!tellsStates(reading)) return null
    if (reading.kind !== 'seen') return none()
    const [worst, ...others] = leaks ?? []
    if (worst === undefined) return leaks ? none(settled) : null
    const all = [worst, ...others]
    const perHour = sum(all, (one) => one.perHour)
    // A surge passes, and has an alert of its own.
    const used = surging || surgeStands ? 0 : reading.used
    const room = Math.max(0, reading.limit.usable - Math.max(used, busiest + sum(all, (one) => one.left)))
    const leftMs = timeUntil(
      room,
      perHour,
      sum(all, (one) => one.endedPerHour),
    )
    const who = others.length === 0 ? nameOf(worst) : `${nameOf(worst)} and ${others.length} more`
    const leakRate = `${others.length === 0 ? 'leaks' : 'leak'} ${rate(perHour)} connections an hour`
    return {
      rule: name,
      severity: leftMs < CRITICAL_MS ? 'critical' : 'warning',
      recovered: false,
      // It has been seen in many looks before it is said.
      opens: 'at-once',
      closes: 'confirmed',
      headline:
        perHour >= SLOWEST
          ? `${who} ${leakRate}, ${sayUntil(leftMs)}`
          : `${who} ${others.length === 0 ? 'has' : 'have'} leaked ${count(
              sum(all, (one) => one.count),
              'connection',
            )}`,
      summary: [...all.map(sayLeak), sayFull(room, leftMs, perHour, reading), ...sayEnding(plan, trust)].join(' '),
      evidence: evidence(all, room, reading.at),
      brief:
        whomToRestart(all).length > 0
          ? `Restart ${whomToRestart(all).join(', ')}`
          : 'See which applications leave sessions idle',
      advice: adviseOnLeaks(all, reading, trust),
    }
  },
} satisfies Rule

const none = (settled: Settled[] = []): Finding => ({
  rule: name,
  severity: 'ok',
  headline:
    settled.length === 0 ? 'nobody leaks connections any more' : `no new leak: ${settled.map(saySettled).join(', ')}`,
  summary:
    settled.length === 0
      ? ''
      : 'They have not grown for three days. They are taken as usual from now on, and nobody has closed them.',
  recovered: true,
  closes: 'confirmed',
})

const saySettled = (one: Settled) => `${nameOf(one)} keeps ${one.count} idle`

const sum = (leaks: Leak[], of: (leak: Leak) => number) => leaks.reduce((all, leak) => all + of(leak), 0)

/** Less is nothing that a person would call growth. */
const SLOWEST = 0.05

/** Endings come in batches: with so little left of the pace they keep up. */
const KEEPS_UP = 0.15

/** What is ended as fast as it comes takes no room. */
function timeUntil(room: number, perHour: number, endedPerHour: number): number {
  const net = perHour - endedPerHour
  return net >= SLOWEST && net >= KEEPS_UP * perHour ? (room / net) * HOUR : Number.POSITIVE_INFINITY
}

function sayUntil(leftMs: number): string {
  if (leftMs === Number.POSITIVE_INFINITY) return 'ended as they come'
  // By the load of the last day: at this moment there may be room.
  return leftMs === 0 ? 'full in the next busy hour' : `full in ${formatDuration(leftMs)}`
}

/** `1.7`, `12`. */
const rate = (perHour: number) => (perHour < 9.95 ? perHour.toFixed(1) : perHour.toFixed(0))

function sayLeak(one: Leak): string {
  const { count: idle, ended, most, reference, since, perHour } = one
  const grows =
    perHour >= SLOWEST
      ? `they have been growing since ${formatTime(since)}, by about ${rate(perHour)} an hour`
      : `they grew since ${formatTime(since)}, though not any more`
  const upTo = most > idle ? `, and there were up to ${most}` : ''
  const endedToo = ended > 0 ? `, ${ended} that Nightshift has ended within a day included` : ''
  return `${count(idle, 'connection')} of ${nameOf(one)} ${idle === 1 ? 'has' : 'have'} been idle for over an hour${endedToo}${upTo}; in the week before ${atMost(reference)}, and ${grows}.`
}

const atMost = (reference: number) =>
  reference === 0 ? 'there was none' : `there ${reference === 1 ? 'was' : 'were'} at most ${reference}`

function sayFull(room: number, leftMs: number, perHour: number, { limit, used, at }: SeenReading): string {
  if (leftMs === 0)
    return `With the load of the last day the limit of ${limit.usable} is reached at once: now ${Math.max(0, limit.usable - used)} are left.`
  if (leftMs < Number.POSITIVE_INFINITY)
    return `At this rate, and with the load of the last day, the limit of ${limit.usable} is reached in ${formatDuration(leftMs)}, at ${formatTime(at + leftMs)}.`
  const kept = perHour >= SLOWEST ? 'Nightshift ends them as fast as they come. ' : ''
  return `${kept}Of the ${limit.usable} connections that applications can have ${room} are left in the busy hours of a day.`
}

/** Whether Nightshift will do something about it; what it has done is told by `connections.stale`. */
const sayEnding = (plan: EndingPlan | undefined, trust: TrustFacts | undefined): string[] =>
  // Who has not opted in has a rehearsal.
  plan?.held === 'below' && trust && !trust.rehearsed
    ? [
        'Nightshift ends what is proven abandoned of it, once so many connections are taken as staleSessions.above says.',
      ]
    : []

function evidence(leaks: Leak[], room: number, at: number): Table {
  return {
    columns: ['application', 'idle for over an hour', 'most in the week before', 'since', 'an hour', 'limit reached'],
    rows: leaks.map((one) => {
      const leftMs = timeUntil(room, one.perHour, one.endedPerHour)
      return [
        nameOf(one),
        String(one.count),
        String(one.reference),
        formatTime(one.since),
        rate(one.perHour),
        leftMs === Number.POSITIVE_INFINITY ? '' : formatTime(at + leftMs),
      ]
    }),
  }
}
