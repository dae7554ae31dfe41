/** What is told of a target while the incident table cannot be used: only what cannot wait, and that by every run. */
import type { Finding } from '../checks/finding.ts'
import type { Due } from './settle.ts'
import type { TellPolicy } from './transition.ts'

/** A rule that this process has found broken by each of its last looks. */
interface Broken {
  since: number
  at: number
  looks: number
  /** Since when nobody could look. */
  unseenSince?: number
}

/** What has not been looked at for so long may have been well meanwhile. */
const REMEMBERED_MS = 15 * 60_000
/** With fewer, one request that was lost would ring a telephone. */
const AGREEING = 2

/** By target and rule; gone with the process, which a table that fails for long enough outlives. */
const remembered = new Map<string, Broken>()

/**
 * Remembers what a look found, whether or not the table can: so a second look that finds a database down can tell it,
 * though the first could not be written down.
 * @param counts whether the look counts at all: none does in maintenance
 */
export function rememberLook(target: string, findings: Finding[], now: number, counts: boolean): void {
  for (const { rule, severity, unseen } of findings) {
    const key = keyOf(target, rule)
    const before = remembered.get(key)
    remembered.delete(key)
    if (!counts || severity === 'ok') continue
    const last: Broken = before && now - before.at <= REMEMBERED_MS ? before : { since: now, at: now, looks: 0 }
    remembered.set(key, {
      since: last.since,
      at: now,
      looks: last.looks + 1,
      ...(unseen && { unseenSince: last.unseenSince ?? last.since }),
    })
  }
}

/** What cannot wait, though nobody knows what was told before. To be asked once this look is remembered. */
export function criticals(
  target: string,
  findings: Finding[],
  now: number,
  { confirm, unseenIsCriticalMs }: TellPolicy,
): Due[] {
  return findings.flatMap(({ rule, severity, opens, headline }): Due[] => {
    const { since = now, looks = 1, unseenSince } = remembered.get(keyOf(target, rule)) ?? {}
    const lasts = unseenSince !== undefined && now - unseenSince >= unseenIsCriticalMs
    const agreed = opens !== 'confirmed' || looks >= Math.min(AGREEING, confirm.looks)
    if (!lasts && !(severity === 'critical' && agreed)) return []
    return [
      {
        rule,
        kind: 'opened',
        why: 'the incident table cannot be used',
        standing: [],
        incident: {
          status: 'open',
          severity: 'critical',
          since,
          brokenAt: now,
          ...(unseenSince !== undefined && { unseenSince }),
          looks: [true],
          worst: 'critical',
          headline,
        },
      },
    ]
  })
}

const keyOf = (target: string, rule: string): string => `${target} ${rule}`
