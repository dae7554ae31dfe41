/** What a person reads: one subject, one mail and, if anything is critical, one SMS for all notices of a run. Pure. */
import { type Finding, isWorse, SEVERITIES, type Severity, type Table } from '../checks/finding.ts'
import { sayHeldBack } from '../quiet/words.ts'
import { formatDuration, formatTime } from '../units.ts'
import { ascii, gsm7, oneLine } from './clean.ts'
import { type Incident, type NoticeKind, noticeSeverity } from './transition.ts'

export interface Notice {
  target: string
  rule: string
  kind: NoticeKind
  incident: Incident
  /** This run's finding; absent when this run could not judge the rule. */
  finding?: Finding
  /** The user's own words about the target. */
  note?: string
  /** What else is open on the target and was told before. */
  standing?: string[]
  /** Where to look at the target. */
  links: { name: string; url: string }[]
  /** The rule's section of the runbook. */
  runbook: string
  /** The incident table could not be used: nobody knows whether this was told before. */
  untracked?: boolean
}

export interface Digest {
  /** At most 99 ASCII characters, no line break. */
  subject: string
  email: string
  /** At most 160 characters of GSM-7's basic set; absent when nothing is or was critical, or all that is has rung before. */
  sms?: string
  /** The message attribute that subscriptions filter on. */
  severity: 'critical' | 'still-critical' | 'resolved-critical' | 'unknown' | 'warning' | 'resolved' | 'letter'
}

/** SNS takes 262,144 bytes for all parts together, counted as JSON writes them: a line break or a quote is two. */
const MOST_EMAIL = 200_000
/** Beyond these a mail is no longer read: the others get a line each. */
const MOST_IN_FULL = 20

/**
 * @param notices at least one
 * @param remindersRing whether a telephone hears that something is still critical; without it, it does
 */
export function wordDigest(
  notices: Notice[],
  now: number,
  { remindersRing = true }: { remindersRing?: boolean } = {},
): Digest {
  const sorted = notices.toSorted(
    (a, b) => weight(b) - weight(a) || (a.target < b.target ? -1 : a.target > b.target ? 1 : 0),
  )
  const [first] = sorted as [Notice]
  const rings = ({ incident, kind }: Notice) =>
    noticeSeverity(incident, kind) === 'critical' && (remindersRing || kind !== 'reminder')
  const critical = sorted.filter(rings)
  return {
    subject: withRest(ascii, `[${label(first)}] ${first.target}: ${headline(first)}`, sorted.length - 1, 99),
    email: email(sorted, now),
    ...(critical.length > 0 && { sms: sms(critical as [Notice, ...Notice[]]) }),
    severity: digestSeverity(first, critical),
  }
}

function digestSeverity(first: Notice, ringing: Notice[]): Digest['severity'] {
  if (ringing.some(({ kind }) => kind !== 'resolved')) return 'critical'
  if (ringing.length > 0) return 'resolved-critical'
  if (first.kind === 'resolved') return 'resolved'
  const severity = noticeSeverity(first.incident, first.kind)
  if (severity === 'critical') return 'still-critical'
  return severity === 'unknown' ? 'unknown' : 'warning'
}

/** The worst first, what is over last. */
const weight = (notice: Notice): number =>
  (notice.kind === 'resolved' ? 0 : SEVERITIES.length) +
  SEVERITIES.indexOf(noticeSeverity(notice.incident, notice.kind))

const label = ({ kind, incident }: Notice): string =>
  kind === 'resolved'
    ? 'RESOLVED'
    : `${kind === 'reminder' ? 'STILL ' : ''}${noticeSeverity(incident, kind).toUpperCase()}`

/** The incident's words: those of this run's finding, except while it stands although this one look found it well. */
const headline = ({ incident }: Notice): string => incident.headline

/** `text`, cut so that what is left out is still counted. */
function withRest(clean: (text: string, most: number) => string, text: string, rest: number, most: number): string {
  const tail = rest > 0 ? ` (+${rest} more)` : ''
  return `${clean(text, most - tail.length)}${tail}`
}

function sms(critical: [Notice, ...Notice[]]): string {
  const [first] = critical
  const { finding, note } = first
  const start = `${label(first)} ${first.target}: ${headline(first)}`
  const more = first.kind === 'resolved' ? [] : [finding?.brief, note]
  return withRest(gsm7, [start, ...more.filter(Boolean)].join('. '), critical.length - 1, 160)
}

function email(notices: Notice[], now: number): string {
  const byTarget = Map.groupBy(notices.slice(0, MOST_IN_FULL), ({ target }) => target)
  const full = [...byTarget.values()].map((ofTarget) => targetSection(ofTarget as [Notice, ...Notice[]], now))
  const short = notices
    .slice(MOST_IN_FULL)
    .map((notice) => oneLine(`${label(notice)} ${notice.target}: ${headline(notice)}`, 160))
  const text = [...full, ...(short.length > 0 ? [`And ${short.length} more:\n${short.join('\n')}\n`] : [])].join(
    `\n${'-'.repeat(72)}\n\n`,
  )
  if (bytesOnTheWire(text) <= MOST_EMAIL) return text
  let bytes = 0
  const kept: string[] = []
  for (const line of text.split('\n')) {
    bytes += bytesOnTheWire(`${line}\n`)
    if (bytes > MOST_EMAIL) break
    kept.push(line)
  }
  return `${kept.join('\n')}\n\n... cut here: the whole is in the function's report and log.\n`
}

