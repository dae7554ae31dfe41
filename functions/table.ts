/** Items of the one table: JSON that is changed by conditional writes only, so that overlapping runs lose nothing. */
import { randomUUID } from 'node:crypto'
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import { environment } from './env.ts'

/** Where an item is, and how its text is read: whatever stands there, `parse` never throws. */
export interface Place<State> {
  pk: string
  sk: string
  parse(text: string | undefined): State
}

export interface Kept<State> {
  /** Counts the writes; 0: there is no item yet. */
  version: number
  /** Names the last write, so that its writer knows it again. */
  write?: string
  state: State
}

/** An item is forgotten this long after its last write: its target is no longer watched. */
const KEEP_MS = 90 * 24 * 60 * 60_000
/** More overlapping runs than this have never been seen to collide one after the other. */
const MOST_TRIES = 8

export const client = new DynamoDBClient({ maxAttempts: 4 })
/** For one request, the SDK's own retries included. */
const REQUEST_MS = 8_000
export const timeLimit = (...signals: AbortSignal[]) => ({
  abortSignal: AbortSignal.any([...signals, AbortSignal.timeout(REQUEST_MS)]),
})

/** @throws whatever keeps the table from answering, or the signal's reason */
export async function loadItem<State>({ parse, ...place }: Place<State>, signal: AbortSignal): Promise<Kept<State>> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: environment.table(), Key: keyOf(place), ConsistentRead: true }),
    timeLimit(signal),
  )
  const write = Item?.write?.S
  return { version: Number(Item?.version?.N ?? 0), ...(write && { write }), state: parse(Item?.state?.S) }
}

/**
 * Changes the state. When another run was faster, `change` is asked again with what that run wrote, so it must be pure.
 * @returns what the last asked `change` returned beside the state
 * @throws whatever keeps the table from answering, or the signal's reason
 */
export async function changeItem<State, Result>(
  place: Place<State>,
  from: Kept<State>,
  now: number,
  signal: AbortSignal,
  change: (state: State) => { state: State; result: Result },
): Promise<Result> {
  let kept = from
  for (let tries = 1; ; tries++) {
    const { state, result } = change(kept.state)
    // Nothing changed: nothing to write.
    if (kept.version > 0 && JSON.stringify(state) === JSON.stringify(kept.state)) return result
    const write = randomUUID()
    if (await save(place, { version: kept.version, write, state }, now, signal)) return result
    kept = await loadItem(place, signal)
    // It was this very write, whose answer was lost and which the SDK sent again: one look must not count twice.
    if (kept.write === write) return result
    if (tries === MOST_TRIES)
      throw new Error(`${place.sk} of ${place.pk} changed under this run ${MOST_TRIES} times in a row`)
  }
}

/** Whether nobody else has written since `version` was read. */
async function save(
  place: Omit<Place<never>, 'parse'>,
  { version, write, state }: Kept<unknown> & { write: string },
  now: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: environment.table(),
        Item: {
          ...keyOf(place),
          version: { N: String(version + 1) },
          write: { S: write },
          state: { S: JSON.stringify(state) },
          expiresAt: { N: String(Math.ceil((now + KEEP_MS) / 1000)) },
        },
        ConditionExpression: version === 0 ? 'attribute_not_exists(pk)' : 'version = :version',
        ...(version > 0 && { ExpressionAttributeValues: { ':version': { N: String(version) } } }),
      }),
      timeLimit(signal),
    )
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

export const keyOf = ({ pk, sk }: Omit<Place<never>, 'parse'>) => ({ pk: { S: pk }, sk: { S: sk } })
