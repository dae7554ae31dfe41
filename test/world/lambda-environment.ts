import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import type { FunctionOptions } from './lambda.ts'

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html: the reserved names, and what the sandbox sets. */
export function environment(
  options: FunctionOptions & { name: string; memoryMb: number; env: Record<string, string> },
) {
  const { directory, handler = 'index.handler', name, memoryMb, logFormat = 'JSON', env } = options
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/')
  return {
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    // The home of Lambda's user, which holds nothing: the SDK must not find the developer's own ~/.aws.
    HOME: '/home/sbx_user1051',
    ...env,
    _HANDLER: handler,
    AWS_DEFAULT_REGION: env.AWS_REGION ?? 'eu-central-1',
    AWS_REGION: env.AWS_REGION ?? 'eu-central-1',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_FORMAT: logFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[$LATEST]${randomBytes(16).toString('hex')}`,
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    LAMBDA_TASK_ROOT: resolve(directory),
  }
}
