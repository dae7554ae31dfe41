/**
 * What becomes of an incident while its notices are held back. A notice is the difference between what is true and what was
 * told, so what is still true when the quiet is over is due by itself. What is no longer true then must not be: that it came
 * and went, or was worse for a while, is told to nobody. Pure.
 */
import type { Finding } from '../checks/finding.ts'
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

/**
 * @param after the incident with this look in it
 * @param finding of this look; undefined: it could not judge the rule
 */
export function decide(
  after: Incident,
  finding: Finding | undefined,
  quiet: Quiet,
  now: number,
  policy: TellPolicy,
): Decision {
  const incident = asItIs(withoutExpired(after, now), finding)
  if (isHeld(incident) && incident.status === 'ended' && !incident.told)
    return { incident: undefined, held: { kind: 'resolved', by: incident.held.by, still: 'gone' } }
  const found = dueNotice(incident, now, policy)
  // What could not be judged just now is not told to be standing: a database that sleeps all night rings nobody.
  const notice = found?.kind === 'reminder' && finding === undefined ? undefined : found
  const isNews = notice?.kind === 'opened' || notice?.kind === 'escalated'
  const by = notice && holdBack(notice.kind, incident, quiet, now)
  if (notice && by) {
    const since = incident.held?.since ?? now
    return {
      incident: isNews ? { ...incident, held: { since, by } } : withoutHeld(incident),
      held: { kind: notice.kind, by },
    }
  }
  if (notice && isNews && isHeld(incident) && !isBroken(finding))
    return { incident, held: { kind: notice.kind, by: incident.held.by, still: 'waits' } }
  if (notice === undefined || !isNews) return { incident: withoutHeld(incident), ...(notice && { notice }) }
  return { incident: isHeld(incident) ? { ...incident, held: { ...incident.held, until: now } } : incident, notice }
}

const isHeld = (incident: Incident): incident is Incident & { held: NonNullable<Incident['held']> } =>
  incident.held !== undefined && incident.held.until === undefined

/** What was held back is told once a look finds it still so: neither while it is on its way to be over, nor unseen. */
const isBroken = (finding: Finding | undefined): boolean =>
  finding !== undefined && !(finding.severity === 'ok' && finding.recovered)

/** While news of it is held back, only what is true at this look counts, not the worst since people were last told. */
function asItIs(incident: Incident, finding: Finding | undefined): Incident {
  if (!isHeld(incident) || incident.status !== 'open' || finding === undefined) return incident
  const { acute: _, ...rest } = incident
  return { ...rest, worst: rest.severity, ...(finding.acute && { acute: true }) }
}

function withoutHeld(incident: Incident): Incident {
  const { held: _, ...rest } = incident
  return rest
}

function withoutExpired(incident: Incident, now: number): Incident {
  if (lasts(incident.acknowledged, now)) return incident
  const { acknowledged: _, ...rest } = incident
  return rest
}
