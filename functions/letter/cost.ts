/**
 * What a month of Nightshift costs by AWS's list prices, estimated from the configuration alone. Prices are those of
 * us-east-1 in November 2026, in USD, without free tiers, SMS and taxes; a month has 30 days. The README's table and the
 * weekly letter are computed here.
 */

import type { Settings } from '../config.ts'
import { checksOf, HEARTBEAT_MS } from '../config-heartbeat.ts'

export const PRICES_OF = 'November 2026'

const PER_MILLION = 1e-6
export const PRICES = {
  alarm: 0.1,
  metric: 0.3,
  secret: 0.4,
  secretRead: 0.05 / 10_000,
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.2 * PER_MILLION,
  /** Of up to 4 KB, consistent. */
  tableRead: 0.125 * PER_MILLION,
  /** Of up to 1 KB. */
  tableWrite: 0.625 * PER_MILLION,
  tick: 1 * PER_MILLION,
  mail: 2 / 100_000,
  logGb: 0.5,
}

export const MONTH_MS = 30 * 24 * 60 * 60_000
const MEMORY_GB = 0.25
/** A run looks at so many targets at a time, and takes so long for them. */
const AT_A_TIME = 20
const SECONDS = 2
/** Of alerts, letters and reminders. */
const MAILS = 100
/** The alarms that are no check's own: undelivered ticks, and three topics. */
export const SHARED_ALARMS = 4
/** No success, and errors; of what is urgent also throttles and slow runs. */
export const alarmsOf = ({ urgent }: { urgent: boolean }): number => (urgent ? 4 : 2)

/**
 * Units of the table that one look takes, and bytes in the log. An item of sessions has one or two kilobytes, eight or so
 * where a leak stands (`npm run bench -- table`); a series of storage has five.
 */
export const LOOKS: Record<string, { reads: number; writes: number; logBytes: number }> = {
  connections: { reads: 3, writes: 5, logBytes: 700 },
  aura: { reads: 2, writes: 5, logBytes: 700 },
  storage: { reads: 3, writes: 6, logBytes: 1_000 },
  snapshots: { reads: 1, writes: 2, logBytes: 700 },
  heartbeat: { reads: 6, writes: 1, logBytes: 1_000 },
}

export interface Cost {
  what: string
  usd: number
}

/** One line for each service, and their sum. */
export function monthlyCost(settings: Settings): { lines: Cost[]; usd: number } {
  const { targets, names } = settings
  const lookedAt: Record<string, number> = { connections: targets.length, aura: names.length - targets.length }
  const checks = [...checksOf(settings), { check: 'heartbeat', everyMs: HEARTBEAT_MS, urgent: false }].map((one) => ({
    ...one,
    runs: MONTH_MS / one.everyMs,
    looks: lookedAt[one.check] ?? names.length,
  }))
  const sum = (of: (check: (typeof checks)[number]) => number) => checks.reduce((total, one) => total + of(one), 0)
  const alarms = SHARED_ALARMS + sum(alarmsOf)
  const runs = sum((one) => one.runs)
  const seconds = sum((one) => one.runs * SECONDS * Math.ceil(one.looks / AT_A_TIME))
  const perLook = (unit: 'reads' | 'writes' | 'logBytes') =>
    sum((one) => one.runs * one.looks * (LOOKS[one.check]?.[unit] ?? 0))
  const lines = [
    {
      what: `${alarms} alarms and ${checks.length} metrics`,
      usd: alarms * PRICES.alarm + checks.length * PRICES.metric,
    },
    { what: 'the secret', usd: PRICES.secret + runs * PRICES.secretRead },
    {
      what: 'Lambda, arm64, 256 MB',
      usd: seconds * MEMORY_GB * PRICES.lambdaGbSecond + runs * PRICES.lambdaRequest,
    },
    {
      what: 'DynamoDB',
      // And that each run has succeeded.
      usd: (perLook('reads') + runs) * PRICES.tableRead + (perLook('writes') + runs) * PRICES.tableWrite,
    },
    {
      what: 'EventBridge Scheduler, SNS e-mail, logs',
      usd: runs * PRICES.tick + MAILS * PRICES.mail + (perLook('logBytes') / 1024 ** 3) * PRICES.logGb,
    },
  ]
  return { lines, usd: lines.reduce((total, { usd }) => total + usd, 0) }
}
