/** Targets that were in the last letter and are in the configuration no longer: nobody closes or tells what stood on them. */
import pMap from 'p-map'
import { loadState } from '../incidents/store.ts'
import type { Counted } from './due.ts'

export interface Dropped {
  target: string
  /** What stood on it when it was last looked at, one sentence each. */
  open: string[]
}

/** Whoever had an incident is counted in the letter before, so nobody need search the table; who never had one has none open. */
export function namesDropped({ told }: Pick<Counted, 'told'>, known: string[]): string[] {
  const names = Object.keys(told).flatMap((what) => what.split(' ')[0] || [])
  return [...new Set(names)].filter((name) => !known.includes(name)).sort()
}

const CHECKS = ['connections', 'aura', 'storage', 'snapshots']
const CONCURRENCY = 20

/** @throws whatever keeps the table from answering, or the signal's reason */
export const openOn = (names: string[], signal: AbortSignal): Promise<Dropped[]> =>
  pMap(
    names,
    async (target) => {
      const states = await Promise.all(CHECKS.map((check) => loadState(target, check, signal)))
      const incidents = states.flatMap(({ state }) => Object.entries(state.incidents))
      const open = incidents.filter(([, { status }]) => status === 'open')
      return { target, open: open.map(([rule, { headline }]) => `${headline} (${rule})`) }
    },
    { concurrency: CONCURRENCY },
  )
