/** Does an application open connections and not give them back, and when is the database full of them? */
import { count, formatDuration, formatTime } from '../../units.ts'
import type { Finding, Table } from '../finding.ts'
import { tellsStates } from '../reading.ts'
import type { Rule } from '../rule.ts'
import type { Leak } from './leaks.ts'
import { OTHERS } from './sampling.ts'

const name = 'connections.leak'
const HOUR = 60 * 60_000
/** With less left than that somebody must get up. */
const CRITICAL_MS = 6 * HOUR

export const leak = {
  name,
  judge({ reading, leaks }) {
    if (!tellsStates(reading)) return null
    if (reading.kind !== 'seen') return none()
    const [worst, ...others] = leaks ?? []
    if (worst === undefined) return leaks ? none() : null
    const all = [worst, ...others]
    const perHour = all.reduce((sum, one) => sum + one.perHour, 0)
    const room = Math.max(0, reading.limit.usable - reading.used)
    const leftMs = timeUntil(room, perHour)
    const who = others.length === 0 ? worst.name : `${worst.name} and ${others.length} more`
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
          ? `${who} ${leakRate}, full in ${formatDuration(leftMs)}`
          : `${who} ${others.length === 0 ? 'has' : 'have'} leaked ${count(total(all), 'connection')}`,
      summary: [...all.map(sayLeak), sayFull(room, leftMs, reading.limit.usable, reading.at)].join(' '),
      evidence: evidence(all, room, reading.at),
      brief: named(all).length > 0 ? `Restart ${named(all).join(', ')}` : 'See which applications leave sessions idle',
      advice: advice(all),
    }
  },
} satisfies Rule

const none = (): Finding => ({
  rule: name,
  severity: 'ok',
  headline: 'no leak',
  summary: '',
  recovered: true,
  closes: 'confirmed',
})

const total = (leaks: Leak[]) => leaks.reduce((sum, one) => sum + one.count, 0)

/** Less is nothing that a person would call growth. */
const SLOWEST = 0.05

const timeUntil = (room: number, perHour: number) =>
  perHour >= SLOWEST ? (room / perHour) * HOUR : Number.POSITIVE_INFINITY

/** `1.7`, `12`. */
const rate = (perHour: number) => (perHour < 9.95 ? perHour.toFixed(1) : perHour.toFixed(0))

function sayLeak({ name: application, count: idle, most, reference, since, perHour }: Leak): string {
  const grows =
    perHour >= SLOWEST
      ? `they have been growing since ${formatTime(since)}, by about ${rate(perHour)} an hour`
      : `they grew since ${formatTime(since)}, though not any more`
  const upTo = most > idle ? `, and there were up to ${most}` : ''
  return `${count(idle, 'connection')} of ${application} ${idle === 1 ? 'has' : 'have'} been idle for over an hour${upTo}; in the week before ${atMost(reference)}, and ${grows}.`
}

const atMost = (reference: number) =>
  reference === 0 ? 'there was none' : `there ${reference === 1 ? 'was' : 'were'} at most ${reference}`

const sayFull = (room: number, leftMs: number, usable: number, at: number): string =>
  leftMs === Number.POSITIVE_INFINITY
    ? `Of the ${usable} connections that applications can have ${room} are left.`
    : `At this rate the limit of ${usable} is reached in ${formatDuration(leftMs)}, at ${formatTime(at + leftMs)}.`

function evidence(leaks: Leak[], room: number, at: number): Table {
  return {
    columns: ['application', 'idle for over an hour', 'most in the week before', 'since', 'an hour', 'limit reached'],
    rows: leaks.map((one) => {
      const leftMs = timeUntil(room, one.perHour)
      return [
        one.name,
        String(one.count),
        String(one.reference),
        formatTime(one.since),
        rate(one.perHour),
        leftMs === Number.POSITIVE_INFINITY ? '' : formatTime(at + leftMs),
      ]
    }),
  }
}

/** Those that can be told by name; of the sum of the small ones nobody knows who. */
const named = (leaks: Leak[]): string[] => leaks.map((one) => one.name).filter((application) => application !== OTHERS)

const advice = (leaks: Leak[]): string[] => [
  ...(named(leaks).length > 0
    ? [`Restart ${named(leaks).join(' and ')} now to win time: that frees what has leaked.`]
    : []),
  ...(named(leaks).length < leaks.length
    ? ['See which of the many small applications leave sessions idle for hours, and restart those.']
    : []),
  ...leaks.map(
    ({ name: application, sinceWindow: [from, to] }) =>
      `Look at what was deployed between ${formatTime(from)} and ${formatTime(to)}, of ${application} above all: roll it back, or mend where it opens connections and does not give them back.`,
  ),
  'Give its pool a maximum and an idle timeout, so that it cannot fill the database again.',
]
