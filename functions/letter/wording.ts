/** The weekly letter: what was watched and what happened, to be read in a minute. Pure. */
import { SEVERITIES } from '../checks/finding.ts'
import type { Standing } from '../checks/heartbeat/reading.ts'
import { sayAmount, sayLevel, shareOf } from '../checks/storage/measure.ts'
import { ascii, oneLine } from '../incidents/clean.ts'
import type { Digest } from '../incidents/wording.ts'
import { count, formatCount, formatDuration, formatTime } from '../units.ts'
import { PRICES_OF } from './cost.ts'
import type { LetterFacts, StoredAmount } from './facts.ts'

/** A letter of more is no longer read: the rest is counted. */
const MOST_LINES = 10
const DAY = 24 * 60 * 60_000

export function wordLetter(facts: LetterFacts): Digest {
  const open = facts.standing.length
  const began = sumOf(told(facts), ({ began: some }) => some)
  const subject = `[WEEKLY] ${count(facts.targets.length, 'target')} watched, ${count(began, 'incident')}, ${open > 0 ? `${open} still open` : 'nothing open'}`
  const paragraphs = [
    [`What Nightshift did from ${formatTime(facts.before.at)} to ${formatTime(facts.at)}.`],
    watched(facts),
    incidents(facts),
    sessions(facts),
    [fullest(facts), oldestSnapshot(facts)],
    notSeen(facts),
    [
      `Cost: about ${facts.cost.toFixed(2)} USD a month, by AWS's list prices of ${PRICES_OF} in us-east-1, without SMS and taxes.`,
    ],
    ['If this letter does not come one week, something is wrong: see whether the SNS subscription is still there.'],
  ]
  return {
    subject: ascii(subject, 99),
    email: `${paragraphs.map((lines) => lines.map(clean).join('\n')).join('\n\n')}\n`,
    severity: 'letter',
  }
}

const ITEM = '  - '
const clean = (line: string): string =>
  line.startsWith(ITEM) ? `${ITEM}${oneLine(line.slice(ITEM.length), 300)}` : oneLine(line, 400)

function watched({ targets, before, counted }: LetterFacts): string[] {
  const names = targets.slice(0, MOST_LINES).join(', ')
  const runs = Object.entries(counted.runs).map(
    ([check, all]) => `${check} ${formatCount(since(all, before.runs[check]))}`,
  )
  return [
    `Watched: ${count(targets.length, 'target')}: ${names}${targets.length > MOST_LINES ? ` and ${targets.length - MOST_LINES} more` : ''}.`,
    `Runs that did all they had to: ${runs.join(', ') || 'none is known'}.`,
  ]
}

/** What was counted anew meanwhile is all there is. */
const since = (all: number, before = 0): number => (all >= before ? all - before : all)

interface Told {
  what: string
  began: number
  over: number
}

function told({ before, counted }: LetterFacts): Told[] {
  return Object.entries(counted.told)
    .map(([what, [began, over]]) => {
      const [had, hadOver] = before.told[what] ?? [0, 0]
      return { what, began: since(began, had), over: since(over, hadOver) }
    })
    .filter(({ began, over }) => began + over > 0)
    .sort((a, b) => b.began - a.began || (a.what < b.what ? -1 : 1))
}

function incidents(facts: LetterFacts): string[] {
  const all = told(facts)
  const [began, over] = [sumOf(all, (one) => one.began), sumOf(all, (one) => one.over)]
  return [
    all.length === 0 ? 'Incidents: none began, none ended.' : `Incidents: ${began} began, ${over} ended.`,
    ...some(all, ({ what, began: begun, over: done }) => `${what}: ${begun} began, ${done} ended`),
    ...(facts.standing.length === 0 ? ['Open now: nothing.'] : ['Open now:']),
    ...some(worstFirst(facts.standing), (one) => `${one.severity.toUpperCase()} ${sayStanding(one, facts.at)}`),
  ]
}

const worstFirst = (standing: Standing[]): Standing[] =>
  standing.toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || a.since - b.since)

const sayStanding = ({ target, headline, rule, since: from }: Standing, now: number): string =>
  `${target}: ${headline} (${rule}, for ${formatDuration(now - from)})`

function sessions({ ended, rehearsed }: LetterFacts): string[] {
  const byTarget = Object.entries(ended?.byTarget ?? {}).sort((a, b) => b[1] - a[1])
  const sum = sumOf(byTarget, ([, n]) => n)
  const list = byTarget.slice(0, MOST_LINES).map(([target, n]) => `${target} ${formatCount(n)}`)
  return [
    ended === undefined
      ? 'Sessions ended: not known.'
      : `Sessions ended: ${ended.more ? 'more than ' : ''}${formatCount(sum)}${list.length > 0 ? ` (${list.join(', ')})` : ''}.`,
    ...(rehearsed.length > 0 ? ['Where none may be ended:'] : []),
    ...some(rehearsed, ({ target, says }) => `${target}: ${says}`),
  ]
}

function fullest({ stored }: LetterFacts): string {
  const [first] = stored.toSorted((a, b) => (shareOf(b.measure) ?? 0) - (shareOf(a.measure) ?? 0))
  if (first === undefined) return 'Fullest storage: no limit is known to be near to.'
  return `Fullest storage: ${first.target}, ${sayLevel(first.measure)}; ${sayForecast(first)}.`
}

function sayForecast({ forecast, measure }: StoredAmount): string {
  if (forecast === undefined) return 'how it grows could not be read'
  if (forecast.kind === 'none') return `no date when it is full: ${forecast.why}`
  const { perDay, fullAt, earliestAt, latestAt } = forecast
  const between =
    latestAt === undefined
      ? `${dayOf(earliestAt)} at the earliest`
      : `between ${dayOf(earliestAt)} and ${dayOf(latestAt)}`
  return `at ${sayAmount(measure, perDay)} a day it is full about ${dayOf(fullAt)}, ${between}`
}

const dayOf = (at: number): string => formatTime(at).slice(0, 10)

function oldestSnapshot({ snapshots, at }: LetterFacts): string {
  const [first] = snapshots.toSorted((a, b) => a.newestAt - b.newestAt)
  if (first === undefined) return 'Oldest snapshot: none is known.'
  return `Oldest snapshot: ${first.target}, whose newest good one is ${formatDuration(at - first.newestAt)} old.`
}

function notSeen({ standing, faults, at }: LetterFacts): string[] {
  const unseen = standing.filter((one) => one.unseen)
  const lines = [...unseen.map((one) => sayStanding(one, at)), ...faults]
  if (lines.length === 0) return ['Could not be looked at: nothing.']
  return ['Could not be looked at:', ...some(lines, (line) => line)]
}

/** A line for each of the first, and how many more there are. */
const some = <Thing>(things: Thing[], say: (thing: Thing) => string): string[] => [
  ...things.slice(0, MOST_LINES).map((thing) => `${ITEM}${say(thing)}`),
  ...(things.length > MOST_LINES ? [`${ITEM}and ${things.length - MOST_LINES} more`] : []),
]

const sumOf = <Thing>(things: Thing[], of: (thing: Thing) => number): number =>
  things.reduce((sum, thing) => sum + of(thing), 0)

/** For how far back what was ended is listed: to the last letter, and no further than the record goes. */
export const daysSince = (from: number, now: number): number => Math.min(90, Math.max(1, Math.ceil((now - from) / DAY)))
