import { Duration, Stack } from 'aws-cdk-lib'
import {
  Alarm,
  type AlarmProps,
  type CfnAlarm,
  ComparisonOperator,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { formatDuration } from '../functions/units.ts'
import type { ScheduledCheck } from './scheduled-check.ts'

export interface WatchdogProps {
  /** Where every alarm, and its end, is told. CloudWatch must be allowed to publish to it, and to `urgent`. */
  operations: ITopic
  /** Where it is told besides that nobody is watching. */
  urgent: ITopic
  /** The address of docs/runbook.md, if the user has published one. */
  runbook: string | undefined
}

/** What a run prints as its last act when it has done all it had to: `logSuccess` in functions/log.ts. */
const SUCCESS = { namespace: 'Nightshift', metricName: 'RunSucceeded' }

/** This many periods without a successful run are told. One may be late, two may be unlucky. */
const MISSED_RUNS = 3

/** The longest warm-up that CloudWatch takes. */
const MAX_WARM_UP = Duration.days(2)

/** In periods as short as these CloudWatch looks back for a day at most, in longer ones for a week. */
const SHORT = Duration.minutes(5)
const LONG = Duration.hours(1)

interface Watch {
  /** What is watched: a check, a topic, the schedules. */
  what: string
  /**
   * `<stack>/<what>/<trouble>` is the alarm's name, which is the subject of its e-mail and all of its SMS;
   * `watchdog-<trouble>` is the runbook's section.
   */
  trouble: string
  /** What it means and what to do, as a sentence or two. */
  means: string
  function?: IFunction
  alarm: Pick<AlarmProps, 'metric' | 'threshold'> & Partial<AlarmProps>
}

/**
 * Watches the watcher: every way of falling silent raises an alarm.
 *
 * Scheduler's own metrics are left out on purpose. A tick that was refused once and then taken is no news; one that was
 * given up lies in the queue of undelivered ticks; and if even that fails there is no successful run, which is watched.
 * Whether anyone is still subscribed no alarm can tell.
 */
export class Watchdog extends Construct {
  private readonly props: WatchdogProps

  constructor(scope: Construct, id: string, props: WatchdogProps) {
    super(scope, id)
    this.props = props
  }

  /**
   * All that can go wrong with a check; of one that wakes nobody, that it does not succeed, and that a run failed. Each
   * has an alarm of its own: one that several shared would hide, while it stands, that another has begun to fail.
   */
  watchCheck(check: ScheduledCheck): void {
    this.watchSuccess(check)
    const { check: what, function: fn, every: period, timeout, urgent } = check
    // One of the last two periods, since runs start some seconds early or late: a window that happens to hold none
    // would otherwise be told as the end of the trouble.
    const lately = { threshold: 1, evaluationPeriods: 2, datapointsToAlarm: 1 }
    // Cut into short periods, or a failure of a rare check would be told as late as its next run.
    const window = urgent ? { ...lately, period } : lastly(Duration.millis(2 * period.toMilliseconds()))
    this.watch({
      what,
      trouble: 'errors',
      means: `A run of the ${what} check failed. Read the last error in its log; the next run is made whatever becomes of this one.`,
      function: fn,
      alarm: { ...window, threshold: 1, metric: fn.metricErrors({ period: window.period }) },
    })
    if (!urgent) return
    this.watch({
      what,
      trouble: 'throttled',
      means: `Lambda refused to start the ${what} check because the account runs too many functions at once. See what else is running, or ask AWS for more concurrency.`,
      function: fn,
      alarm: { ...lately, metric: fn.metricThrottles({ period }) },
    })
    this.watch({
      what,
      trouble: 'slow',
      means: `A run of the ${what} check took more than 80 % of the ${timeout.toSeconds()} seconds that it may take. See in its log which targets are slow before it is cut off.`,
      function: fn,
      alarm: {
        ...lately,
        metric: fn.metricDuration({ period, statistic: Stats.MAXIMUM }),
        threshold: 0.8 * timeout.toMilliseconds(),
      },
    })
  }

  /** The dead man's switch: not invoked, failed, cut off, or succeeded without saying so. */
  private watchSuccess({ check: what, function: fn, every: period, schedule, timeout, urgent }: ScheduledCheck): void {
    // Runs are stamped with their start and may take their whole time limit: with a short period that is a gap too.
    const margin = timeout.plus(Duration.minutes(2))
    const missed = Math.max(MISSED_RUNS, Math.ceil(margin.toMinutes() / period.toMinutes()))
    const alarm = this.watch({
      what,
      trouble: 'no-success',
      means: `The ${what} check has had no successful run for ${formatDuration(period.toMilliseconds() * missed)}, so nobody is watching${what === 'heartbeat' ? ' Nightshift itself' : ''}. Read the last error in its log; if there are no runs at all, see whether its schedule is enabled.`,
      function: fn,
      alarm: {
        metric: new Metric({
          ...SUCCESS,
          dimensionsMap: { Check: what, FunctionName: fn.functionName },
          statistic: Stats.SUM,
          period,
        }),
        threshold: 1,
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluationPeriods: missed,
        treatMissingData: TreatMissingData.BREACHING,
      },
    })
    if (urgent) {
      const ring = new SnsAction(this.props.urgent)
      alarm.addAlarmAction(ring)
      alarm.addOkAction(ring)
    }
    // A new stack has not succeeded yet and must not be told so: first the schedule, then this alarm, and the alarm
    // waits until runs had their time.
    alarm.node.addDependency(schedule)
    const cfnAlarm = alarm.node.defaultChild as CfnAlarm
    cfnAlarm.warmUpConfiguration = {
      warmUpPeriodDurationInMinutes: Math.min(period.toMinutes() * missed, MAX_WARM_UP.toMinutes()),
    }
  }

  /**
   * By what is put into the queue, not by what lies there: for the days until that is deleted the alarm would stand, and
   * hide every later one. For two hours, so that hourly ticks that are lost are told once and not once each.
   */
  watchUndelivered(queue: IQueue): void {
    const { period, ...window } = lastly(Duration.hours(2))
    this.watch({
      what: 'schedules',
      trouble: 'undelivered',
      means: `Scheduler could not hand a tick to Lambda, so a run never began. Read the messages of the queue ${queue.queueName} and mend the cause.`,
      // Scheduler sends there as anybody sends; only what SQS itself moves from queue to queue is not counted.
      alarm: { ...window, threshold: 1, metric: queue.metricNumberOfMessagesSent({ period }) },
    })
  }

  /** Also fires when an SMS is refused because the month's spending limit is reached. */
  watchTopic(what: string, topic: ITopic): void {
    this.watch({
      what,
      trouble: 'not-delivered',
      means: `SNS could not deliver a message of the ${what} topic to somebody. See whether an address is gone, a phone has opted out, or the SMS spending limit is reached.`,
      alarm: { metric: topic.metricNumberOfNotificationsFailed(), threshold: 1 },
    })
  }

  private watch({ what, trouble, means, function: fn, alarm: props }: Watch): Alarm {
    const alarm = new Alarm(this, `${what}-${trouble}`, {
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...props,
      alarmName: `${Stack.of(this).stackName}/${what}/${trouble}`,
      alarmDescription: [
        means,
        `Runbook: ${this.props.runbook ?? 'docs/runbook.md'}#watchdog-${trouble}`,
        fn ? `Function: ${this.functionLink(fn)}` : `Functions: ${this.functionsLink()}`,
      ].join('\n'),
    })
    const tell = new SnsAction(this.props.operations)
    alarm.addAlarmAction(tell)
    alarm.addOkAction(tell)
    return alarm
  }

  /** All functions of this stack, for what is not one function's trouble. */
  private functionsLink(): string {
    const { region, stackName } = Stack.of(this)
    return `https://${region}.console.aws.amazon.com/lambda/home?region=${region}#/applications/${stackName}`
  }

  private functionLink({ functionName }: IFunction): string {
    const { region } = Stack.of(this)
    return `https://${region}.console.aws.amazon.com/lambda/home?region=${region}#/functions/${functionName}?tab=monitoring`
  }
}

/** Whether there was one within so long, asked every five minutes, or every hour where that is too long for CloudWatch. */
function lastly(time: Duration): { period: Duration; evaluationPeriods: number; datapointsToAlarm: number } {
  const period = time.toDays({ integral: false }) <= 1 ? SHORT : LONG
  return { period, evaluationPeriods: Math.ceil(time.toMinutes() / period.toMinutes()), datapointsToAlarm: 1 }
}
