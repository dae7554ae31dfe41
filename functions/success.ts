/**
 * When each check last did all it had to, how often, and how it stands with whoever waits outside: one small item a check,
 * read by the heartbeat.
 */
import { log } from './log.ts'
import { errorMessage } from './redact.ts'
import { changeItem, type Kept, loadItem, type Place } from './table.ts'

/** Whatever stands in the table, so nothing of it is certain. */
export interface Successes {
  /** The start of the last one, epoch milliseconds. */
  at?: unknown
  /** Counted from when the item was made. */
  runs?: unknown
  /** That nobody outside takes its pings: `since` in epoch milliseconds, and `why` of the last one. */
  refused?: unknown
  /** What the heartbeat could tell nobody in this account: the outside hears it from each run of this check until it can. */
  untold?: unknown
}

const placeOf = (check: string): Place<Successes> => ({ pk: `CHECK#${check}`, sk: 'SUCCESS', parse })

/** @throws whatever keeps the table from answering, or the signal's reason */
export const loadSuccesses = (check: string, signal: AbortSignal): Promise<Kept<Successes>> =>
  loadItem(placeOf(check), signal)

/** Never throws; undefined: not known, which is logged. */
export async function knownSuccesses(check: string, signal: AbortSignal): Promise<Kept<Successes> | undefined> {
  return loadSuccesses(check, signal).catch(notNoted)
}

/**
 * Never throws: the run has succeeded all the same.
 * @param known as it was before the run told the outside
 * @param refused why nobody outside has taken its ping; undefined: it was taken, or none was sent
 */
export async function noteSuccess(
  check: string,
  at: number,
  known: Kept<Successes>,
  refused: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  await changeItem(placeOf(check), known, at, signal, ({ runs, untold, refused: before }) => ({
    state: {
      at,
      runs: (Number(runs) || 0) + 1,
      ...(refused !== undefined && { refused: { since: refusalOf({ refused: before })?.since ?? at, why: refused } }),
      ...(untold !== undefined && { untold }),
    },
    result: undefined,
  })).catch(notNoted)
}

/**
 * Has the outside told by each run of `check` what nobody in this account could be told, or no more.
 * @param untold undefined: all is told
 * @throws whatever keeps the table from answering, or the signal's reason
 */
export async function noteUntold(
  check: string,
  now: number,
  untold: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const known = await loadSuccesses(check, signal)
  await changeItem(placeOf(check), known, now, signal, ({ untold: _, ...state }) => ({
    state: { ...state, ...(untold !== undefined && { untold }) },
    result: undefined,
  }))
}

/** Since when nobody outside takes its pings, and why not the last one; undefined: they are taken, or none is sent. */
export function refusalOf({ refused }: Successes): { since: number; why: string } | undefined {
  const { since, why } = Object(refused)
  return typeof since === 'number' ? { since, why: String(why) } : undefined
}

function notNoted(error: unknown): undefined {
  log('success-not-noted', { error: errorMessage(error) })
}

function parse(text = '{}'): Successes {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
