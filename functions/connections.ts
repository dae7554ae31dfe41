/** The connections check, as Lambda runs it. */

import { randomUUID } from 'node:crypto'
import type { Context } from 'aws-lambda'
import config from '#config'
import { resolveConfig } from './config.ts'
import { parseEvent } from './event.ts'
import { redactError } from './redact.ts'
import type { Report } from './report.ts'
import { runConnections } from './run.ts'

const settings = resolveConfig(config)

/**
 * @param event `{}`, or what `parseEvent` allows
 * @throws EventError for an event that is not understood; RunFailed when the table or SNS failed
 */
export async function handler(event: unknown, context: Context): Promise<Report> {
  try {
    const names = settings.targets.map(({ name }) => name)
    const endsAt = Date.now() + context.getRemainingTimeInMillis()
    // One of its own: Lambda may deliver one event twice, with one and the same request id.
    const runId = `${context.awsRequestId}/${randomUUID()}`
    return await runConnections({ settings, request: parseEvent(event, names), runId, endsAt })
  } catch (error) {
    throw redactError(error)
  }
}
