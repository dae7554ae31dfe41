/** What the report and the weekly letter say of what is quiet. */
import type { Incident } from '../incidents/transition.ts'
import { formatTime } from '../units.ts'
import { type HeldBy, lasts, type Quiet, type Snooze } from './quiet.ts'
import { wallAt } from './wall-clock.ts'
import type { OpenWindow } from './windows.ts'

const DAY = 24 * 60 * 60_000

/** `04:00 (Europe/Berlin)`, with the date where it is not within a day. */
function sayEnd({ until, timeZone }: OpenWindow, now: number): string {
  const wall = new Date(wallAt(until, timeZone)).toISOString().slice(0, 16).replace('T', ' ')
  return `${until - now < DAY ? wall.slice(11) : wall} (${timeZone})`
}

/** What is quiet about a target, one line each. */
export const sayQuiet = (
  { maintenance, quietHours, snoozed }: Quiet,
  incidents: Record<string, Incident>,
  now: number,
): string[] => [
  ...(maintenance ? [`in maintenance until ${sayEnd(maintenance, now)}: looked at, nothing told, nothing ended`] : []),
  ...(quietHours ? [`quiet hours until ${sayEnd(quietHours, now)}: only what is critical is told`] : []),
  ...sayAsked(snoozed, incidents, now),
]

/** What of it people have asked for. */
export const sayAsked = (snoozed: Snooze | undefined, incidents: Record<string, Incident>, now: number): string[] => [
  ...(lasts(snoozed, now) ? [`snoozed until ${formatTime(snoozed.until)}`] : []),
  ...Object.entries(incidents).flatMap(([rule, { acknowledged }]) =>
    lasts(acknowledged, now) ? [`${rule} ${sayAcknowledged(acknowledged)}`] : [],
  ),
]

export const sayAcknowledged = ({ until }: Snooze): string => `acknowledged until ${formatTime(until)}`

const NO_REMINDER = 'no reminders'

/** Why a notice is held back. */
export function sayHeld(by: HeldBy, quiet: Quiet, { acknowledged }: Incident, now: number): string {
  if (by === 'maintenance') return quiet.maintenance ? `in maintenance until ${sayEnd(quiet.maintenance, now)}` : by
  if (by === 'quiet hours') return quiet.quietHours ? `quiet hours until ${sayEnd(quiet.quietHours, now)}` : by
  if (by === 'snoozed') return quiet.snoozed ? `snoozed until ${formatTime(quiet.snoozed.until)}` : by
  return acknowledged ? `${sayAcknowledged(acknowledged)}: ${NO_REMINDER}` : by
}

const HELD_BY: Record<HeldBy, string> = {
  maintenance: 'maintenance',
  'quiet hours': 'quiet hours',
  snoozed: 'a snooze',
  acknowledged: 'an acknowledgement',
}

/** Of news that is not told though nothing holds it back any more. */
export const sayStill = (still: 'waits' | 'gone', by: HeldBy): string =>
  still === 'gone'
    ? `it came and went while ${HELD_BY[by]} held it back, and is not told`
    : `${HELD_BY[by]} held it back, and it waits for a look that finds it still so`

/** What a mail says of news that was held back, once it is told. */
export const sayHeldBack = ({ since, until, by }: NonNullable<Incident['held']>): string =>
  `Held back by ${HELD_BY[by]} from ${formatTime(since)} to ${formatTime(until ?? since)}.`
