/** Windows that contradict themselves, or would keep Nightshift silent for too long. */
import { resolveWindows, type WindowConfig } from './config-quiet.ts'
import { coverage, WEEK_MINUTES } from './quiet/coverage.ts'
import { formatDuration, parseDuration } from './units.ts'
import { recordOf, show } from './written.ts'

const HOUR = 60
/** How wide windows may be, in minutes of a week, and what is not told in them. */
interface Limits {
  most: number
  /** Without a break. */
  longest: number
  untold: string
}
/** A target in maintenance for longer is not watched but now and then. */
const MAINTENANCE: Limits = { most: WEEK_MINUTES / 2, longest: WEEK_MINUTES, untold: 'nothing' }
/** All but a working week of 40 hours; and no longer than from Friday at five to Monday at nine. */
const QUIET_HOURS: Limits = { most: WEEK_MINUTES - 40 * HOUR, longest: 64 * HOUR, untold: 'no warning' }
const SLOWEST_BY_DEFAULT = '1h'

/** @param root whatever is written: its shape may be wrong at the same time */
export function quietFaults(root: Record<string, unknown>, targets: Record<string, unknown>[]): string[] {
  const slowest = slowestMinutes(recordOf(root.schedules))
  const faultsIn = (setting: string, written: unknown, limits: Limits) => [
    ...ownFaults(setting, written),
    ...widthFaults(setting, written, limits, slowest),
  ]
  return [
    ...faultsIn('tell.quietHours', recordOf(root.tell).quietHours, QUIET_HOURS),
    ...targets.flatMap(({ maintenance }, i) => faultsIn(`targets[${i}].maintenance`, maintenance, MAINTENANCE)),
  ]
}

function ownFaults(setting: string, written: unknown): string[] {
  return (Array.isArray(written) ? written : []).flatMap((window, i) => {
    const { days, from, to } = recordOf(window)
    return [
      ...(from !== undefined && from === to
        ? [`${setting}[${i}]: from and to are both ${show(from)}; for a whole day write from: '00:00', to: '24:00'`]
        : []),
      ...(Array.isArray(days) && days.length === 0
        ? [`${setting}[${i}].days: [] is no day; name some, or leave it out for every day`]
        : []),
    ]
  })
}

/** What always falls into a window would never be told. */
function widthFaults(setting: string, written: unknown, { most, longest, untold }: Limits, slowest: number): string[] {
  if (!Array.isArray(written) || !written.every(isWindow)) return []
  const { covered, longestWithin, longestBetween } = coverage(resolveWindows(written))
  const hours = (minutes: number) => Math.ceil(minutes / HOUR)
  return [
    ...(covered > most
      ? [
          `${setting}: ${hours(covered)} of the 168 hours of a week, in which ${untold} would be told; make it ${hours(most)} at most`,
        ]
      : []),
    ...(longestWithin > longest
      ? [
          `${setting}: ${hours(longestWithin)} hours without a break, in which ${untold} would be told; make it ${hours(longest)} at most`,
        ]
      : []),
    ...(longestBetween < slowest
      ? [
          `${setting}: leaves ${formatDuration(longestBetween * 60_000)} between at most, and a check that runs every ${formatDuration(slowest * 60_000)} (schedules) could always fall into it; narrow it, or let that check run more often`,
        ]
      : []),
  ]
}

/** Only times of the right form can be added up; what is wrong with the others is said elsewhere. */
const isWindow = (value: unknown): value is WindowConfig => {
  const { days = [], from, to } = recordOf(value)
  const isTime = (time: unknown) => typeof time === 'string' && /^\d\d:\d\d$/.test(time)
  return Array.isArray(days) && isTime(from) && isTime(to)
}

function slowestMinutes(schedules: Record<string, unknown>): number {
  const written = ['storage', 'snapshots', 'connections', 'aura'].map((check) => schedules[check])
  const every = [SLOWEST_BY_DEFAULT, ...written].map((one) => (typeof one === 'string' ? parseDuration(one) : 0) ?? 0)
  return Math.max(...every) / 60_000
}
