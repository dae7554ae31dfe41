import { randomUUID } from 'node:crypto'
import { access } from 'node:fs/promises'
import { environment } from './lambda-environment.ts'
import { runtimeProgram } from './lambda-program.ts'
import { type Exit, openSandbox, type RuntimeError, type RuntimeMessage, type Sandbox } from './lambda-sandbox.ts'

export { type Bundle, type BundleOptions, bundle } from './lambda-bundle.ts'

export interface FunctionOptions {
  /** Where the bundle is: `index.mjs`, or what `handler` names. */
  directory: string
  /** File and export. `index.handler` by default. */
  handler?: string
  /** The function's environment. Nothing of this process's own environment gets in. */
  env?: Record<string, string>
  /** Default 30. */
  timeoutSeconds?: number
  /** Default 256. */
  memoryMb?: number
  name?: string
  /** Default `JSON`. */
  logFormat?: 'JSON' | 'Text'
}

/** What Lambda allows for loading the function, before the function's own time limit counts. */
const INIT_SECONDS = 10

/** What the caller of a synchronous invocation gets, and what was logged meanwhile. */
export type Invocation<T> = { requestId: string; logs: string[] } & (
  | { ok: true; payload: T; error?: undefined }
  | { ok: false; payload?: undefined; error: RuntimeError }
)

export interface InvokeOptions {
  /** Ends the process with SIGKILL when it fires. */
  kill?: AbortSignal
  /** An event that is delivered twice carries one and the same. Random by default. */
  requestId?: string
}

export interface LocalFunction extends AsyncDisposable {
  name: string
  /** Every line that any of its processes printed, on either stream. */
  logs: string[]
  /** How many processes were started. */
  readonly coldStarts: number
  /** Warm if a process is free, else cold; overlapping invocations each have their own. Never rejects for what the function does. */
  invoke<T = unknown>(payload?: unknown, options?: InvokeOptions): Promise<Invocation<T>>
  /** SIGKILL for every process, busy or not. The next invocation starts cold. */
  kill(): Promise<void>
}

/**
 * Runs a bundle as Lambda's Node 24 runtime would: own process, own environment, time limit, warm reuse, and a fresh
 * process after a failed start, a timeout or a crash. Not reproduced: freezing between invocations, the size limits
 * of payloads, and the CPU that goes with memory.
 */
export async function startFunction(options: FunctionOptions): Promise<LocalFunction> {
  const { directory, timeoutSeconds = 30, memoryMb = 256, name = 'nightshift-local', env = {} } = options
  const functionArn = `arn:aws:lambda:${env.AWS_REGION ?? 'eu-central-1'}:123456789012:function:${name}`
  await access(directory)
  const runtime = await runtimeProgram()
  const logs: string[] = []
  const living = new Set<Sandbox>()
  const idle = new Set<Sandbox>()
  let coldStarts = 0

  function open(): Sandbox {
    coldStarts += 1
    const sandbox = openSandbox({
      runtime,
      env: environment({ ...options, directory, name, memoryMb, env }),
      memoryMb,
      onLine: (line) => logs.push(line),
    })
    living.add(sandbox)
    void sandbox.exited.then(() => forget(sandbox))
    return sandbox
  }

  function forget(sandbox: Sandbox): void {
    living.delete(sandbox)
    idle.delete(sandbox)
  }

  async function invoke<T>(
    payload: unknown = {},
    { kill, requestId = randomUUID() }: InvokeOptions = {},
  ): Promise<Invocation<T>> {
    const [warm] = idle
    const sandbox = warm ?? open()
    idle.delete(sandbox)

    let timedOut = false
    const end = () => {
      forget(sandbox)
      void sandbox.kill()
    }
    const endAfter = (seconds: number) =>
      setTimeout(() => {
        timedOut = true
        end()
      }, seconds * 1_000)
    kill?.addEventListener('abort', end)
    if (kill?.aborted) end()

    const initTimer = endAfter(INIT_SECONDS + timeoutSeconds)
    let outcome: RuntimeMessage | Exit = await sandbox.ready
    clearTimeout(initTimer)
    if (outcome.kind === 'ready') {
      const timer = endAfter(timeoutSeconds)
      const deadline = Date.now() + timeoutSeconds * 1_000
      outcome = await sandbox.run({ requestId, functionArn, event: JSON.stringify(payload), deadline })
      clearTimeout(timer)
    }
    kill?.removeEventListener('abort', end)

    // An answer that came while the process was being killed counts for nothing.
    if (outcome.kind === 'fatal') await sandbox.exited
    else if (!living.has(sandbox)) outcome = await sandbox.exited
    else idle.add(sandbox)

    if (timedOut) sandbox.print(`${new Date().toISOString()} ${requestId} ${timeoutSentence(timeoutSeconds)}`)
    const spent = { requestId, logs: sandbox.takeLines() }
    if (outcome.kind === 'result') return { ...spent, ok: true, payload: JSON.parse(outcome.json) }
    if (outcome.kind === 'error' || outcome.kind === 'fatal') return { ...spent, ok: false, error: outcome.error }
    const [errorType, why] = timedOut
      ? ['Sandbox.Timedout', timeoutSentence(timeoutSeconds)]
      : ['Runtime.ExitError', exitSentence(outcome)]
    return {
      ...spent,
      ok: false,
      error: { errorType, errorMessage: `RequestId: ${requestId} Error: ${why}`, trace: [] },
    }
  }

  async function kill(): Promise<void> {
    const victims = [...living]
    victims.forEach(forget)
    await Promise.all(victims.map((sandbox) => sandbox.kill()))
  }

  return {
    name,
    logs,
    get coldStarts() {
      return coldStarts
    },
    invoke,
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

function timeoutSentence(seconds: number): string {
  return `Task timed out after ${seconds.toFixed(2)} seconds`
}

function exitSentence(outcome: RuntimeMessage | Exit): string {
  if (outcome.kind !== 'exit' || outcome.code === 0) return 'Runtime exited without providing a reason'
  const { code, signal } = outcome
  return `Runtime exited with error: ${signal ? `signal: ${signal === 'SIGKILL' ? 'killed' : signal}` : `exit status ${code}`}`
}
