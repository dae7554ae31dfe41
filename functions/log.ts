/** One JSON line an event on standard output, redacted. Metrics are such lines too (CloudWatch embedded metric format). */
import { lambda } from './env.ts'
import { redact } from './redact.ts'

/** @param event what happened, in a few words that a search finds */
export function log(event: string, facts: Record<string, unknown> = {}): void {
  process.stdout.write(`${escapeControls(redact(JSON.stringify({ event, ...facts })))}\n`)
}

/**
 * JSON leaves as they are what some viewers take for the end of a line, what turns the direction of text, and a terminal's
 * second set of controls: whoever reads the log must see what is in it.
 */
const escapeControls = (json: string): string =>
  json.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )

/** The success that the watchdog's alarm misses when it does not come. */
export function logSuccess(check: string, now: number): void {
  process.stdout.write(
    `${JSON.stringify({
      _aws: {
        Timestamp: now,
        CloudWatchMetrics: [
          {
            Namespace: 'Nightshift',
            // By function too: a second stack's success in the same account must not stand for this one's.
            Dimensions: [['Check', 'FunctionName']],
            Metrics: [{ Name: 'RunSucceeded', Unit: 'Count' }],
          },
        ],
      },
      Check: check,
      FunctionName: lambda.functionName(),
      RunSucceeded: 1,
    })}\n`,
  )
}
