/**
 * The life of an incident: one pure decision per look, with its reason. After Alertmanager's `needsUpdate` and
 * healthchecks' flips: what is true and what has been told are two things, and a notice is whatever lies between them.
 * So a notice that could not be sent stays due by itself, and one that was sent never is.
 */
import { type Finding, isWorse, type Severity } from '../checks/finding.ts'
import type { HeldBy, Snooze } from '../quiet/quiet.ts'

/** What the table keeps of one rule on one target. Times are epoch milliseconds. */
export interface Incident {
  /** `ended`: over, but that has not been told yet. */
  status: 'pending' | 'open' | 'ended'
  severity: Severity
  /** Since when the rule has been broken without a break. */
  since: number
  /** When it ended; with status `ended`. */
  until?: number
  /** When it was last found broken. */
  brokenAt: number
  /** Since when no look has got in, for what becomes critical with time. */
  unseenSince?: number
  /** The last looks, newest last: was the rule broken? */
  looks: boolean[]
  /** The worst it has been since people were last told of it. */
  worst: Severity
  /** Whether it has been at its worst possible since people were last told: full, not nearly full. */
  acute?: boolean
  /** What people were last told, or saw when they asked for quiet, and when they were told; absent while they know nothing. */
  told?: { severity: Severity; at: number; acute?: boolean }
  /** The worst people were ever told of this incident: who heard of a critical hears that it is over. */
  toldWorst?: Severity
  /** The notice that a run is sending at this moment: nobody else sends it until the claim runs out. */
  claim?: { run: string; until: number }
  /** Nobody can change it: told once, and no reminders. */
  once?: boolean
  /** Looks in a row that found it broken otherwise, but not yet often enough to be believed. */
  otherwise?: number
  /**
   * Its news was held back, and by what. `until`: when that was over; absent while it lasts. `owed`: what was to be told, or
   * may have been told, before that began.
   */
  held?: { since: number; until?: number; by: HeldBy; owed?: Pick<Incident, 'worst' | 'acute'> }
  /** Somebody has it in hand: no reminders until then. */
  acknowledged?: Snooze
  /** The last finding's words, for a notice that is sent when there is no newer one. */
  headline: string
  /** Once it is over, the last words before. */
  was?: string
}

export type NoticeKind = 'opened' | 'escalated' | 'reminder' | 'resolved'

export interface TellPolicy {
  /** A warning opens once `looks` of the last `of` looks agree. */
  confirm: { looks: number; of: number }
  remindMs: { critical: number; unknown: number; warning: number }
  /** A target that could not be looked at for so long is critical: nobody is watching it. */
  unseenIsCriticalMs: number
}

const opensAtOnce = ({ opens, severity }: Finding): boolean =>
  (opens ?? (severity === 'critical' ? 'at-once' : 'confirmed')) === 'at-once'

/** The incident after a look, or undefined when there is none (any more). */
export function afterLook(
  before: Incident | undefined,
  finding: Finding,
  now: number,
  { confirm, unseenIsCriticalMs }: TellPolicy,
): Incident | undefined {
  const broken = finding.severity !== 'ok'
  const looks = [...(before?.looks ?? []), broken].slice(-confirm.of)
  const agreeing = looks.filter(Boolean).length
  if (before === undefined || before.status === 'pending') {
    if (!broken) return agreeing === 0 || before === undefined ? undefined : { ...before, looks }
    const atOnce = opensAtOnce(finding)
    const since = before?.looks.at(-1) ? before.since : now
    return {
      status: atOnce || agreeing >= confirm.looks ? 'open' : 'pending',
      severity: finding.severity,
      since,
      brokenAt: now,
      looks,
      worst: finding.severity,
      ...(finding.acute && { acute: true }),
      ...(finding.unseen && { unseenSince: since }),
      ...(finding.once && { once: true }),
      headline: finding.headline,
    }
  }
  if (broken) {
    // Back again before anybody was told that it was over: the same incident goes on.
    const {
      until: _,
      was: _was,
      acute: _acute,
      unseenSince: _unseen,
      once: _once,
      otherwise: _otherwise,
      ...going
    } = before
    // One look that fails otherwise does not make it what people must be reminded of.
    const otherwise = before.once && !finding.once && !opensAtOnce(finding) ? (before.otherwise ?? 0) + 1 : 0
    const once = finding.once || (otherwise > 0 && otherwise < confirm.looks)
    const acute = finding.acute || (before.acute && !before.told?.acute)
    const unseenSince = finding.unseen ? (before.unseenSince ?? before.since) : undefined
    const unseen = unseenSince !== undefined && before.status === 'open' && now - unseenSince >= unseenIsCriticalMs
    const severity = unseen ? 'critical' : finding.severity
    const worst = isWorse(severity, before.worst) ? severity : before.worst
    return {
      ...going,
      status: 'open',
      severity,
      brokenAt: now,
      looks,
      worst,
      ...(acute && { acute }),
      ...(unseenSince !== undefined && { unseenSince }),
      ...(once && { once: true }),
      ...(once && otherwise > 0 && { otherwise }),
      headline: finding.headline,
    }
  }
  if (before.status === 'ended') return { ...before, looks }
  return notBroken(before, finding, looks, now, confirm)
}

