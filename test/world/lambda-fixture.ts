import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import config from '#config'

/** A small function that is built and run as the real ones are: it publishes its configuration. For `lambda.test.ts` only. */
const sns = new SNSClient()

export async function handler(): Promise<{ messageId: string | undefined }> {
  const { MessageId } = await sns.send(
    new PublishCommand({ TopicArn: process.env.NIGHTSHIFT_ALERTS_TOPIC, Message: JSON.stringify(config) }),
  )
  return { messageId: MessageId }
}
