/** The connections check, as Lambda runs it. */

import type { Context } from 'aws-lambda'
import config from '#config'
import { resolveConfig } from './config.ts'
import { parseEvent } from './event.ts'
import type { Report } from './report.ts'
import { runConnections } from './run.ts'

const settings = resolveConfig(config)

export async function handler(event: unknown, context: Context): Promise<Report> {
  const request = parseEvent(
    event,
    settings.targets.map(({ name }) => name),
  )
  const endsAt = Date.now() + context.getRemainingTimeInMillis()
  return runConnections({ settings, request, runId: context.awsRequestId, endsAt })
}
