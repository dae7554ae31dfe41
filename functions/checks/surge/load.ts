/** Is a database filling up with work, or with something else? A leak, a deployment and more pods bring idle sessions. */
import { familyOf } from '../applications.ts'
import { grade, type Severity, type Thresholds } from '../finding.ts'
import type { SeenReading } from '../reading.ts'
import { LOAD_SHARE, saturationPercent } from '../victims.ts'
import { applicationsOf } from './clients.ts'
import { calmest, type RecentLook } from './recent.ts'

export interface Load {
  severity: Severity
  recovered: boolean
  /** What the rise is measured against, where anything is known of before. */
  calm: RecentLook | undefined
  /** Whether work fills the database, be it of one application alone: a surge or not, nobody is ended then. */
  fills: boolean
}

/** How much work must have come, in percent of the usable connections, and how much of all that has come. */
const OPENS = { percent: 15, share: 2 / 3 }
/** Less than that keeps a surge standing, so that none ends and begins again while its load goes up and down. */
const STANDS = { percent: 10, share: 1 / 2, ofAll: 1 / 3 }

/**
 * How bad the load is. Without a surge standing, it needs a rise that is made of work, of several applications or of one of
 * the two that there are; of several, past the critical limit, it is also enough that most of what is taken is at work:
 * nothing may be known of before.
 */
export function loadOf(reading: SeenReading, recent: RecentLook[], surgeStands: boolean, limits: Thresholds): Load {
  const calm = calmest(recent, reading, surgeStands)
  const { severity, recovered } = grade(saturationPercent(reading), limits)
  const share = reading.used > 0 ? reading.atWork / reading.used : 0
  const rises = risesWithWork(reading, calm, OPENS)
  const isLoad = surgeStands
    ? share >= STANDS.ofAll || risesWithWork(reading, calm, STANDS)
    : inSeveralApplications(reading)
      ? rises || (severity === 'critical' && share > LOAD_SHARE)
      : rises && isAloneWithItsRise(reading, calm)
  return {
    severity: isLoad ? severity : 'ok',
    recovered: recovered || !isLoad,
    calm,
    fills: rises && severity !== 'ok',
  }
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

/** A cron job of one session is no application that counts, neither for nor against. */
const leastOf = ({ limit }: SeenReading): number => Math.max(2, limit.usable * 0.02)

/** Whether it is more than one application that works: where there are many, one alone is a batch. */
function inSeveralApplications(reading: SeenReading): boolean {
  const least = leastOf(reading)
  const applications = applicationsOf(reading)
  const large = applications.filter(({ sessions }) => sessions >= least)
  const busy = large.filter(({ atWork, sessions }) => atWork >= least && atWork > sessions / 2)
  // Where every process has a name of its own, none is large, and none has much of the work.
  const most = Math.max(0, ...applications.map(({ atWork }) => atWork))
  return busy.length >= Math.max(2, Math.min(ENOUGH, Math.floor(large.length / 2) + 1)) || most <= reading.atWork / 2
}

/**
 * Whether a rise of one application's work is a surge: beside a worker that waits there is no other to rise with it. One that
 * came with its work, and was not there before, is a batch.
 */
function isAloneWithItsRise(reading: SeenReading, calm: RecentLook | undefined): boolean {
  const least = leastOf(reading)
  const applications = applicationsOf(reading)
  const [busiest] = applications.toSorted((a, b) => b.atWork - a.atWork)
  const wasThere = !calm?.applications || !busiest || calm.applications.includes(familyOf(busiest.name))
  return applications.filter(({ sessions }) => sessions >= least).length < ENOUGH && wasThere
}
