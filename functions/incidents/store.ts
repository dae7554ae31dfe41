/**
 * What is kept between runs: one item per target and check, changed by conditional writes only. All rules of a target
 * stand in one item, so that a look is one read and one write, and its incidents change together or not at all.
 */
import { randomUUID } from 'node:crypto'
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { AuraMemory } from '../checks/aura/memory.ts'
import { SEVERITIES } from '../checks/finding.ts'
import type { Cause, LastSeen } from '../checks/reading.ts'
import { environment } from '../env.ts'
import { log } from '../log.ts'
import { errorMessage } from '../redact.ts'
import type { Incident } from './transition.ts'

export interface TargetState {
  /** By rule. */
  incidents: Record<string, Incident>
  last?: LastSeen
  /** What keeps looks out for good; absent once one has got in. */
  cutOffBy?: Cause
  /** What is remembered of an Aura instance. */
  aura?: AuraMemory
}

export interface Stored {
  target: string
  check: string
  /** Counts the writes; 0: there is no item yet. */
  version: number
  /** Names the last write, so that its writer knows it again. */
  write?: string
  state: TargetState
}

/** An item is forgotten this long after its last write: its target is no longer watched. */
const KEEP_MS = 90 * 24 * 60 * 60_000
/** More overlapping runs than this have never been seen to collide one after the other. */
const MOST_TRIES = 8

const client = new DynamoDBClient({ maxAttempts: 4 })
/** For one request, the SDK's own retries included. */
const REQUEST_MS = 8_000
const timeLimit = (signal: AbortSignal) => ({ abortSignal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]) })

/** @throws whatever keeps the table from answering, or the signal's reason */
export async function loadState(target: string, check: string, signal: AbortSignal): Promise<Stored> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: environment.table(), Key: key(target, check), ConsistentRead: true }),
    timeLimit(signal),
  )
  const version = Number(Item?.version?.N ?? 0)
  const write = Item?.write?.S
  return { target, check, version, ...(write && { write }), state: parseState(Item?.state?.S, target) }
}

/** The same, with a failure as a value: a target whose incidents are not known is looked at all the same. */
export const loadOrFault = (target: string, check: string, signal: AbortSignal): Promise<Stored | { fault: string }> =>
  loadState(target, check, signal).catch((error: unknown) => ({
    fault: `the incident table did not answer for ${target}: ${errorMessage(error)}`,
  }))

/**
 * Changes the state. When another run was faster, `change` is asked again with what that run wrote, so it must be pure.
 * @returns what the last asked `change` returned beside the state
 * @throws whatever keeps the table from answering, or the signal's reason
 */
export async function changeState<Result>(
  from: Stored,
  now: number,
  signal: AbortSignal,
  change: (state: TargetState) => { state: TargetState; result: Result },
): Promise<Result> {
  let stored = from
  for (let tries = 1; ; tries++) {
    const { state, result } = change(stored.state)
    // Nothing changed: nothing to write.
    if (stored.version > 0 && JSON.stringify(state) === JSON.stringify(stored.state)) return result
    const write = randomUUID()
    if (await save({ ...stored, state, write }, now, signal)) return result
    stored = await loadState(from.target, from.check, signal)
    // It was this very write, whose answer was lost and which the SDK sent again: one look must not count twice.
    if (stored.write === write) return result
    if (tries === MOST_TRIES)
      throw new Error(`state of ${from.target} changed under this run ${MOST_TRIES} times in a row`)
  }
}

/** Whether nobody else has written since `version` was read. */
async function save(
  { target, check, version, write, state }: Stored & { write: string },
  now: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: environment.table(),
        Item: {
          ...key(target, check),
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

const key = (target: string, check: string) => ({ pk: { S: `TARGET#${target}` }, sk: { S: `CHECK#${check}` } })

/** An item that cannot be read must not keep its target from being watched: what cannot be used of it is left out. */
function parseState(text: string | undefined, target: string): TargetState {
  if (text === undefined) return { incidents: {} }
  let state: Partial<TargetState> | null = null
  try {
    state = JSON.parse(text)
  } catch {
    // Told below, like anything else that is not as it was written.
  }
  const written = Object.entries(state?.incidents ?? {})
  const usable = written.filter(([, incident]) => isIncident(incident))
  if (typeof state?.incidents !== 'object' || usable.length < written.length)
    log('state-unreadable', { target, remedy: 'started anew; what still stands will be told again' })
  const { incidents: _, ...kept } = state ?? {}
  return { ...kept, incidents: Object.fromEntries(usable) }
}

const isIncident = (value: Incident | null): boolean =>
  typeof value?.status === 'string' &&
  SEVERITIES.includes(value.severity) &&
  SEVERITIES.includes(value.worst) &&
  typeof value.headline === 'string' &&
  typeof value.since === 'number' &&
  typeof value.brokenAt === 'number' &&
  Array.isArray(value.looks)
