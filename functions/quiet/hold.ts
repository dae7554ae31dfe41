/**
 * What becomes of an incident while its notices are held back. A notice is the difference between what is true and what was
 * told, so what is still true when the quiet is over is due by itself. What is no longer true then must not be: that it came
 * and went, or was worse for a while, is told to nobody. But quiet takes nothing back: what was to be told before it began,
 * and perhaps was by a run that then died, is told how it went on. Pure.
 */
import { type Finding, isWorse } from '../checks/finding.ts'
import { dueNotice, type Incident, type NoticeKind, type TellPolicy } from '../incidents/transition.ts'
import { type HeldBy, holdBack, lasts, type Quiet } from './quiet.ts'

export interface Decision {
  /** Undefined: it is over, and nobody is to hear of it. */
  incident: Incident | undefined
  /** To be told now. */
  notice?: { kind: NoticeKind; reason: string }
  /**
   * Due and not told now, and by what. `waits`: that is over, but this look does not find it so; `gone`: nor ever, since it
   * came and went meanwhile.
   */
  held?: { kind: NoticeKind; by: HeldBy; still?: 'waits' | 'gone' }
}

export interface Look {
  /** The incident as it was kept. */
  before: Incident | undefined
  /** With this look in it. */
  after: Incident
  /** Of this look; undefined: it could not judge the rule. */
  finding: Finding | undefined
}

export function decide({ before, after, finding }: Look, quiet: Quiet, now: number, policy: TellPolicy): Decision {
  const incident = asItIs(unwatched(withoutExpired(after, now), quiet, now), finding)
  if (isHeld(incident) && incident.status === 'ended' && !incident.told && !incident.held.owed)
    return { incident: undefined, held: { kind: 'resolved', by: incident.held.by, still: 'gone' } }
  const found = dueNotice(incident, now, policy)
  // What could not be judged just now, or is well at this look, is not told to be standing: a database that sleeps all
  // night rings nobody.
  const notice = found?.kind === 'reminder' && (finding === undefined || isWell(finding)) ? undefined : found
  const by = notice && holdBack(notice.kind, incident, quiet, now)
  if (notice && by) {
    const since = incident.held?.since ?? now
    const owed = owedBy(before, now, policy)
    return {
      incident: isNews(notice.kind)
        ? { ...incident, held: { since, by, ...(owed && { owed }) } }
        : withoutHeld(incident),
      held: { kind: notice.kind, by },
    }
  }
  if (notice === undefined || !isNews(notice.kind))
    return { incident: withoutHeld(incident), ...(notice && { notice }) }
  if (!isHeld(incident)) return { incident, notice }
  // It is told once a look finds it still so; but what is owed does not wait for one that can judge it.
  if (isWell(finding) || (finding === undefined && !incident.held.owed))
    return { incident, held: { kind: notice.kind, by: incident.held.by, still: 'waits' } }
  return { incident: { ...incident, held: { ...incident.held, until: now } }, notice }
}

const isNews = (kind: NoticeKind): boolean => kind === 'opened' || kind === 'escalated'

/** What was due before anything held it back: SNS did not take it, or the run died that was sending it. */
function owedBy(before: Incident | undefined, now: number, policy: TellPolicy): NonNullable<Incident['held']>['owed'] {
  if (before === undefined) return undefined
  if (isHeld(before)) return before.held.owed
  const due = dueNotice(before, now, policy)
  // Over before anybody knew of it: who is not told that it began is told that it was.
  const isOwed = due && (isNews(due.kind) || (due.kind === 'resolved' && !before.told))
  return isOwed ? { worst: before.worst, ...(before.acute && { acute: true }) } : undefined
}

const isHeld = (incident: Incident): incident is Incident & { held: NonNullable<Incident['held']> } =>
  incident.held !== undefined && incident.held.until === undefined

/** On its way to be over: what was held back is then told as over, or not at all. */
export const isWell = (finding: Finding | undefined): boolean => finding?.severity === 'ok' && finding.recovered

/** While news of it is held back, only what is true at this look counts, not the worst since people were last told. */
function asItIs(incident: Incident, finding: Finding | undefined): Incident {
  if (!isHeld(incident) || incident.status !== 'open' || finding === undefined) return incident
  const { acute: _, ...rest } = incident
  const { owed } = incident.held
  const worst = owed && isWorse(owed.worst, rest.severity) ? owed.worst : rest.severity
  return { ...rest, worst, ...((finding.acute || owed?.acute) && { acute: true }) }
}

/** In maintenance nobody expects to see it: for how long it was not seen is counted from the last look therein. */
const unwatched = (incident: Incident, { maintenance }: Quiet, now: number): Incident =>
  maintenance && incident.unseenSince !== undefined ? { ...incident, unseenSince: now } : incident

function withoutHeld(incident: Incident): Incident {
  const { held: _, ...rest } = incident
  return rest
}

function withoutExpired(incident: Incident, now: number): Incident {
  if (lasts(incident.acknowledged, now)) return incident
  const { acknowledged: _, ...rest } = incident
  return rest
}
