/** An instance that is paused: who wants that, what comes of it, and when Aura ends it by itself. */
import { count, formatDuration, formatTime } from '../../units.ts'
import type { InstanceFacts } from '../aura-reading.ts'
import { type Finding, grade, type Thresholds } from '../finding.ts'

const DAY = 24 * 60 * 60_000

/** Aura deletes a Free instance, and resumes any other, that has been paused for so long. */
const PAUSED_AT_MOST_MS = 30 * DAY
const DELETION: Thresholds = { warning: 20 * DAY, critical: 27 * DAY, recovery: 20 * DAY }
/** Whoever pauses each night or each weekend knows it: what is longer may have been forgotten. */
const FORGOTTEN: Thresholds = { warning: 3 * DAY, critical: null, recovery: 3 * DAY }

/** @param since when it was first seen paused */
export function paused(rule: string, { type }: InstanceFacts, since: number, lasts: number): Finding {
  const seen = `Seen paused since ${formatTime(since)} (${formatDuration(lasts)})`
  const left = PAUSED_AT_MOST_MS - lasts
  const days = count(Math.max(0, Math.ceil(left / DAY)), 'day')
  const may = 'Since when it really is paused Aura does not tell: less time may be left.'
  const noMore = 'If nobody needs it any more, take the target out of nightshift.config.ts and deploy.'
  if (type === 'free-db')
    return {
      rule,
      ...grade(lasts, DELETION),
      closes: 'confirmed',
      headline: left > 0 ? `paused: Aura deletes it within ${days}` : 'paused: Aura may delete it at any moment',
      summary: `This Free instance is paused, so nobody can connect. ${seen}: after 30 days Aura deletes it, and no snapshot of it is left. ${may}`,
      brief: 'Resume it in the Aura console',
      advice: [
        'Resume it in the Aura console: it stays up while something is written to it at least every three days (reading does not count).',
        noMore,
      ],
    }
  const { severity } = grade(lasts, FORGOTTEN)
  return {
    rule,
    severity,
    // Told, it stands until it runs again: not that each look says otherwise.
    recovered: severity === 'ok',
    closes: 'confirmed',
    // Somebody has paused it, and may want just that.
    once: true,
    headline: severity === 'ok' ? 'paused' : `paused for ${formatDuration(lasts)}: nobody can connect`,
    summary:
      `The instance is paused, so nobody can connect, and neither connections nor storage nor snapshots are judged. ${seen}: after 30 days Aura resumes it by itself, and it costs again, ${left > 0 ? `in ${days} at the latest` : 'which is due'}. ${may}` +
      (severity === 'ok' ? '' : ' This is told once.'),
    advice: [
      'If nobody meant it, resume it in the Aura console.',
      `If it is meant, note when Aura resumes it: ${formatTime(since + PAUSED_AT_MOST_MS).slice(0, 10)} at the latest. To keep it paused, pause it anew then.`,
      noMore,
    ],
  }
}
