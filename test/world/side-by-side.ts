/**
 * Several processes of one function, side by side over one night, any of which can be killed at a point of its way; and
 * what they have told.
 *
 *     await using runs = await startSideBySide(night)
 *     const { died } = await runs.make(5, ({ what, answered }) => what === 'Publish' && answered === 200)
 *     expect(runs.told()).toEqual(['CRITICAL orders connections.saturation'])
 */
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { TargetState } from '../../functions/incidents/store.ts'
import type { Report } from '../../functions/report.ts'
import type { Invocation, LocalFunction } from './lambda.ts'
import type { Night } from './night.ts'
import { type Passing, startRelay, type Verdict } from './relay.ts'

/** A request on its way or back, of a run that has or has not had SNS take its message before. */
export type Point = Passing & { published: boolean }

export interface Made {
  answers: Invocation<Report>[]
  /** The name of the run that was killed. */
  died?: string
  /** Whether it died after SNS had taken its message and before the table had it that this was told. */
  diedUnmarked: boolean
}

export interface SideBySide extends AsyncDisposable {
  /**
   * So many runs at once, processes that are warm first.
   * @param dies the first of them that gets to such a point is killed there
   * @param spoils answers that are given in place of the services'
   */
  make(count: number, dies?: (point: Point) => boolean, spoils?: (point: Point) => Verdict): Promise<Made>
  /** Runs, one after the other, until one has nothing to tell any more. */
  makeUntilQuiet(): Promise<void>
  /** Each notice that was mailed since the last time this was asked, in order: `CRITICAL orders connections.saturation`; with `, untold` what is over and came while nothing could be sent. */
  told(): string[]
  /** As if the time had passed that a dead run's claims last. */
  expireClaims(): Promise<void>
}

const NAMES = ['first', 'second', 'third', 'fourth', 'fifth']
const STATE = / TARGET#\S+ CHECK#/

/**
 * @param night where the function runs; without a Neon, where it asks none
 * @param start a process of the function, in another environment; by default the night's own function
 */
export async function startSideBySide(
  { another, aws, neon }: Pick<Night, 'aws'> & Partial<Night>,
  start: ((env: Record<string, string>) => Promise<LocalFunction>) | undefined = another,
): Promise<SideBySide> {
  if (start === undefined) throw new Error('no function to start')
  await using starting = new AsyncDisposableStack()
  const relay = starting.use(await startRelay({ ...aws.env, ...neon?.env }))
  let processes = await Promise.all(
    NAMES.map(async (name) => ({ name, process: starting.use(await start(relay.env(name))) })),
  )
  const started = starting.move()
  let read = 0

  async function make(count: number, dies?: (point: Point) => boolean, spoils?: (point: Point) => Verdict) {
    const chosen = processes.slice(0, count)
    const kills = new Map(chosen.map(({ name }) => [name, new AbortController()]))
    const published = new Set<string>()
    const marked = new Set<string>()
    let died: string | undefined
    relay.watch((passing) => {
      const { from, what, answered } = passing
      if (from === died) return 'keep'
      const point = { ...passing, published: published.has(from) }
      if (answered === 200 && what === 'Publish') published.add(from)
      if (answered === 200 && point.published && STATE.test(what) && what.startsWith('PutItem')) marked.add(from)
      if (died === undefined && dies?.(point)) {
        died = from
        kills.get(from)?.abort()
        return 'keep'
      }
      return answered === undefined ? spoils?.(point) : undefined
    })
    const answers = await Promise.all(
      chosen.map(({ name, process }) => process.invoke<Report>({}, { kill: kills.get(name)?.signal })),
    )
    relay.watch()
    if (died === undefined) return { answers, diedUnmarked: false }
    // It starts cold the next time.
    processes = processes.toSorted((a, b) => Number(a.name === died) - Number(b.name === died))
    return { answers, died, diedUnmarked: published.has(died) && !marked.has(died) }
  }

  return {
    make,
    async makeUntilQuiet() {
      for (let before = -1; before < aws.sns.published.length; ) {
        before = aws.sns.published.length
        await make(1)
      }
    },
    told() {
      const mails = aws.sns.inbox.slice(read).filter(({ protocol }) => protocol === 'email')
      read = aws.sns.inbox.length
      return mails.flatMap(({ text }) => noticesIn(text))
    },
    expireClaims: () => expireClaims(aws),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** A mail's notices: each begins with what it is and ends with its rule. */
function noticesIn(mail: string): string[] {
  const notices = mail.matchAll(/^((?:STILL )?[A-Z]+ \S+): .*\n\n((?:Since|It lasted) (?:.|\n)*?)^Rule: (\S+)/gm)
  return [...notices].map(
    ([, what, text, rule]) => `${what} ${rule}${text?.includes('could not be told while it lasted') ? ', untold' : ''}`,
  )
}

async function expireClaims({ connect, dynamodb, env }: Night['aws']): Promise<void> {
  const TableName = env.NIGHTSHIFT_TABLE as string
  const table = new DynamoDBClient(connect('dynamodb'))
  for (const { pk, sk, state } of await dynamodb.items(TableName)) {
    const kept: Partial<TargetState> = JSON.parse(typeof state === 'string' ? state : '{}')
    const claims = Object.values(kept.incidents ?? {}).flatMap(({ claim }) => claim ?? [])
    if (claims.length === 0) continue
    for (const claim of claims) claim.until = 0
    await table.send(
      new UpdateItemCommand({
        TableName,
        Key: { pk: { S: String(pk) }, sk: { S: String(sk) } },
        UpdateExpression: 'SET #state = :state',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':state': { S: JSON.stringify(kept) } },
      }),
    )
  }
  table.destroy()
}
