/** SNS as the heartbeat asks it, and what its refusals mean. */
import { SNSClient } from '@aws-sdk/client-sns'

export const client = new SNSClient({ maxAttempts: 3 })

/** For one request, the SDK's own retries included. */
const REQUEST_MS = 8_000
export const timeLimit = (signal: AbortSignal) => ({
  abortSignal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
})

/** Whether it was refused for want of a right, and not for a moment. */
export const isRefused = (error: unknown): boolean => /^(Authorization|AccessDenied)/.test((error as Error).name)
