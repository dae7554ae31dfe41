import { join } from 'node:path'
import { Duration, RemovalPolicy, Stack, TimeZone, Validations } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, type CfnFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda'
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { type IScheduleGroup, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler'
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { bundling, ROOT } from './bundling.ts'

export interface ScheduledCheckProps {
  /** The check's name; its handler is `functions/<check>.ts`. */
  check: string
  /** Whether it is worth waking somebody that it is not made. */
  urgent: boolean
  /** Milliseconds, whole minutes. */
  everyMs: number
  /** Once a day, right after this hour UTC has begun, instead of whenever the stack was made. */
  atHour?: number
  /** Absolute path of the configuration file to bundle. */
  config: string
  environment: Record<string, string>
  group: IScheduleGroup
  /** Gets the ticks that Scheduler could not hand to Lambda. */
  undelivered: IQueue
  /** Gets the runs that failed or never began. */
  failed: IQueue
}

/** One check: its function, and the schedule that runs it. */
export class ScheduledCheck extends Construct {
  readonly check: string
  readonly urgent: boolean
  readonly every: Duration
  readonly timeout = Duration.minutes(2)
  readonly function: NodejsFunction
  readonly schedule: Schedule

  constructor(scope: Construct, id: string, props: ScheduledCheckProps) {
    super(scope, id)
    this.check = props.check
    this.urgent = props.urgent
    this.every = Duration.millis(props.everyMs)
    // A tick is worth something until the next one; 6 hours is as long as Lambda keeps any.
    const maxEventAge = Duration.millis(Math.min(props.everyMs, Duration.hours(6).toMilliseconds()))

    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    // A role of its own instead of CDK's, which may write to every log group of the account.
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What the ${props.check} check of Nightshift may do`,
    })
    logGroup.grantWrite(role)
    // Not CDK's `SqsDestination`, which also allows two questions about the queue that Lambda never asks.
    props.failed.grant(role, 'sqs:SendMessage')

    this.function = new NodejsFunction(this, 'Function', {
      description: `Nightshift's ${props.check} check. Test it with {} to run it now.`,
      entry: join(ROOT, 'functions', `${props.check}.ts`),
      handler: 'handler',
      projectRoot: ROOT,
      depsLockFilePath: join(ROOT, 'package-lock.json'),
      bundling: bundling(props.config),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: this.timeout,
      environment: props.environment,
      role,
      logGroup,
      // The functions write whole JSON lines themselves, metrics among them (embedded metric format). As text they
      // reach CloudWatch untouched; Lambda's JSON format would wrap what goes through `console` in an envelope.
      loggingFormat: LoggingFormat.TEXT,
      // Scheduler only sees whether Lambda queued the tick: what becomes of the run is said here. No second attempt,
      // since the next tick is near; throttled ticks are still retried until they are too old.
      retryAttempts: 0,
      maxEventAge,
      onFailure: { bind: () => ({ destination: props.failed.queueArn }) },
    })

    this.schedule = new Schedule(this, 'Schedule', {
      description: `Runs Nightshift's ${props.check} check`,
      scheduleGroup: props.group,
      schedule:
        props.atHour === undefined
          ? ScheduleExpression.rate(this.every)
          : ScheduleExpression.cron({ minute: '1', hour: String(props.atHour), timeZone: TimeZone.ETC_UTC }),
      target: new LambdaInvoke(this.function, {
        // Left out, Scheduler sends an event of its own; {} is also what the console's Test button is told to send.
        input: ScheduleTargetInput.fromObject({}),
        // By default it would try 185 times in 24 hours, and a morning would begin with the whole night's ticks.
        retryAttempts: 2,
        maxEventAge,
        deadLetterQueue: props.undelivered,
      }),
    })
    this.acknowledgeInvokeWildcard()
  }

  private acknowledgeInvokeWildcard() {
    const stack = Stack.of(this)
    const logicalId = stack.resolve(stack.getLogicalId(this.function.node.defaultChild as CfnFunction))
    Validations.of(stack).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${logicalId}.Arn>:*]`,
      reason: `The role of the ${this.check} schedule may invoke that one function; the wildcard stands for its versions.`,
    })
  }
}