const bytesOnTheWire = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2

/** All that is to be told of one target: first what was done, then each notice, then what else stands, the note, the links. */
function targetSection(notices: [Notice, ...Notice[]], now: number): string {
  const [{ note, links }] = notices
  const done = [...new Set(notices.flatMap(({ finding }) => finding?.done ?? []))]
  const advised = new Set<string>()
  const [first, ...others] = notices.map((notice) => noticeSection(notice, now, advised)) as [string[], ...string[][]]
  // Below the first headline: whoever reads this at night must know first what has been done already.
  if (done.length > 0) first.splice(1, 0, '', 'Nightshift has done:', ...done.map((one) => `  - ${oneLine(one, 400)}`))
  const lines = [first, ...others].flatMap((section) => [...section, ''])
  const standing = [...new Set(notices.flatMap((notice) => notice.standing ?? []))]
  if (standing.length > 0) lines.push('Still open:', ...standing.map((one) => `  - ${oneLine(one, 200)}`), '')
  if (note && notices.some(({ kind }) => kind !== 'resolved')) lines.push(`Note: ${oneLine(note, 500)}`, '')
  lines.push(...links.map(({ name, url }) => `${name}: ${url}`))
  return `${lines.join('\n')}\n`
}

/** @param advised what was advised above: no step is told twice */
function noticeSection(notice: Notice, now: number, advised: Set<string>): string[] {
  const { incident, finding, kind, target, rule, runbook, untracked } = notice
  const lines = [oneLine(`${label(notice)} ${target}: ${headline(notice)}`, 240), '', since(incident, kind, now)]
  if (incident.held && kind !== 'resolved') lines.push(sayHeldBack(incident.held))
  if (finding === undefined)
    lines.push('It could not be looked at again just now: these are the words of the last look that could.')
  if (untracked)
    lines.push(
      "Nightshift's incident table could not be used just now: this may have been told before, and may be told again.",
    )
  if (kind === 'resolved')
    return [...lines, ...(incident.was ? [`It was: ${oneLine(incident.was, 240)}`] : []), `Rule: ${rule}`]
  if (finding?.unseen && incident.severity === 'critical')
    lines.push(
      `Nobody has been able to look at it for ${formatDuration(now - (incident.unseenSince ?? incident.since))}: nobody is watching it.`,
    )
  if (finding?.severity === 'ok' && finding.recovered)
    lines.push('At this look it was well again; once it has been so for long enough, it is told to be over.')
  if (finding?.summary) lines.push('', oneLine(finding.summary, 1_000))
  if (finding?.evidence && finding.evidence.rows.length > 0) lines.push('', ...table(finding.evidence))
  if (finding?.advice && finding.advice.length > 0) lines.push('', ...steps(finding.advice, advised))
  lines.push('', `Rule: ${rule}   Runbook: ${runbook}`)
  return lines
}

function since({ since: from, until, told, worst, severity }: Incident, kind: NoticeKind, now: number): string {
  if (kind === 'resolved') {
    const lasted = `It lasted from ${formatTime(from)} to ${formatTime(until ?? now)} (${formatDuration((until ?? now) - from)}).`
    return told ? lasted : `${lasted} It could not be told while it lasted.`
  }
  const standing =
    now - from < 60_000 ? `Since ${formatTime(from)}.` : `Since ${formatTime(from)} (${formatDuration(now - from)}).`
  return kind !== 'reminder' && isWorse(worst, severity)
    ? `${standing} It was ${worst} and is ${better(severity)} now.`
    : standing
}

const better = (severity: Severity): string => (severity === 'ok' ? 'better' : severity)

const MOST_CELL = 44

function table({ columns, rows }: Table): string[] {
  const cells = [columns, ...rows].map((row) =>
    row.map((cell, i) => oneLine(cell, i === row.length - 1 ? 120 : MOST_CELL)),
  )
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => [...(row[i] ?? '')].length)))
  return cells.map((row) =>
    `  ${row.map((cell, i) => (/^\d+$/.test(cell) ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number))).join('  ')}`.trimEnd(),
  )
}

function steps(advice: string[], advised: Set<string>): string[] {
  const fresh = advice.filter((one) => !advised.has(one))
  for (const one of fresh) advised.add(one)
  if (fresh.length === 0) return ['What to do: as above.']
  const title = fresh.length < advice.length ? 'What to do besides:' : 'What to do:'
  return [title, ...fresh.map((one, i) => `  ${i + 1}. ${oneLine(one, 400)}`)]
}
