/** When each check last did all it had to, and how often: one small item a check, read by the heartbeat. */
import { log } from './log.ts'
import { errorMessage } from './redact.ts'
import { changeItem, type Kept, loadItem, type Place } from './table.ts'

/** Whatever stands in the table, so nothing of it is certain. */
export interface Successes {
  /** The start of the last one, epoch milliseconds. */
  at?: unknown
  /** Counted from when the item was made. */
  runs?: unknown
}

const placeOf = (check: string): Place<Successes> => ({ pk: `CHECK#${check}`, sk: 'SUCCESS', parse })

/** @throws whatever keeps the table from answering, or the signal's reason */
export const loadSuccesses = (check: string, signal: AbortSignal): Promise<Kept<Successes>> =>
  loadItem(placeOf(check), signal)

/** Never throws: the run has succeeded all the same. */
export async function noteSuccess(check: string, at: number, signal: AbortSignal): Promise<void> {
  try {
    await changeItem(placeOf(check), await loadSuccesses(check, signal), at, signal, ({ runs }) => ({
      state: { at, runs: (Number(runs) || 0) + 1 },
      result: undefined,
    }))
  } catch (error) {
    log('success-not-noted', { error: errorMessage(error) })
  }
}

function parse(text = '{}'): Successes {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
