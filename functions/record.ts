/** The record of what was ended: one item in the table for each, written right after the ending, kept for 90 days. */
import { type AttributeValue, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import pMap from 'p-map'
import type { Outcome } from './checks/victims.ts'
import { environment } from './env.ts'
import { RECORD_DAYS } from './event.ts'
import { errorMessage, redactAll } from './redact.ts'
import { client, keyOf, timeLimit } from './table.ts'
import { count } from './units.ts'

/** One session, connection or transaction that was ended, or may have been. */
export interface EndedRecord {
  /** When, as an ISO time. */
  at: string
  target: string
  rule: 'connections.stale' | 'transactions.open'
  outcome: Outcome
  /** Why it was ended, in one sentence. */
  evidence: string
  /** Of its kind: who, since when idle, and by which limits. */
  [fact: string]: string | number
}

/** What was not ended is no record: it goes on, and is in the log. */
const RECORDED: Outcome[] = ['ended', 'still-ending', 'lost']
const DAY = 24 * 60 * 60_000
/** Lambda returns at most 6 MB. */
const MOST_LISTED = 1_000
/** As many targets as a run looks at at a time: of hundreds at once the table would refuse some. */
const CONCURRENCY = 20

export interface Recorder {
  /** Begins to write at once, and lets the next ending go on meanwhile. */
  note(
    ending: { id: string | number; rule: EndedRecord['rule']; outcome: Outcome; evidence: string },
    facts: Facts,
  ): void
  /** Waits until all is written; what was not, as one sentence. Never throws. */
  faults(): Promise<string[]>
}

/** What is undefined is left out. */
type Facts = Record<string, string | number | undefined>

export function recorderOf(target: string): Recorder {
  const writes: Promise<string | undefined>[] = []
  return {
    note({ id, ...ending }, facts) {
      if (!RECORDED.includes(ending.outcome)) return
      const now = Date.now()
      const record = { at: new Date(now).toISOString(), target, ...ending, ...facts } as EndedRecord
      writes.push(
        write(record, id, now).then(
          () => undefined,
          (error: unknown) => errorMessage(error),
        ),
      )
    },
    async faults() {
      const failed = (await Promise.all(writes)).flatMap((fault) => fault ?? [])
      if (failed.length === 0) return []
      const what = count(failed.length, 'record')
      return [`the table did not take ${what} of what was ended on ${target}, which the log has: ${failed[0]}`]
    },
  }
}

// By a time limit of its own: what was ended is recorded, also when the target's time is over.
async function write(record: EndedRecord, id: string | number, now: number): Promise<void> {
  const place = { pk: `TARGET#${record.target}`, sk: `ENDED#${record.at}#${id}` }
  await client.send(
    new PutItemCommand({
      TableName: environment.table(),
      Item: {
        ...marshal(redactAll(record)),
        ...keyOf(place),
        expiresAt: { N: String(Math.ceil((now + RECORD_DAYS * DAY) / 1000)) },
      },
    }),
    timeLimit(),
  )
}

export interface EndingsList {
  /** From when on. */
  from: string
  /** Newest first. */
  endings: EndedRecord[]
  /** There are more, older ones: ask for fewer days, or for one target. */
  more?: true
}

/** @throws whatever keeps the table from answering */
export async function listEndings(targets: string[], days: number, now: number): Promise<EndingsList> {
  const from = new Date(now - days * DAY).toISOString()
  const lists = await pMap(targets, (target) => listOf(target, from), { concurrency: CONCURRENCY })
  const endings = lists.flat().sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
  return { from, endings: endings.slice(0, MOST_LISTED), ...(endings.length > MOST_LISTED && { more: true }) }
}

/** One more than are shown, to know whether there are more. */
async function listOf(target: string, from: string): Promise<EndedRecord[]> {
  const found: EndedRecord[] = []
  let after: Record<string, AttributeValue> | undefined
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: environment.table(),
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': { S: `TARGET#${target}` },
          ':from': { S: `ENDED#${from}` },
          // Behind every time.
          ':to': { S: 'ENDED#~' },
        },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: MOST_LISTED + 1 - found.length,
        ...(after && { ExclusiveStartKey: after }),
      }),
      timeLimit(),
    )
    found.push(...Items.map(unmarshal))
    after = LastEvaluatedKey
  } while (after && found.length <= MOST_LISTED)
  return found
}

const marshal = (record: EndedRecord): Record<string, AttributeValue> =>
  Object.fromEntries(
    Object.entries(record).flatMap(([name, value]): [string, AttributeValue][] =>
      value === undefined ? [] : [[name, typeof value === 'number' ? { N: String(value) } : { S: value }]],
    ),
  )

function unmarshal({ pk: _, sk: _sk, expiresAt: _at, ...item }: Record<string, AttributeValue>): EndedRecord {
  const values = Object.entries(item).map(([name, { N, S }]) => [name, N === undefined ? S : Number(N)])
  return Object.fromEntries(values) as EndedRecord
}
