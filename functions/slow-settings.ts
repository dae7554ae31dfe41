/** What changes within days is told again less often than what changes within minutes. */
import type { Settings } from './config.ts'

const DAY = 24 * 60 * 60_000

/**
 * The settings of a check of storage or snapshots: reminders once a day, of warnings once a week, or as seldom as is set.
 * They ring no telephone: one of a critical would come each day at the hour when it began, at three in the night as well.
 */
export function slowSettings(settings: Settings): Settings {
  const { critical, unknown, warning } = settings.tell.remindMs
  const remindMs = {
    critical: Math.max(critical, DAY),
    unknown: Math.max(unknown, DAY),
    warning: Math.max(warning, 7 * DAY),
  }
  return { ...settings, tell: { ...settings.tell, remindMs, remindersRing: false } }
}
