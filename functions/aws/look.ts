/** One look at Nightshift itself: whom SNS would tell, when each check last succeeded, what stands on the targets. */
import pMap from 'p-map'
import { GUARDS } from '../checks/heartbeat/alarms.ts'
import { INCIDENTS } from '../checks/heartbeat/keys.ts'
import { LAST_SUCCESS } from '../checks/heartbeat/missed.ts'
import type { CheckReading, HeartbeatReading, Listed, Standing, TopicReading } from '../checks/heartbeat/reading.ts'
import { isSame } from '../checks/heartbeat/roll-call.ts'
import { FILTERS } from '../checks/heartbeat/subscriptions.ts'
import type { HeartbeatTarget, ScheduledRun } from '../config-heartbeat.ts'
import { TOPICS } from '../incidents/send-by.ts'
import { loadState, type TargetState } from '../incidents/store.ts'
import type { Counted } from '../letter/due.ts'
import type { Looked } from '../letter/look.ts'
import { errorMessage } from '../redact.ts'
import { loadSuccesses, refusalOf } from '../success.ts'
import { isRefused } from './client.ts'
import { askPhones } from './phones.ts'
import { filterOf, guardOf, type ListedWithArn, listSubscriptions } from './subscriptions.ts'

const CONCURRENCY = 20

type NotAsked = HeartbeatReading['notAsked']

/**
 * Never throws: what could not be asked is in the reading.
 * @param own what is known of Nightshift itself as a target; undefined: it could not be read
 */
export async function lookAtNightshift(
  target: HeartbeatTarget,
  ownOrUnread: TargetState | undefined,
  now: number,
  signal: AbortSignal,
): Promise<Looked> {
  const own = ownOrUnread ?? { incidents: {} }
  const notAsked: NotAsked = []
  const orNotAsked = async <Answer>(what: string, ask: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await ask()
    } catch (error) {
      notAsked.push({ what, why: errorMessage(error), refused: isRefused(error) })
      return undefined
    }
  }
  const counted: Counted = { at: now, runs: {}, told: toldOf(target.name, own) }
  const [topics, asked, checks, states] = await Promise.all([
    Promise.all(
      (['alerts', 'operations', 'urgent'] as const).map((channel) => lookAtTopic(target, channel, orNotAsked, signal)),
    ),
    target.phones.length > 0 ? askPhones(target.phones, signal) : undefined,
    pMap(target.checks, (check) => lookAtCheck(check, own, now, counted, orNotAsked, signal), {
      concurrency: CONCURRENCY,
    }),
    pMap(
      target.watched.flatMap(({ name, checks: of }) => of.map((check) => ({ target: name, check }))),
      async (of) => {
        const stored = await orNotAsked(`${INCIDENTS}${of.target} (${of.check})`, () =>
          loadState(of.target, of.check, signal),
        )
        return stored ? [{ ...of, state: stored.state }] : []
      },
      { concurrency: CONCURRENCY },
    ),
  ])
  const known = states.flat()
  for (const { target: name, state } of known) Object.assign(counted.told, toldOf(name, state))
  const unread = {
    targets: [
      ...(ownOrUnread ? [] : [target.name]),
      ...target.watched
        .filter(({ name, checks: of }) => known.filter((one) => one.target === name).length < of.length)
        .map(({ name }) => name),
    ],
    checks: target.checks.map(({ check }) => check).filter((check) => !(check in counted.runs)),
  }
  if (unread.targets.length + unread.checks.length > 0) counted.unread = unread
  const reading: HeartbeatReading = {
    at: now,
    topics,
    phones: asked?.phones,
    smsADay: target.smsADay,
    checks: checks.flatMap((check) => check ?? []),
    standing: known.flatMap(({ target: name, check, state }) => standingOf(name, check, state)),
    // All are asked at the same time: in the order of their failing the words would change from look to look.
    notAsked: [...notAsked, ...(asked?.notAsked ?? [])].sort((a, b) => (a.what < b.what ? -1 : 1)),
  }
  return { reading, counted, own: standingOf(target.name, 'heartbeat', own), states: known }
}

type OrNotAsked = <Answer>(what: string, ask: () => Promise<Answer>) => Promise<Answer | undefined>

async function lookAtTopic(
  { wanted }: HeartbeatTarget,
  channel: TopicReading['channel'],
  orNotAsked: OrNotAsked,
  signal: AbortSignal,
): Promise<TopicReading> {
  const topic = { channel, wanted: wanted[channel] }
  const answer = await orNotAsked(`who is subscribed to ${channel}`, async () => ({
    listed: await listSubscriptions(TOPICS[channel](), signal),
  }))
  if (answer === undefined) return { ...topic, listed: undefined }
  if (answer.listed === undefined) return { ...topic, listed: [], gone: true }
  // Alerts are what the functions tell, by their own right.
  const told = channel !== 'alerts' && topic.wanted.length > 0
  const guard = told ? await orNotAsked(`${GUARDS}${channel}`, () => guardOf(TOPICS[channel](), signal)) : undefined
  const withFilter = async ({ arn, ...one }: ListedWithArn): Promise<Listed> => {
    // Whoever is not ours may filter as they like.
    if (arn === undefined || !topic.wanted.some((wants) => isSame(wants, one))) return one
    const filter = await orNotAsked(`${FILTERS}${one.address} (${channel})`, () => filterOf(arn, signal))
    return filter === undefined ? one : { ...one, filter }
  }
  const listed = await pMap(answer.listed, withFilter, { concurrency: CONCURRENCY })
  return { ...topic, listed, ...(guard && { guard }) }
}

async function lookAtCheck(
  { check, everyMs, urgent }: ScheduledRun,
  { awaited }: TargetState,
  now: number,
  counted: Counted,
  orNotAsked: OrNotAsked,
  signal: AbortSignal,
): Promise<CheckReading | undefined> {
  const found = await orNotAsked(`${LAST_SUCCESS}${check}`, () => loadSuccesses(check, signal))
  if (found === undefined) return undefined
  const { at, runs, untold } = found.state
  const refused = refusalOf(found.state)
  counted.runs[check] = Number(runs) || 0
  return {
    check,
    everyMs,
    urgent,
    succeededAt: typeof at === 'number' ? at : undefined,
    awaitedSince: awaited?.[check] ?? now,
    ...(refused && { refused }),
    ...(untold !== undefined && { untold: true }),
  }
}

const toldOf = (target: string, { tally = {} }: TargetState): Counted['told'] =>
  Object.fromEntries(Object.entries(tally).map(([rule, counts]) => [`${target} ${rule}`, counts]))

function standingOf(target: string, check: string, { incidents }: TargetState): Standing[] {
  return Object.entries(incidents)
    .filter(([, { status }]) => status === 'open')
    .map(([rule, { severity, headline, since, unseenSince, once, told, held }]) => ({
      target,
      check,
      rule,
      severity,
      headline,
      since,
      // What nobody can change is no key that somebody should mend.
      unseen: !once && (rule.endsWith('.blind') || unseenSince !== undefined),
      // What is held back was not forgotten.
      told: told !== undefined || held !== undefined,
    }))
}
