/** Is a database filling up with work, or with something else? A leak, a deployment and more pods bring idle sessions. */
import { type Application, byApplication } from '../applications.ts'
import { grade, type Severity, type Thresholds } from '../finding.ts'
import type { SeenReading } from '../reading.ts'
import { LOAD_SHARE, saturationPercent } from '../victims.ts'
import { calmest, type RecentLook } from './recent.ts'

export interface Load {
  severity: Severity
  recovered: boolean
  /** What the rise is measured against, where anything is known of before. */
  calm: RecentLook | undefined
}

/** How much work must have come, in percent of the usable connections, and how much of all that has come. */
const OPENS = { percent: 15, share: 2 / 3 }
/** Less than that keeps a surge standing, so that none ends and begins again while its load goes up and down. */
const STANDS = { percent: 10, share: 1 / 2, ofAll: 1 / 3 }

/**
 * How bad the load is. Without a surge standing, it needs several applications at work, and a rise that is made of work;
 * past the critical limit it is also enough that most of what is taken is at work: nothing may be known of before.
 */
export function loadOf(reading: SeenReading, recent: RecentLook[], surgeStands: boolean, limits: Thresholds): Load {
  const calm = calmest(recent, reading, surgeStands)
  const { severity, recovered } = grade(saturationPercent(reading), limits)
  const share = reading.used > 0 ? reading.atWork / reading.used : 0
  const isLoad = surgeStands
    ? share >= STANDS.ofAll || risesWithWork(reading, calm, STANDS)
    : inSeveralApplications(reading) &&
      (risesWithWork(reading, calm, OPENS) || (severity === 'critical' && share > LOAD_SHARE))
  return { severity: isLoad ? severity : 'ok', recovered: recovered || !isLoad, calm }
}

function risesWithWork(
  { used, atWork, limit }: SeenReading,
  calm: RecentLook | undefined,
  { percent, share }: { percent: number; share: number },
): boolean {
  if (calm === undefined) return false
  const work = atWork - calm.atWork
  return work > 0 && work >= (limit.usable * percent) / 100 && work >= (used - calm.used) * share
}

/** So many applications at work, or most of the few that there are, are several. */
const ENOUGH = 3

/** Whether it is more than one application that works: one alone is a batch, except where there is no other. */
function inSeveralApplications(reading: SeenReading): boolean {
  // A cron job of one session is no application that counts, neither for nor against.
  const counts = Math.max(2, reading.limit.usable * 0.02)
  const applications = applicationsOf(reading)
  const large = applications.filter(({ sessions }) => sessions >= counts)
  const busy = large.filter(({ atWork, sessions }) => atWork >= counts && atWork > sessions / 2)
  // Where every process has a name of its own, none is large, and none has much of the work.
  const most = Math.max(0, ...applications.map(({ atWork }) => atWork))
  return busy.length >= Math.min(ENOUGH, Math.floor(large.length / 2) + 1) || most <= reading.atWork / 2
}

/** Whatever is neither Neon's nor ours. */
export const applicationsOf = ({ groups }: SeenReading): Application[] =>
  byApplication(
    groups.filter(
      ({ protection, application }) =>
        protection === null ||
        !['neon', 'superuser', 'neon-http-pool', ...(application === '' ? ['own-role'] : [])].includes(protection),
    ),
  )
