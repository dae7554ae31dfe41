/** Nightshift looks after itself: look, judge, write the weekly letter when it is due. */
import { lookAtNightshift } from './aws/look.ts'
import { channelsFor } from './checks/heartbeat/channels.ts'
import { judgeHeartbeat } from './checks/heartbeat/rules.ts'
import type { HeartbeatTarget } from './config-heartbeat.ts'
import { withLog } from './incidents/links.ts'
import { publishBy } from './incidents/send-by.ts'
import { loadOrFault } from './incidents/store.ts'
import { lastDue } from './letter/due.ts'
import { type Looked, lookForLetter } from './letter/look.ts'
import { loadLetter, sendLetter } from './letter/send.ts'
import { wordLetter } from './letter/wording.ts'
import { errorMessage, redactAll } from './redact.ts'
import { reportHeartbeat } from './report-heartbeat.ts'
import type { Looking, TargetResult } from './run.ts'
import { leaveToOutside, takeBackFromOutside } from './untold.ts'

/** Never throws. */
export async function checkHeartbeat(target: HeartbeatTarget, looking: Looking): Promise<TargetResult> {
  const startedAt = Date.now()
  const { check, signal } = looking
  const stored = await loadOrFault(target.name, check, signal)
  const own = 'fault' in stored ? undefined : stored.state
  const looked = await lookAtNightshift(target, own, startedAt, signal)
  const { reading } = looked
  const findings = redactAll(judgeHeartbeat(reading))
  const { faults, text } = await letter(target, looked, looking, startedAt)
  const channels = channelsFor(reading.topics)
  return {
    target,
    links: withLog(),
    findings,
    report: reportHeartbeat(target.name, reading, channels, findings, text, Date.now() - startedAt),
    stored,
    keep: () => ({ awaited: awaitedOf(looked) }),
    faults,
    send: (digest) =>
      publishBy(channels, digest).catch(async (error: unknown) => {
        const untold = `heartbeat: nobody could be told: ${errorMessage(error)} (${digest.subject})`
        await leaveToOutside(target.checks, untold)
        throw error
      }),
    allTold: () => takeBackFromOutside(reading.checks),
  }
}

/** A letter that is due is sent; a dry run shows it, whether or not one is due. */
async function letter(
  target: HeartbeatTarget,
  looked: Looked,
  { dryRun, signal }: Looking,
  now: number,
): Promise<{ faults: string[]; text?: string }> {
  const when = target.settings.letter
  if (when === undefined) return { faults: [] }
  try {
    const kept = await loadLetter(signal)
    const write = async (before = looked.counted) => {
      const facts = await lookForLetter(target, looked, before, signal)
      return wordLetter(redactAll(facts))
    }
    if (dryRun) return { faults: [], text: (await write(kept.state.counted)).email }
    return { faults: await sendLetter({ kept, due: lastDue(when, now), counted: looked.counted, now, signal, write }) }
  } catch (error) {
    return { faults: [`the weekly letter could not be written: ${errorMessage(error)}`] }
  }
}

/** Of a check that has never succeeded, since when that is waited for. */
const awaitedOf = ({ reading }: Looked): Record<string, number> =>
  Object.fromEntries(
    reading.checks
      .filter(({ succeededAt }) => succeededAt === undefined)
      .map(({ check, awaitedSince }) => [check, awaitedSince]),
  )