/** An open incident whose rule was not broken at this look. */
function notBroken(
  { unseenSince: _, ...before }: Incident,
  finding: Finding,
  looks: boolean[],
  now: number,
  confirm: TellPolicy['confirm'],
): Incident {
  const agreeing = looks.filter(Boolean).length
  // Between warning and recovery it is no longer what it was, but not over.
  if (!finding.recovered) {
    return {
      ...before,
      looks,
      severity: before.severity === 'critical' ? 'warning' : before.severity,
      headline: finding.headline,
    }
  }
  // As many good looks in a row as are ever asked: what comes and goes is one incident, not one for each time.
  if (finding.closes === 'confirmed' && (looks.length < confirm.of || agreeing > 0)) return { ...before, looks }
  if (now - before.brokenAt < (finding.closesAfterMs ?? 0)) return { ...before, looks }
  return { ...before, status: 'ended', until: now, looks, headline: finding.headline, was: before.headline }
}

/** The notice that is due, if any, and why: the difference between what is and what has been told. */
export function dueNotice(
  incident: Incident,
  now: number,
  { remindMs }: TellPolicy,
): { kind: NoticeKind; reason: string } | undefined {
  const { status, told, worst, severity } = incident
  if (status === 'pending') return undefined
  if (status === 'ended')
    return {
      kind: 'resolved',
      reason: told ? 'it is over, and people know of it' : 'it came and went while nothing could be sent',
    }
  if (told === undefined) return { kind: 'opened', reason: 'it is new: told for the first time' }
  if (isWorse(worst, told.severity))
    return { kind: 'escalated', reason: `it has become ${worst}, told was ${told.severity}` }
  if (incident.acute && !told.acute) return { kind: 'escalated', reason: 'something about it cannot wait' }
  if (incident.once) return undefined
  const remindAfter = severity === 'ok' ? remindMs.warning : remindMs[severity]
  if (now - told.at >= remindAfter) return { kind: 'reminder', reason: 'it still stands' }
  return undefined
}

/** The incident with a claim on its due notice, or undefined when another run is sending it at this moment. */
export function claimNotice(incident: Incident, run: string, now: number, leaseMs: number): Incident | undefined {
  if (incident.claim && incident.claim.run !== run && incident.claim.until > now) return undefined
  return { ...incident, claim: { run, until: now + leaseMs } }
}

/** What a notice says it is: a reminder how it stands, the others the worst that people have not yet heard of. */
export const noticeSeverity = ({ severity, worst, toldWorst }: Incident, kind: NoticeKind): Severity =>
  kind === 'reminder' ? severity : kind === 'resolved' ? (toldWorst ?? worst) : worst

/**
 * The incident once SNS has taken its notice; undefined when with that it is done. Only for the run that holds the claim.
 * @param incident as it is in the table now: other runs may have looked since
 * @param sent as it was when the notice was worded
 */
export function afterTelling(incident: Incident, kind: NoticeKind, sent: Incident, now: number): Incident | undefined {
  // Broken again while "resolved" was on its way: people believe it over, so it opens anew.
  if (kind === 'resolved' && incident.status === 'ended') return undefined
  const { claim: _, acute: _acute, held: _held, ...rest } = incident
  if (kind === 'resolved') {
    const { told: _told, toldWorst: _worst, acknowledged: _acknowledged, ...anew } = rest
    return { ...anew, since: now, worst: rest.severity }
  }
  const toldSeverity = noticeSeverity(sent, kind)
  const toldWorst = rest.toldWorst && isWorse(rest.toldWorst, toldSeverity) ? rest.toldWorst : toldSeverity
  // What grew worse while the notice was on its way is still to be told.
  const worst = isWorse(rest.worst, sent.worst) ? rest.worst : rest.severity
  // Whoever has a problem in hand has not said so of a worse one, nor of what it was before they saw it.
  const worse = kind === 'escalated' || (kind === 'opened' && isWorse(toldSeverity, rest.severity))
  const { acknowledged, ...others } = rest
  return {
    ...others,
    ...(acknowledged && !worse && { acknowledged }),
    told: { severity: toldSeverity, at: now, ...(sent.acute && { acute: true }) },
    ...(incident.acute && !sent.acute && { acute: true }),
    toldWorst,
    worst,
  }
}
