/** A check as a Lambda handler. */
import { randomUUID } from 'node:crypto'
import type { Context } from 'aws-lambda'
import type { Settings } from './config.ts'
import { parseEvent } from './event.ts'
import type { EndingsList } from './record.ts'
import { redactAll, redactError } from './redact.ts'
import type { Report } from './report.ts'
import { type Check, run, type Watched } from './run.ts'

/** What only a check that ends something can be asked for. */
interface Also {
  processList?: boolean
  listEndings?: (targets: string[], days: number, now: number) => Promise<EndingsList>
}

/**
 * The handler takes `{}`, or what `parseEvent` allows, and returns the report, or the record of what was ended.
 * It throws an EventError for an event that is not understood, and RunFailed when the table or SNS failed.
 */
export const handlerOf =
  <Target extends Watched>(settings: Settings, check: Check<Target>, { processList = false, listEndings }: Also = {}) =>
  async (event: unknown, context: Context): Promise<Report | EndingsList> => {
    try {
      const names = check.targets.map(({ name }) => name)
      const endsAt = Date.now() + context.getRemainingTimeInMillis()
      const request = parseEvent(event, names, { processList, endings: listEndings !== undefined })
      if ('endings' in request) {
        if (listEndings === undefined) throw new Error('no record to list')
        return redactAll(await listEndings(request.endings.targets, request.endings.days, Date.now()))
      }
      // One of its own: Lambda may deliver one event twice, with one and the same request id.
      const runId = `${context.awsRequestId}/${randomUUID()}`
      return await run(check, { settings, request, runId, endsAt })
    } catch (error) {
      throw redactError(error)
    }
  }
