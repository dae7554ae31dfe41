/** A check as a Lambda handler. */
import { randomUUID } from 'node:crypto'
import type { Context } from 'aws-lambda'
import type { Settings } from './config.ts'
import { parseEvent } from './event.ts'
import { acknowledge, checksOn, type QuietReport, snooze } from './quiet/asked.ts'
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
 * The handler takes `{}`, or what `parseEvent` allows, and returns the report, the record of what was ended, or what quiet was set.
 * It throws an EventError for an event that is not understood, and RunFailed when the table or SNS failed.
 */
export const handlerOf =
  <Target extends Watched>(settings: Settings, check: Check<Target>, { processList = false, listEndings }: Also = {}) =>
  async (event: unknown, context: Context): Promise<Report | EndingsList | QuietReport> => {
    try {
      const names = check.targets.map(({ name }) => name)
      const endsAt = Date.now() + context.getRemainingTimeInMillis()
      const checks = (name: string) => checksOn(check.targets.find((target) => target.name === name) ?? {})
      const quiet = names.some((name) => checks(name).length > 0)
      const request = parseEvent(event, names, { processList, endings: listEndings !== undefined, quiet })
      if ('endings' in request) {
        if (listEndings === undefined) throw new Error('no record to list')
        return redactAll(await listEndings(request.endings.targets, request.endings.days, Date.now()))
      }
      const signal = () => AbortSignal.timeout(Math.max(1, endsAt - Date.now()))
      if ('snooze' in request)
        return redactAll(await snooze(request, checks(request.snooze.target), Date.now(), signal()))
      if ('acknowledge' in request)
        return redactAll(await acknowledge(request, checks(request.acknowledge.target), Date.now(), signal()))
      // One of its own: Lambda may deliver one event twice, with one and the same request id.
      const runId = `${context.awsRequestId}/${randomUUID()}`
      return await run(check, { settings, request, runId, endsAt })
    } catch (error) {
      throw redactError(error)
    }
  }
