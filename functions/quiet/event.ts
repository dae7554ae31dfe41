/** The two events by which a person asks for quiet: of a whole target, or about what is known of it. */
import { unknownTarget } from '../event-faults.ts'
import { formatDuration, parseDuration } from '../units.ts'
import { isRecord, show } from '../written.ts'

/** No reminders of a target and no new warnings for so long; 0 ends it. */
export interface SnoozeRequest {
  snooze: { target: string; forMs: number }
}

/** No reminders of a target's open incidents, or of one rule's, for so long; 0 ends it. */
export interface AcknowledgeRequest {
  acknowledge: { target: string; rule?: string; forMs: number }
}

const MINUTE = 60_000
const MOST_MS = 7 * 24 * 60 * MINUTE
const ACKNOWLEDGED_FOR = '1d'

export const allowedQuiet = (target: string): string =>
  `, {"snooze":{"target":"${target}","for":"2h"}} for no reminders and no new warnings, {"acknowledge":{"target":"${target}","for":"1d"}} for no reminders of what is open`

export function snoozeOf({ snooze, ...beside }: Record<string, unknown>, known: string[]) {
  const faults = refuseBeside('snooze', beside)
  if (!isRecord(snooze)) faults.push(`snooze ${show(snooze)} is not like {"target":"orders","for":"2h"}`)
  const { target, for: lasting, ...others } = isRecord(snooze) ? snooze : {}
  faults.push(...unknownKeys('snooze', others))
  if (isRecord(snooze)) faults.push(...unknownTarget(target, known), ...lastingFaults('snooze.for', lasting))
  const request: SnoozeRequest = { snooze: { target: target as string, forMs: msOf(lasting) } }
  return { faults, request }
}

export function acknowledgeOf({ acknowledge, ...beside }: Record<string, unknown>, known: string[]) {
  const faults = refuseBeside('acknowledge', beside)
  if (!isRecord(acknowledge))
    faults.push(`acknowledge ${show(acknowledge)} is not like {"target":"orders","rule":"connections.leak","for":"1d"}`)
  const { target, rule, for: lasting = ACKNOWLEDGED_FOR, ...others } = isRecord(acknowledge) ? acknowledge : {}
  faults.push(...unknownKeys('acknowledge', others))
  if (isRecord(acknowledge)) faults.push(...unknownTarget(target, known), ...lastingFaults('acknowledge.for', lasting))
  if (rule !== undefined && !(typeof rule === 'string' && /^[a-z]+\.[a-z-]+$/.test(rule)))
    faults.push(`acknowledge.rule ${show(rule)} is not the name of a rule, like connections.leak; leave it out for all`)
  const request: AcknowledgeRequest = {
    acknowledge: {
      target: target as string,
      ...(rule !== undefined && { rule: rule as string }),
      forMs: msOf(lasting),
    },
  }
  return { faults, request }
}

const refuseBeside = (what: string, beside: Record<string, unknown>): string[] =>
  Object.keys(beside).map((key) => `${show(key)} beside ${what}, which makes no look: ask for it alone`)

const unknownKeys = (what: string, others: Record<string, unknown>): string[] =>
  Object.keys(others).map((key) => `unknown key ${show(`${what}.${key}`)}`)

const msOf = (lasting: unknown): number => (typeof lasting === 'string' ? parseDuration(lasting) : undefined) ?? 0

function lastingFaults(setting: string, lasting: unknown): string[] {
  const ms = typeof lasting === 'string' ? parseDuration(lasting) : undefined
  if (ms !== undefined && (ms === 0 || (ms >= MINUTE && ms <= MOST_MS))) return []
  return [
    `${setting} ${show(lasting)} is not a duration from ${formatDuration(MINUTE)} to ${formatDuration(MOST_MS)}; write it like "2h" (m, h, d), or "0s" to end it`,
  ]
}
