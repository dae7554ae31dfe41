/**
 * What runs inside the sandbox: loads the handler and calls it, as Lambda's own runtime for Node 24 does
 * (https://github.com/aws/aws-lambda-nodejs-runtime-interface-client, 4.x). Talks to `lambda-sandbox.ts` over IPC.
 * Nothing but types is imported from the project: this process must look to the function like Lambda, not like a test.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import type { RuntimeError, RuntimeMessage, Work } from './lambda-sandbox.ts'

type Handler = (event: unknown, context: object) => unknown

const { env } = process
const send = process.send?.bind(process) as (message: RuntimeMessage, sent: () => void) => void
let requestId = ''

patchConsole()
process.on('uncaughtException', (error) => crash('Uncaught Exception', error, 129))
process.on('unhandledRejection', (reason) => {
  const error = reason instanceof Error ? reason : new Error(String(reason))
  error.name = 'Runtime.UnhandledPromiseRejection'
  crash('Unhandled Promise Rejection', error, 128)
})
// The test is gone: so is Lambda.
process.on('disconnect', () => process.exit())

try {
  const handler = await loadHandler(String(env._HANDLER))
  process.on('message', (work: Work) => void perform(handler, work))
  await report({ kind: 'ready' })
} catch (error) {
  log('ERROR', 'Uncaught Exception', error)
  await report({ kind: 'fatal', error: describe(error) })
  process.exit(1)
}

async function perform(handler: Handler, work: Work): Promise<void> {
  requestId = work.requestId
  try {
    const result = await handler(JSON.parse(work.event), {
      awsRequestId: work.requestId,
      invokedFunctionArn: work.functionArn,
      functionName: env.AWS_LAMBDA_FUNCTION_NAME,
      functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
      memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
      getRemainingTimeInMillis: () => work.deadline - Date.now(),
    })
    await report({ kind: 'result', json: JSON.stringify(result) ?? 'null' })
  } catch (error) {
    log('ERROR', 'Invoke Error', error)
    await report({ kind: 'error', error: describe(error) })
  }
}

async function loadHandler(name: string): Promise<Handler> {
  const [file = '', property = ''] = name.split(/\.(?=[^.]*$)/)
  const base = resolve(String(env.LAMBDA_TASK_ROOT), file)
  const path = ['.js', '.mjs', '.cjs'].map((extension) => base + extension).find(existsSync)
  if (!path) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${file}'`)
  const module = await import(pathToFileURL(path).href).catch((error) => {
    if (error instanceof SyntaxError) error.name = 'Runtime.UserCodeSyntaxError'
    throw error
  })
  const handler = module[property] ?? module.default?.[property]
  if (typeof handler !== 'function') {
    throw named(
      'Runtime.HandlerNotFound',
      `${name} is ${handler === undefined ? 'undefined or not exported' : 'not a function'}`,
    )
  }
  return handler
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}

function describe(error: unknown): RuntimeError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] }
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] }
}

/** Says what came of the work, after all that was printed before it: both streams carry a mark behind the last line. */
async function report(message: RuntimeMessage): Promise<void> {
  const flush = (stream: NodeJS.WriteStream) => new Promise((resolve) => stream.write('\n\0end\n', resolve))
  await Promise.all([flush(process.stdout), flush(process.stderr)])
  await new Promise<void>((resolve) => send(message, resolve))
}

function crash(title: string, error: Error, code: number): void {
  log('ERROR', title, error)
  void report({ kind: 'fatal', error: describe(error) }).then(() => process.exit(code))
}

/** The runtime turns each call of `console` into one log line: JSON, or text with tabs, as the function's log format says. */
function patchConsole(): void {
  const levels = { log: 'INFO', info: 'INFO', debug: 'DEBUG', trace: 'TRACE', warn: 'WARN', error: 'ERROR' } as const
  for (const [method, level] of Object.entries(levels)) {
    console[method as keyof typeof levels] = (message?: unknown, ...values: unknown[]) => log(level, message, ...values)
  }
}

function log(level: string, message: unknown, ...values: unknown[]): void {
  const timestamp = new Date().toISOString()
  if (env.AWS_LAMBDA_LOG_FORMAT !== 'JSON') {
    const text = [timestamp, requestId || 'undefined', level, format(message, ...values)].join('\t')
    process.stdout.write(`${text.replaceAll('\n', '\r')}\n`)
    return
  }
  // A string stays a string, even one that is JSON: an EMF metric printed with console.log is quoted and so never seen.
  const line = { timestamp, level, requestId, message: values.length > 0 ? format(message, ...values) : message }
  const error = values.find((value) => value instanceof Error)
  process.stdout.write(`${stringify(error ? { ...line, ...fields(error) } : line)}\n`)
}

function stringify(line: { message: unknown }): string {
  try {
    return JSON.stringify(line, (_key, value) => (value instanceof Error ? { ...fields(value), ...value } : value))
  } catch {
    return JSON.stringify({ ...line, message: format(line.message) })
  }
}

function fields(error: Error) {
  return { errorType: error.constructor.name, errorMessage: error.message, stackTrace: error.stack?.split('\n') }
}
