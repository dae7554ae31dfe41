import { ArnFormat, CfnOutput, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb'
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { checksOf, HEARTBEAT_MS } from '../functions/config-heartbeat.ts'
import { allowHeartbeat } from './heartbeat.ts'
import type { LoadedSettings } from './load-settings.ts'
import { Notifications } from './notifications.ts'
import { ScheduledCheck } from './scheduled-check.ts'
import { Watchdog } from './watchdog.ts'

const LOOKS_AT: Record<string, string> = {
  connections: 'the connections of Neon',
  aura: 'Aura',
  storage: 'storage',
  snapshots: 'snapshots',
  heartbeat: 'Nightshift itself',
}

/** These list the record of what was ended: on demand, and for the weekly letter. */
const LISTS_ENDINGS = ['connections', 'aura', 'heartbeat']

const pascal = (check: string) => `${check[0]?.toUpperCase()}${check.slice(1)}`

/** All of Nightshift in one account and region. */
export class NightshiftStack extends Stack {
  constructor(scope: Construct, id: string, { settings, config }: LoadedSettings) {
    super(scope, id, { description: 'Nightshift: watches Neon and Aura databases while everyone sleeps' })

    const notifications = new Notifications(this, 'Notifications', { tell: settings.tell })
    const { alerts, operations, urgent } = notifications

    const table = new Table(this, 'State', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // What is open and what was told: worth restoring after a slip, worth nothing once Nightshift itself is gone.
      removalPolicy: RemovalPolicy.DESTROY,
    })

    const undelivered = this.deadLetterQueue('Undelivered')
    const failed = this.deadLetterQueue('Failed')
    const group = new ScheduleGroup(this, 'Schedules', { removalPolicy: RemovalPolicy.DESTROY })

    const shared = {
      config,
      environment: {
        NIGHTSHIFT_TABLE: table.tableName,
        NIGHTSHIFT_ALERTS_TOPIC: alerts.topicArn,
        NIGHTSHIFT_SECRET: settings.secret,
      },
      group,
      undelivered,
      failed,
    }
    const checks = checksOf(settings).map((one) => new ScheduledCheck(this, pascal(one.check), { ...shared, ...one }))
    const heartbeat = new ScheduledCheck(this, 'Heartbeat', {
      ...shared,
      check: 'heartbeat',
      urgent: false,
      everyMs: HEARTBEAT_MS,
      atHour: settings.letter?.hour ?? 8,
      environment: {
        ...shared.environment,
        NIGHTSHIFT_OPERATIONS_TOPIC: operations.topicArn,
        NIGHTSHIFT_URGENT_TOPIC: urgent.topicArn,
        NIGHTSHIFT_STACK: this.stackName,
      },
    })
    allowHeartbeat(heartbeat.function, notifications, settings.tell.phones.length > 0)
    checks.push(heartbeat)
    for (const check of checks) {
      table.grant(check.function, 'dynamodb:GetItem', 'dynamodb:PutItem')
      if (LISTS_ENDINGS.includes(check.check)) table.grant(check.function, 'dynamodb:Query')
      // It looks at no database, and so needs no key; and it may publish to all three topics.
      if (check === heartbeat) continue
      alerts.grantPublish(check.function)
      this.allowReading(settings.secret, check.function)
    }

    const watchdog = new Watchdog(this, 'Watchdog', { operations, urgent, runbook: settings.runbook })
    for (const check of checks) watchdog.watchCheck(check)
    watchdog.watchUndelivered(undelivered)
    watchdog.watchTopic('alerts', alerts)
    watchdog.watchTopic('operations', operations)
    watchdog.watchTopic('urgent', urgent)

    for (const { check, function: fn } of checks)
      this.output(`${pascal(check)}Function`, fn.functionName, `Test it with {} to look at ${LOOKS_AT[check]} now`)
    this.output('AlertsTopic', alerts.topicArn, 'What is told about databases')
    this.output('OperationsTopic', operations.topicArn, 'What is told about Nightshift itself')
    this.output('UrgentTopic', urgent.topicArn, 'What is told to phones when nobody is watching')
    this.output('StateTable', table.tableName, 'Incidents and histories')
    this.output('SecretName', settings.secret, 'The one secret; nothing of it is in this stack')
    this.output(
      'CreateSecret',
      // From a file: a command line is kept in the shell's history.
      `aws secretsmanager create-secret --region ${this.region} --name ${settings.secret} --secret-string file://secret.json`,
      'Run once, with the JSON that the README describes',
    )
    this.output(
      'ChangeSecret',
      `aws secretsmanager put-secret-value --region ${this.region} --secret-id ${settings.secret} --secret-string file://secret.json`,
      'Whenever a key or a password changes',
    )
  }

  private deadLetterQueue(id: string): Queue {
    const queue = new Queue(this, id, { enforceSSL: true })
    Validations.of(queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue itself, of Scheduler or of Lambda; the rule knows only those of other queues.',
    })
    return queue
  }

  /**
   * The secret is made by hand and known by name alone, so its ARN ends in six characters that only AWS knows.
   * Not `Secret.grantRead`, which also allows DescribeSecret.
   */
  private allowReading(secret: string, { grantPrincipal }: IGrantable) {
    grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [
          this.formatArn({
            service: 'secretsmanager',
            resource: 'secret',
            resourceName: `${secret}-??????`,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ],
      }),
    )
  }

  private output(id: string, value: string, description: string) {
    new CfnOutput(this, id, { value, description })
  }
}
