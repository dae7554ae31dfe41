/** The report of Nightshift's look at itself. */
import { type Finding, worst } from './checks/finding.ts'
import type { Channel, HeartbeatReading } from './checks/heartbeat/reading.ts'
import { reachedBy } from './checks/heartbeat/roll-call.ts'
import type { TargetReport } from './report.ts'
import { findingLine } from './report-lines.ts'
import { formatTime } from './units.ts'

/** What was found, in words. */
export interface HeartbeatPart {
  subscribed: Record<string, string[] | 'not known'>
  /** By which topics news of Nightshift itself is told now. */
  toldBy: Channel[]
  lastSuccess: Record<string, string>
}

export function reportHeartbeat(
  target: string,
  reading: HeartbeatReading,
  toldBy: Channel[],
  findings: Finding[],
  letter: string | undefined,
  tookMs: number,
): TargetReport {
  const bad = findings.filter(({ severity }) => severity !== 'ok')
  return {
    target,
    severity: worst(findings.map(({ severity }) => severity)),
    says:
      bad.length > 0
        ? bad.map((one) => `${one.severity}: ${one.rule}: ${one.headline}`)
        : [`ok: ${findings.map(({ headline }) => headline).join('; ')}`],
    findings: bad.map(findingLine),
    heartbeat: {
      subscribed: Object.fromEntries(
        reading.topics.map((topic) => [
          topic.channel,
          reachedBy(topic)?.map(({ address }) => address) ?? ('not known' as const),
        ]),
      ),
      toldBy,
      lastSuccess: Object.fromEntries(
        reading.checks.map(({ check, succeededAt }) => [check, succeededAt ? formatTime(succeededAt) : 'never']),
      ),
    },
    ...(letter !== undefined && { letter }),
    tookMs,
  }
}
