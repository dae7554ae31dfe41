/** Hands a digest to SNS. */
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { environment } from '../env.ts'
import { redactKnown } from '../redact.ts'
import type { Digest } from './wording.ts'

const client = new SNSClient({ maxAttempts: 3 })

/**
 * Publishes to a topic; returns SNS's message id: it has taken the message, which is not yet delivered.
 * @throws whatever kept SNS from taking it
 */
export async function publish(
  { subject, email, sms, severity }: Digest,
  topic = environment.alertsTopic(),
): Promise<string> {
  const { MessageId } = await client.send(
    new PublishCommand({
      TopicArn: topic,
      Subject: redactKnown(subject).slice(0, 99),
      MessageStructure: 'json',
      // Phones get their own words. Without any, they are filtered out by the attribute, so the default is never theirs.
      // E-mail takes the default: said twice, a long one would be more than SNS takes.
      Message: JSON.stringify({ default: redactKnown(email), ...(sms && { sms: redactKnown(sms) }) }),
      MessageAttributes: { severity: { DataType: 'String', StringValue: severity } },
    }),
    { abortSignal: AbortSignal.timeout(15_000) },
  )
  if (!MessageId) throw new Error('SNS answered without a message id')
  return MessageId
}
