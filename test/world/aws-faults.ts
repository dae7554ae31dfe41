/**
 * What can go wrong between a function and an AWS service.
 *
 * | fault | the service | the caller |
 * | --- | --- | --- |
 * | `{ status, code, message }` | refuses | gets that error, in the service's own wire format |
 * | `'refuse'` | never sees the request | connection reset at once |
 * | `'hang'` | never sees the request | waits until its own time limit |
 * | `'cut'` | has done it | gets half of the reply, then a reset |
 * | `'drop-after'` | has done it | connection reset, no reply: it cannot know |
 * | `{ slowMs }` | does it, that much later | waits |
 */
export type Fault = ErrorFault | SlowFault | 'refuse' | 'hang' | 'cut' | 'drop-after'
export type ErrorFault = { status: number; code: string; message?: string }
export type SlowFault = { slowMs: number }

export interface FaultOptions {
  /** How many requests it spoils before it goes away by itself; until healed if not given. */
  times?: number
  /** Only this operation, e.g. `'Publish'` or `'UpdateItem'`; all of them if not given. */
  action?: string
  /** Only requests whose body holds this, e.g. an item's key; all of them if not given. */
  about?: string
}

/** The faults in force for one service. The oldest that fits a request is used first. */
export function faultList() {
  let faults: { fault: Fault; left: number; action: string | undefined; about: string }[] = []
  return {
    add(fault: Fault, { times = Number.POSITIVE_INFINITY, action, about = '' }: FaultOptions = {}): void {
      faults.push({ fault, left: times, action, about })
    },
    /** The fault that this request runs into, if any; uses up one of its times. */
    take({ action, body }: { action: string; body: string }): Fault | undefined {
      const found = faults.find((each) => (each.action ?? action) === action && body.includes(each.about))
      if (!found) return undefined
      found.left -= 1
      faults = faults.filter((each) => each.left > 0)
      return found.fault
    },
    clear(): void {
      faults = []
    },
  }
}

/** Errors as the real services send them, ready for `aws.fail`. The code is the wire's, not always the SDK's class name. */
export const ERRORS = {
  snsInternal: { status: 500, code: 'InternalError', message: 'We encountered an internal error. Please try again.' },
  snsThrottled: { status: 429, code: 'Throttled', message: 'Rate exceeded' },
  snsDenied: {
    status: 403,
    code: 'AuthorizationError',
    message:
      'User is not authorized to perform: SNS:Publish because no resource-based policy allows the SNS:Publish action',
  },
  dynamodbInternal: { status: 500, code: 'InternalServerError', message: 'Internal server error' },
  dynamodbThrottled: {
    status: 400,
    code: 'ProvisionedThroughputExceededException',
    message: 'The level of configured provisioned throughput for the table was exceeded.',
  },
  secretDenied: {
    status: 400,
    code: 'AccessDeniedException',
    message:
      'User is not authorized to perform: secretsmanager:GetSecretValue because no identity-based policy allows it',
  },
  secretDecryption: {
    status: 400,
    code: 'DecryptionFailure',
    message: "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
  },
  secretInternal: { status: 500, code: 'InternalServiceError', message: 'An error occurred on the server side.' },
} satisfies Record<string, ErrorFault>
