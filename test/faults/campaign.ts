/** Plays many cases, some at the same time, and collects what is wrong with any of them. */
import { type CaseOutcome, type Plan, play, type RunOutcome, say } from './case.ts'
import { complaintsOf } from './complaints.ts'
import { LONG } from './faults.ts'
import { KINDS, type Kind, type Lane, startLane } from './lane.ts'
import type { Stage } from './stage.ts'

export interface Campaign {
  cases: number
  complaints: string[]
}

/** As many cases that do not wait, at the same time. */
export const BUSY = 3

function weightOf({ strikes, bolt }: Plan): 'heavy' | 'waits' | 'works' {
  if (strikes.some(({ fault }) => fault === '50 MB')) return 'heavy'
  return bolt !== undefined || strikes.some(({ fault }) => LONG.includes(fault)) ? 'waits' : 'works'
}

const needsRetry = ({ strikes }: Plan): boolean => strikes.some(({ fault }) => fault === 'answer lost')

/** @param lanes how many cases can be on their way: most of those wait most of the time */
export async function playAll(stage: Stage, plans: Plan[], lanes: number): Promise<Campaign> {
  const usual = {} as Record<Kind, RunOutcome>
  const started: Lane[] = []
  for (let number = 1; number <= lanes; number++) started.push(await startLane(number))
  const [first] = started as [Lane]
  for (const kind of KINDS) usual[kind] = (await play(stage, first, { kind, strikes: [], targetMs: 40_000 })).struck

  const complaints: string[] = []
  let cases = 0
  const playWith = async (some: Lane[], left: Plan[]) => {
    const one = async (lane: Lane) => {
      for (let plan = left.shift(); plan !== undefined; plan = left.shift()) {
        const outcome = await play(stage, lane, plan)
        const found = [...complaintsOf(plan, outcome, usual[plan.kind]), ...leaks(outcome, stage.secrets)]
        for (const complaint of found) complaints.push(`${say(plan)}: ${complaint}`)
        cases += 1
      }
    }
    await Promise.all(some.map(one))
  }
  // First while the SDK still has retries to spend: after many failures it asks no more than once.
  const ofWeight = Map.groupBy(
    plans.toSorted((a, b) => Number(needsRetry(b)) - Number(needsRetry(a))),
    weightOf,
  )
  await Promise.all([
    playWith(started.slice(BUSY), ofWeight.get('waits') ?? []),
    playWith(started.slice(0, BUSY), ofWeight.get('works') ?? []),
  ])
  // One at a time: to read so much keeps the process busy, and all others would come too late.
  await playWith(started.slice(0, 1), ofWeight.get('heavy') ?? [])
  const left = {
    table: await stage.aws.dynamodb.items(stage.aws.env.NIGHTSHIFT_TABLE as string),
    'mails and SMS': stage.aws.sns.inbox,
    pings: stage.ping.pings.map(({ body }) => body),
  }
  for (const [place, content] of Object.entries(left)) {
    const text = JSON.stringify(content)
    if (content.length === 0) complaints.push(`nothing is in the ${place}`)
    if (stage.secrets.some((secret) => text.includes(secret))) complaints.push(`a credential is in the ${place}`)
  }
  return { cases, complaints }
}

function leaks({ struck, after, later }: CaseOutcome, secrets: string[]): string[] {
  const said = [struck, after, ...(later ? [later] : [])]
    .flatMap(({ log, mails, error = '' }) => [log, ...mails, error])
    .join('\n')
  return secrets.some((secret) => said.includes(secret)) ? ['a credential was said'] : []
}
