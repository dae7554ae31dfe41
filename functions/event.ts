/** What a function may be invoked with: nothing from the schedule, or what a person typed in the console. */

export interface RunRequest {
  /** Only these targets; all when absent. */
  targets?: string[]
  /** Looks and judges as always, but ends, tells and remembers nothing. */
  dryRun: boolean
}

/** The event is not one of ours; the message says what is allowed. */
export class EventError extends Error {
  constructor(faults: string[]) {
    super(
      `the event is not understood: ${faults.join('; ')}. Allowed: {} for everything, {"targets":["orders"]} for some, {"dryRun":true} to end, tell and remember nothing.`,
    )
    this.name = 'EventError'
  }
}

/** @throws EventError with every fault */
export function parseEvent(event: unknown, known: string[]): RunRequest {
  if (event === undefined || event === null) return { dryRun: false }
  if (typeof event !== 'object' || Array.isArray(event))
    throw new EventError([`${JSON.stringify(event)} is not an object`])
  const { targets, dryRun, ...others } = event as Record<string, unknown>
  const faults = Object.keys(others).map((key) => `unknown key "${key}"`)
  if (dryRun !== undefined && typeof dryRun !== 'boolean')
    faults.push(`dryRun ${JSON.stringify(dryRun)} is not true or false`)
  if (targets !== undefined) {
    if (!Array.isArray(targets) || targets.length === 0)
      faults.push(`targets ${JSON.stringify(targets)} is not a list of names`)
    else
      for (const target of targets)
        if (!known.includes(target as string))
          faults.push(`no target is called ${JSON.stringify(target)}; there are: ${known.join(', ')}`)
  }
  if (faults.length > 0) throw new EventError(faults)
  return { dryRun: dryRun === true, ...(targets !== undefined && { targets: targets as string[] }) }
}
