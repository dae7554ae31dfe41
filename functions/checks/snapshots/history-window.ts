/** Neon: how far back can any moment be restored, and is that far enough? */
import { formatDuration } from '../../units.ts'
import { broken, type SnapshotsRule, well } from './facts.ts'

const name = 'snapshots.history-window'

const SET_IT = "Set it in the Neon console: the project's settings, Instant restore. Its storage is charged for."

export const historyWindow = {
  name,
  judge({ reading, policy: { expected, historyWindowMs: wanted } }) {
    if (reading.kind === 'failed' || reading.historyWindowMs === undefined) return null
    const { of, historyWindowMs: window } = reading
    const says = `any moment of the last ${formatDuration(window)}`
    if (wanted === 0 || (wanted === undefined && !expected)) return well(name, 'no history window is wanted')
    if (!(window > 0))
      return broken(name, 'warning', {
        headline: 'no point-in-time restore: the history window is 0',
        summary: `The project's history window is 0, so point-in-time restore is off: what somebody deletes from ${of} by mistake can only come from a snapshot.`,
        advice: [SET_IT, "If that is meant, say so: snapshots.historyWindow: '0s' in nightshift.config.ts."],
      })
    if (wanted !== undefined && window < wanted)
      return broken(name, 'warning', {
        headline: `point-in-time restore reaches back ${formatDuration(window)}, wanted: ${formatDuration(wanted)}`,
        summary: `Of ${of} ${says} can be restored, and ${formatDuration(wanted)} are wanted (snapshots.historyWindow). The plan sets how long it can be.`,
        advice: [SET_IT, 'Or lower snapshots.historyWindow in nightshift.config.ts.'],
      })
    return well(name, `${says} can be restored`)
  },
} satisfies SnapshotsRule
