/** The weekly letter: what was watched and what happened, to be read in a minute. Pure. */
import { SEVERITIES } from '../checks/finding.ts'
import type { Standing } from '../checks/heartbeat/reading.ts'
import { ascii, oneLine } from '../incidents/clean.ts'
import type { Digest } from '../incidents/wording.ts'
import { count, formatCount, formatDuration, formatTime } from '../units.ts'
import { type BlindSpot, partBlindSpots } from './blind-spots.ts'
import { PRICES_OF } from './cost.ts'
import type { LetterFacts } from './facts.ts'
import { fullest, oldestSnapshot } from './stored-words.ts'

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
    ...(facts.quiet.length > 0 ? [quiet(facts)] : []),
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
  const { seen } = partBlindSpots(facts.standing, facts.faults)
  return [
    all.length === 0 ? 'Incidents: none began, none ended.' : `Incidents: ${began} began, ${over} ended.`,
    ...some(all, ({ what, began: begun, over: done }) => `${what}: ${begun} began, ${done} ended`),
    ...longerAgo(facts.before),
    seen.length > 0
      ? 'Open now:'
      : `Open now: nothing${facts.standing.length > 0 ? ' but what could not be looked at, below' : ''}.`,
    ...some(worstFirst(seen), (one) => sayStanding({ ...one, rules: [one.rule] }, facts.at)),
    ...dropped(facts),
  ]
}

/** What the last letter could not read is told in this one, though it happened before that. */
const longerAgo = ({ unread }: LetterFacts['before']): string[] => {
  const names = [...(unread?.targets ?? []), ...(unread?.checks ?? [])]
  if (names.length === 0) return []
  const more = names.length > MOST_LINES ? ` and ${names.length - MOST_LINES} more` : ''
  return [
    `Counted since the letter before the last one, which could not read it: ${names.slice(0, MOST_LINES).join(', ')}${more}.`,
  ]
}

const worstFirst = <One extends Pick<Standing, 'severity' | 'since'>>(standing: One[]): One[] =>
  standing.toSorted((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || a.since - b.since)

const sayStanding = ({ target, severity, headline, rules, since: from }: BlindSpot, now: number): string =>
  `${severity.toUpperCase()} ${target}: ${headline} (${rules.join(', ')}, for ${formatDuration(now - from)})`

function dropped({ dropped: targets }: LetterFacts): string[] {
  if (targets.length === 0) return []
  return [
    `No longer in the configuration, under this name at least: ${count(targets.length, 'target')} of the last letter. Nobody looks at what was open there, and nobody tells when it is over.`,
    ...some(
      targets.toSorted((a, b) => b.open.length - a.open.length),
      ({ target, open }) =>
        `${target}: ${open.length === 0 ? 'nothing was open' : `${count(open.length, 'incident')} open when last looked at: ${open.join('; ')}`}`,
    ),
  ]
}

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

function notSeen({ standing, faults, at }: LetterFacts): string[] {
  const { blind } = partBlindSpots(standing, faults)
  const lines = [...worstFirst(blind).map((one) => sayStanding(one, at)), ...faults]
  if (lines.length === 0) return ['Could not be looked at: nothing.']
  return ['Could not be looked at:', ...some(lines, (line) => line)]
}

const quiet = (facts: LetterFacts): string[] => [
  'Kept quiet:',
  ...some(facts.quiet, ({ target, says }) => `${target}: ${says}`),
]

/** A line for each of the first, and how many more there are. */
const some = <Thing>(things: Thing[], say: (thing: Thing) => string): string[] => [
  ...things.slice(0, MOST_LINES).map((thing) => `${ITEM}${say(thing)}`),
  ...(things.length > MOST_LINES ? [`${ITEM}and ${things.length - MOST_LINES} more`] : []),
]

const sumOf = <Thing>(things: Thing[], of: (thing: Thing) => number): number =>
  things.reduce((sum, thing) => sum + of(thing), 0)

/** For how far back what was ended is listed: to the last letter, and no further than the record goes. */
export const daysSince = (from: number, now: number): number => Math.min(90, Math.max(1, Math.ceil((now - from) / DAY)))
