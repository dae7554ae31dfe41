/** What is said of ending sessions, whoever the provider is: why nobody was, and what became of each. */
import { formatDuration } from '../units.ts'
import type { Ending, Held, Outcome } from './victims.ts'

export const HELD: Record<Held, string> = {
  'not-opted-in': 'This target has not opted in (staleSessions.end), so nothing was ended.',
  'dry-run': 'Dry run: nothing was ended.',
  maintenance: 'The target is in maintenance, so nothing was ended.',
  below: 'Too few connections are taken to end any (staleSessions.above).',
  load: 'This is load, which ending idle sessions does not help, so nothing was ended.',
  'surge-unknown': 'Whether a surge of load stands could not be read, so nothing was ended.',
  unlearned:
    'What was learned of the sessions cannot be relied on, so nobody is proven abandoned and nothing was ended.',
  'no-reason':
    'The connections are neither near their limit (staleSessions.above) nor growing, so there was no reason to end any.',
  'nobody-selected': 'Nobody is named whose connections may be ended (staleSessions.only), so nothing was ended.',
}

/** A leak that is contained is ended again and again, an hour's drip at a time: one incident, not one for each drop. */
export const QUIET_MS = 60 * 60_000

const NEWS: Outcome[] = ['ended', 'still-ending', 'refused', 'lost']

/** Whether something was done or could not be. Victims that left or worked again by themselves are no news. */
export const isNews = ({ outcome }: { outcome: Outcome }): boolean => NEWS.includes(outcome)

const OUTCOMES: Record<Outcome, string> = {
  ended: 'ended',
  'still-ending': 'told to end, but still there a second later',
  gone: 'had left by itself',
  woke: 'had worked again since the look and was left',
  protected: 'became protected since the look and was left',
  refused: 'could not be ended: the database refused',
  lost: 'perhaps ended: the answer was lost',
  'not-tried': 'left: the connection broke off before it was tried',
}

/** One sentence per name and outcome. */
export function sayOutcomes<Victim extends { idleMs: number }>(
  endings: Ending<Victim>[],
  nameOf: (victim: Victim) => string,
): string[] {
  const groups = Map.groupBy(endings, ({ victim, outcome, detail }) => `${nameOf(victim)}\0${outcome}\0${detail ?? ''}`)
  return [...groups.values()].map((group) => {
    const [{ victim, outcome, detail }] = group as [Ending<Victim>]
    const ages = group.map((one) => one.victim.idleMs).sort((a, b) => b - a)
    const [oldest, youngest] = [formatDuration(ages[0] as number), formatDuration(ages.at(-1) as number)]
    return `${nameOf(victim)}: ${group.length} ${OUTCOMES[outcome]}${detail ? ` (${detail})` : ''}, idle for ${oldest === youngest ? oldest : `${youngest} to ${oldest}`}.`
  })
}
