/** A check as a Lambda handler. */
import { randomUUID } from 'node:crypto'
import type { Context } from 'aws-lambda'
import type { Settings } from './config.ts'
import { parseEvent } from './event.ts'
import { redactError } from './redact.ts'
import type { Report } from './report.ts'
import { type Check, run, type Watched } from './run.ts'

/**
 * The handler takes `{}`, or what `parseEvent` allows, and returns the report.
 * It throws an EventError for an event that is not understood, and RunFailed when the table or SNS failed.
 */
export const handlerOf =
  <Target extends Watched>(settings: Settings, check: Check<Target>) =>
  async (event: unknown, context: Context): Promise<Report> => {
    try {
      const names = check.targets.map(({ name }) => name)
      const endsAt = Date.now() + context.getRemainingTimeInMillis()
      // One of its own: Lambda may deliver one event twice, with one and the same request id.
      const runId = `${context.awsRequestId}/${randomUUID()}`
      return await run(check, { settings, request: parseEvent(event, names), runId, endsAt })
    } catch (error) {
      throw redactError(error)
    }
  }
