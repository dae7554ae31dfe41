/** What in a configuration would do nothing on Aura, without a word. */

import { parseDuration } from './units.ts'
import { recordOf, show } from './written.ts'

const named = (value: unknown): number => (Array.isArray(value) ? value.length : 0)

/** Growth is the rate of an hour, which three looks and more must tell: see `checks/aura/count-history.ts`. */
const SELDOM_MS = 20 * 60_000

/** @param root whatever is written: its shape may be wrong at the same time */
export function auraFaults(root: Record<string, unknown>, targets: Record<string, unknown>[]): string[] {
  const faults: string[] = []
  const { aura: schedule } = recordOf(root.schedules)
  const every = typeof schedule === 'string' ? parseDuration(schedule) : undefined
  if (every !== undefined && every > SELDOM_MS && targets.some(({ aura }) => aura !== undefined))
    faults.push(
      `schedules.aura: ${show(schedule)} is too seldom to ever judge connections.growth, on which ending leaks depends too; make it 20m at most`,
    )
  targets.forEach((one, i) => {
    const { end, only } = { ...recordOf(root.staleSessions), ...recordOf(one.staleSessions) }
    const { applications, roles } = recordOf(only)
    if (one.aura !== undefined && end === true && named(applications) + named(roles) === 0)
      faults.push(
        `targets[${i}].staleSessions: end without only ends nobody on Aura; name whose connections and transactions may be ended: only: { roles: [database users] } or { applications: [user agents] }, or set end: false for this target`,
      )
  })
  return faults
}
