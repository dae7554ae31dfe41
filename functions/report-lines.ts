/** Lines of a report: what the rules know in milliseconds, said as people say it. */
import type { Application } from './checks/applications.ts'
import type { Holder } from './checks/aura/users.ts'
import type { BoltTransaction, InstanceFacts, MetricsPart } from './checks/aura-reading.ts'
import type { Finding } from './checks/finding.ts'
import type { LongOne } from './checks/reading.ts'
import { formatDuration, formatTime } from './units.ts'

export interface FindingLine extends Omit<Finding, 'closesAfterMs'> {
  /** An incident closes only when the rule has not been broken for so long. */
  closesAfter?: string
}

export const findingLine = ({ closesAfterMs, ...finding }: Finding): FindingLine => ({
  ...finding,
  ...(closesAfterMs !== undefined && { closesAfter: formatDuration(closesAfterMs) }),
})

export interface ApplicationLine extends Omit<Application, 'oldestIdleMs'> {
  /** Absent: none is idle. */
  longestIdle?: string
}

export const applicationLine = ({ oldestIdleMs, ...application }: Application): ApplicationLine => ({
  ...application,
  ...(application.idle > 0 && { longestIdle: formatDuration(oldestIdleMs) }),
})

export interface LongLine extends Omit<LongOne, 'ageMs'> {
  age: string
}

export const longLine = ({ ageMs, ...one }: LongOne): LongLine => ({ ...one, age: formatDuration(ageMs) })

export interface HolderLine extends Omit<Holder, 'hosts' | 'oldestAt'> {
  hosts: string[]
  /** For how long the oldest has been connected; absent: not known. */
  oldest?: string
}

/** A set is nothing in JSON. */
export const holderLine = ({ hosts, oldestAt, ...holder }: Holder, now: number): HolderLine => ({
  ...holder,
  hosts: [...hosts],
  ...(Number.isFinite(oldestAt) && { oldest: formatDuration(now - oldestAt) }),
})

export interface OpenTransactionLine extends Omit<BoltTransaction, 'startedAt' | 'elapsedMs' | 'waitMs'> {
  started: string
  elapsed: string
  /** Of one that is blocked: how long its query has waited. */
  waited?: string
}

export const openTransactionLine = ({
  startedAt,
  elapsedMs,
  waitMs,
  ...one
}: BoltTransaction): OpenTransactionLine => ({
  ...one,
  started: timeOr(startedAt),
  elapsed: formatDuration(elapsedMs),
  ...(waitMs !== undefined && { waited: formatDuration(waitMs) }),
})

export interface InstanceLine extends Omit<InstanceFacts, 'createdAt'> {
  created?: string
}

export const instanceLine = ({ createdAt, ...instance }: InstanceFacts): InstanceLine => ({
  ...instance,
  ...(createdAt !== undefined && { created: timeOr(createdAt) }),
})

type Missing = Extract<MetricsPart, { missing: unknown }>
type Metered = Extract<MetricsPart, { connections: unknown }>['connections']
export type MetricsLine = Missing | { connections: Omit<Metered, 'at'> & { at: string } }

export const metricsLine = (metrics: MetricsPart): MetricsLine =>
  'missing' in metrics ? metrics : { connections: { ...metrics.connections, at: timeOr(metrics.connections.at) } }

/** What the other side says of a time is not always one. */
const timeOr = (at: number): string =>
  Number.isFinite(at) && Math.abs(at) < 8.64e15 ? formatTime(at, true) : 'not known'
